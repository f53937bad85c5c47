"""The predictions of 00: when a token needs the store, and who is answered without it."""

from __future__ import annotations

from labserver.kit.exercises.prediction import Option, Prediction

PREDICTIONS = (
    Prediction(
        "00-token-store",
        "The app logs in and gets a token. Then it sends the token and reads. Which of the two requests "
        "uses the session store?",
        Option("the login", "The login only."),
        Option(
            "both",
            "Both: the token has to be looked up as well.",
            misconception="A token is taken for a longer session id.",
            answer="Store reads 0, signatures checked 1: the read was answered without the store.",
        ),
        Option(
            "neither",
            "Neither: tokens are stateless.",
            misconception='"Stateless" is heard as "the server stores nothing".',
            answer="The login wrote a row, for the refresh token ▲.",
        ),
        right="the login",
    ),
    Prediction(
        "00-store-down",
        "The store is down. Ada's browser and her app both ask again who she is. Who gets an answer?",
        Option(
            "both",
            "Both: the server has seen each of them a moment ago.",
            misconception="The server is thought to remember its clients in its own memory.",
            answer="503 for the browser: the look-up ✗ found no store to ask.",
        ),
        Option(
            "neither",
            "Neither: without its store the server knows nobody.",
            misconception="The session store is taken for the one and only database.",
            answer="The users' table is another one, and the token needs no look-up: 200 for the app.",
        ),
        Option("the app", "The app only."),
        right="the app",
    ),
)
