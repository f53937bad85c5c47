"""The predictions of 11: the price of a hybrid, a leaked key, a fired admin, and what flips a choice."""

from __future__ import annotations

from labserver.kit.exercises.prediction import Option, Prediction

PREDICTIONS = (
    Prediction(
        "11-hybrid",
        "A page asks three services behind the edge. How many store reads does this page cost?",
        Option(
            "none",
            "None.",
            misconception="Tokens inside are taken for tokens everywhere.",
            answer="The edge looked the session up: one read in the first line of the ledger.",
        ),
        Option("one", "One."),
        Option(
            "four",
            "Four.",
            misconception="Every part of the system is thought to look the session up.",
            answer="The services read nothing: each of them checked a signature.",
        ),
        right="one",
    ),
    Prediction(
        "11-key",
        "The signing key has leaked, and the operators throw it away. Who has to type a password again?",
        Option(
            "everybody",
            "Everybody.",
            misconception="The signing key is taken for the root of all logins.",
            answer="No session depends on it: 4 of 4 in the first line.",
        ),
        Option(
            "those with tokens",
            "Those who logged in with a token.",
            misconception="A refresh token is thought to be signed, too.",
            answer="It is a random text with a row in the store, and was exchanged for a new token.",
        ),
        Option("nobody", "Nobody."),
        right="nobody",
    ),
    Prediction(
        "11-fired",
        "Behind the edge, an admin is fired at 12:00, and has copies of the session id and of a token from "
        "inside. When is the last copy refused?",
        Option("12:01", "At 12:01."),
        Option(
            "12:00",
            "At 12:00.",
            misconception="The edge is thought to see every request.",
            answer="It does, from outside. A copy that is used inside meets services that look nothing up.",
        ),
        Option(
            "12:15",
            "At 12:15.",
            misconception="Every access token is thought to live for 15 minutes.",
            answer="The edge signs tokens of 60 seconds, and it signs no new one after 12:00.",
        ),
        right="12:01",
    ),
    Prediction(
        "11-flip",
        "The bank refuses the design with a JWT of 15 minutes. Which one change of its needs lets this "
        "design pass?",
        Option(
            "more machines",
            "It gets 40 machines in place of 4.",
            misconception="Tokens are chosen for scale, so scale is thought to decide.",
            answer="The number of machines violated nothing before, and does not now.",
        ),
        Option("a later end", "Access may go on for 15 minutes."),
        Option(
            "without the store",
            "It has to answer while the store is down.",
            misconception="An advantage of a design is thought to outweigh what it violates.",
            answer="That need speaks for tokens, and the 60 seconds still speak against this one.",
        ),
        right="a later end",
    ),
)
