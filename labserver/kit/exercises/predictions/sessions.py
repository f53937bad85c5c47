"""The predictions of 02: what a row opens, whose cart it is, when a session ends, and who may plant an id."""

from __future__ import annotations

from labserver.kit.exercises.prediction import Option, Prediction

PREDICTIONS = (
    Prediction(
        "02-row",
        "A thief has a backup of the session store. She sends what stands in Ada's row as the cookie. What "
        "happens?",
        Option(
            "opens",
            "She is Ada: the id stands in the row, or the server could not compare it.",
            misconception="The server is thought to need the id itself to recognise it.",
            answer="The key in the row is a hash of the id. A hash can be compared as well, and opens "
            "nothing.",
        ),
        Option("refused", "She is refused: nothing in the row opens a session."),
        Option(
            "password",
            "The id is not there, but Ada's password is: the next check needs it.",
            misconception="A session is taken for a stored login that is repeated at every request.",
            answer="The row has no password, and the ledger of part 3 shows none checked for a read.",
        ),
        right="refused",
    ),
    Prediction(
        "02-cart",
        "A thief sends a copy of Ada's cookie from another machine, and asks for the cart. What is in it?",
        Option(
            "empty",
            "Nothing: the cart is in Ada's browser.",
            misconception="A session is thought to live in the browser, as local storage does.",
            answer="The cookie line is as long as before: the cart is in the server's row.",
        ),
        Option(
            "refused",
            "There is no answer but 401: the id belongs to another machine.",
            misconception="An id is thought to be bound to a machine or an address.",
            answer="The same chip came from another client, and was let in.",
        ),
        Option("Ada's things", "All that Ada has put into it."),
        right="Ada's things",
    ),
    Prediction(
        "02-idle",
        "Ada goes home. A tab of hers reloads itself every 29 minutes, all night. When is she logged out?",
        Option("after 12 hours", "After twelve hours, whatever the tab does."),
        Option(
            "within the hour",
            "Within the first hour: half an hour is over at the second reload.",
            misconception="The short limit is thought to count from the login.",
            answer="Each use moves it: the second row of the ledger has a write, the time of last use.",
        ),
        Option(
            "never",
            "Never, as long as the tab reloads in time.",
            misconception="The absolute limit is forgotten. An idle limit alone never ends a session that "
            "is in use.",
            answer="The last request was refused, although the one before it came 29 minutes earlier.",
        ),
        right="after 12 hours",
    ),
    Prediction(
        "02-logout",
        "Ada logs out, and her browser forgets the cookie. Then the thief sends the copy. What happens?",
        Option(
            "opens",
            "It still opens the session: the server cannot tell a copy from the original.",
            misconception="It cannot tell them apart, that is right. But it does not have to.",
            answer="The logout deleted the row, and the next look-up finds none, for anybody.",
        ),
        Option("refused at once", "It is refused, at once."),
        Option(
            "refused later",
            "It works until 30 minutes have passed without a request.",
            misconception='A logout is taken for "nobody uses it any more".',
            answer='The diagram says "deletes a session": nothing is left that could time out.',
        ),
        right="refused at once",
    ),
    Prediction(
        "02-flask",
        "The same once more, in an app that uses Flask's `session` and calls `session.clear()` at the "
        "logout. The thief sends the copy. Who is she?",
        Option(
            "nobody",
            "Nobody: `session.clear()` has emptied the session.",
            misconception="`session` is taken for a row on the server, because it is used like a dict there.",
            answer="It emptied what the next Set-Cookie says. The old cookie is still well signed.",
        ),
        Option(
            "an error",
            "Nobody: the server answers with an error, as the signature no longer fits.",
            misconception="A logout is thought to change something that the signature depends on.",
            answer="The key is the same as before, and so are the signed bytes.",
        ),
        Option("ada", "Ada, as before the logout."),
        right="ada",
    ),
    Prediction(
        "02-fixation",
        "Mallory logs in, and plants her own cookie in Ada's browser. Then Ada logs in there. Who is "
        "Mallory, with the cookie that she has planted?",
        Option("nobody", "Nobody: her cookie opens nothing any more."),
        Option(
            "ada",
            "Ada: both hold the same id, and it is Ada's session now.",
            misconception="A login is thought to put the user into the session that is there already.",
            answer="Older software did, so the attack has a name. Here the login wrote a new row, under a "
            "new id.",
        ),
        Option(
            "mallory",
            "Mallory, as before: Ada's login makes another session, and leaves hers alone.",
            misconception="A login is thought to have nothing to do with the cookie that came with it.",
            answer='"Deletes a session" stands before "writes a session": the planted one has ended.',
        ),
        right="nobody",
    ),
)
