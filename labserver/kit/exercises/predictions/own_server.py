"""The predictions of 12: what one file keeps out, what one deleted line does, what a backup holds."""

from __future__ import annotations

from labserver.kit.exercises.prediction import Option, Prediction

PREDICTIONS = (
    Prediction(
        "12-battery",
        "All attacks of 07 and 08 run against `tiny.py`. Of those that can be tried, who gets in?",
        Option(
            "many",
            "Ten or more: a server in one file cannot hold.",
            misconception="Security is thought to be a matter of size.",
            answer="Random ids, HttpOnly, a CSRF token and one pinned algorithm keep most of them out.",
        ),
        Option("a few", "Some, but fewer than five."),
        Option(
            "none",
            "None: it does what the notebooks before this one asked for.",
            misconception="What libraries check by default is taken for all that there is to check.",
            answer="PyJWT accepted a second spelling of the same token: the row that says GOT IN.",
        ),
        right="a few",
    ),
    Prediction(
        "12-audience",
        "The words `, audience=AUDIENCE` are deleted from the call of `jwt.decode`. Who gets in after that?",
        Option(
            "others too",
            "Ada as before, and also somebody with a token for another service.",
            misconception="A check that nobody asks for is thought to be left out.",
            answer="Ada's own token was refused: PyJWT accepts no audience that nobody expects.",
        ),
        Option(
            "nobody",
            "Nobody at all, with any token.",
            misconception="A library that cannot check is thought to refuse.",
            answer="A token with an empty audience was accepted, and Mallory could act as Ada.",
        ),
        Option("the wrong ones", "Not Ada, but somebody with a token that names no service."),
        right="the wrong ones",
    ),
    Prediction(
        "12-backup",
        "Somebody reads a backup of this database while Ada is logged in. What opens her account at once?",
        Option("the session's row", "The row of her session."),
        Option(
            "the password",
            "The password in the row of her user.",
            misconception="A stolen database is thought to be about passwords.",
            answer="The password is there as an Argon2id hash only. It has to be guessed.",
        ),
        Option(
            "nothing",
            "Nothing in it: all of it is hashed.",
            misconception="The care for the password is thought to be taken for each credential.",
            answer="The attack sent every text of the database as a cookie, and one of them was Ada.",
        ),
        right="the session's row",
    ),
)
