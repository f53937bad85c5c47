"""The predictions of 01: what a connection proves, what passwords cost, what a refusal tells, what ends."""

from __future__ import annotations

from labserver.kit.exercises.prediction import Option, Prediction

PREDICTIONS = (
    Prediction(
        "01-connection",
        "Ada logs in, and her program holds the connection open. The next request goes over the same "
        "connection, without a cookie. What does the server answer?",
        Option(
            "200",
            "200: it is Ada's connection, she has just logged in over it.",
            misconception="A login is thought to change the connection, or to tell the server about the "
            "machine.",
            answer="The connection was the same one, and the answer was 401.",
        ),
        Option("401", "401: it does not know who asks."),
        Option(
            "403",
            "403: it knows her, but the request is not complete.",
            misconception="401 and 403 are mixed up.",
            answer='401 says "I do not know who you are", 403 says "I know, and you may not".',
        ),
        right="401",
    ),
    Prediction(
        "01-password-cost",
        "Your shop gets 1,000 requests a second, and checks a password with each of them. How many "
        "processor cores are busy with that alone?",
        Option(
            "less than one",
            "Less than one: it is one question to a database.",
            misconception="Each check is thought to cost the same, and hashes to be fast.",
            answer="One password check costs as much as hundreds of look-ups, and it is meant to.",
        ),
        Option(
            "one to four",
            "One to four.",
            misconception="A slow hash is thought to be a little slower than a fast one.",
            answer="Multiply: the milliseconds of one check, a thousand times a second.",
        ),
        Option("more than four", "More than four."),
        right="more than four",
    ),
    Prediction(
        "01-unknown-user",
        "Mallory has a list of names, and tries each with a wrong password. What tells her which names "
        "have an account here?",
        Option("nothing", "Nothing: each answer is the same, after the same work."),
        Option(
            "the answer",
            "The answer: an unknown name gets another status or another sentence.",
            misconception='"No such user" is an honest answer, but at a login it is a list for everybody.',
            answer="Status, body and the names of the headers are the same.",
        ),
        Option(
            "the time",
            "The time: with an unknown name there is no stored password to check.",
            misconception="A good guess: a server that skips the check for unknown names gives it away "
            "like this.",
            answer="The diagram says that the password was checked for the unknown name too.",
        ),
        right="nothing",
    ),
    Prediction(
        "01-month-later",
        "The thief tries both at once, and both again a month later. What still works after the month?",
        Option(
            "both",
            "The password and the cookie: nobody has ended either.",
            misconception="Max-Age is thought to be all that ends a cookie, and a thief does not obey it.",
            answer='The server has an end of its own: "refuses: the session has expired".',
        ),
        Option("the password", "The password only."),
        Option(
            "neither",
            "Neither: a month is too long for both.",
            misconception="Passwords are thought to wear out.",
            answer="200: it is valid until somebody changes it.",
        ),
        right="the password",
    ),
)
