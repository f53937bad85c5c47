"""The predictions of 04: what a login leaves behind, what travels how, what ends, what a forger reaches."""

from __future__ import annotations

from labserver.kit.exercises.prediction import Option, Prediction

PREDICTIONS = (
    Prediction(
        "04-visit",
        "Ada's visits are short: she logs in, reads once, changes one thing, logs out. Her team changes "
        "from sessions to tokens, to relieve the store. How many of its reads and writes are left?",
        Option(
            "none",
            "None: all that is needed is in the token.",
            misconception='"Tokens are stateless" is said of the check of an access token, and taken for '
            "the whole flow.",
            answer="Three of five are left: the login wrote the refresh family's row, and the logout read "
            "and deleted it.",
        ),
        Option("more than half", "More than half of them."),
        Option(
            "as many",
            "As many as before: a token has to be looked up as well.",
            misconception="A signed token is thought to be kept by the server, as a session is.",
            answer="Three of five are left: the read and the change checked a signature and asked no store.",
        ),
        right="more than half",
    ),
    Prediction(
        "04-carrier",
        "A phone app has no cookies. Its author sends the session id as `Authorization: Bearer`, to a "
        "server that looks it up. What does the app get?",
        Option("200", "The profile (200)."),
        Option(
            "401",
            "A refusal (401): behind `Bearer` there has to be a token, and this is an id.",
            misconception="Cookie and session are taken for one thing, header and token for another.",
            answer="The same text opened the door from a header. `Bearer` says who may use it, not what "
            "it is.",
        ),
        Option(
            "400",
            "An error (400): the id has a format that belongs in a cookie.",
            misconception="An id is thought to know how it travels.",
            answer="An opaque id is random text. Nothing in it says cookie.",
        ),
        right="200",
    ),
    Prediction(
        "04-revoke",
        "In each of the four designs Ada logs out, and then a thief sends a copy made before. Which "
        "copies still open her page?",
        Option(
            "none",
            "None of them.",
            misconception="The button says that she is logged out, and it is believed.",
            answer="Two copies got 200. A logout ends what the server looks up; nobody looked these up.",
        ),
        Option(
            "jwt/header",
            "The JWT in the header, and no other.",
            misconception="A JWT in a cookie is thought to become a session.",
            answer="The JWT in the cookie opened the page as well: its signature still fits.",
        ),
        Option("both jwt", "The JWT in the header and the JWT in the cookie."),
        Option(
            "both header",
            "The two that travel in a header.",
            misconception="The logout deletes the cookie, so whatever was in a cookie is thought to be dead.",
            answer="The opaque id got 401 from a header too. The thief's copy is in no cookie that Ada "
            "deletes.",
        ),
        right="both jwt",
    ),
    Prediction(
        "04-csrf",
        "A page of Mallory's makes Ada's browser ask for a change of her address. The server has no "
        "defence against that. In which designs does the address change?",
        Option("both cookie", "Where a cookie carries the credential, be it an id or a JWT."),
        Option(
            "opaque/cookie",
            "With the opaque id in a cookie only: a JWT is safe from this.",
            misconception='"We use JWTs, so we have no CSRF": true of the header, and said of the JWT.',
            answer="jwt/cookie answered 200, with Mallory's address. The browser sent the JWT along.",
        ),
        Option(
            "all",
            "In all four: the browser sends whatever it has stored.",
            misconception="A browser is thought to add what a page keeps, as it adds cookies.",
            answer="401 no_token: without the page's own code nothing came in the header.",
        ),
        Option(
            "none",
            "In none: another site's page cannot know the credential.",
            misconception="The forger is thought to need the credential, or to have to read the answer.",
            answer="Two addresses are Mallory's. She knows neither credential, and read no answer.",
        ),
        right="both cookie",
    ),
    Prediction(
        "04-denylist",
        "With a denylist a logout ends JWTs too: each request asks the list in the store. Then the store "
        "fails for a minute. What does Ada get, who is logged in with a JWT?",
        Option(
            "200",
            "Her page (200): a signature is checked without any store.",
            misconception="A JWT is thought to stay independent of the store, whatever is added to its "
            "check.",
            answer="503. The list is in the store, and the server does not let in whom it could not check.",
        ),
        Option(
            "401",
            "A refusal (401): without the list no token counts.",
            misconception="A failure of the server is taken for a fault of the credential.",
            answer="503 and not 401: her token is good, and after the minute it opens the page again.",
        ),
        Option("503", "An error of the server (503), until the store is back."),
        right="503",
    ),
)
