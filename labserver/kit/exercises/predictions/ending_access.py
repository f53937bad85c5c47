"""The predictions of 06: when access really ends."""

from __future__ import annotations

from labserver.kit.exercises.prediction import Option, Prediction

PREDICTIONS = (
    Prediction(
        "06-logout",
        "Ada has logged out in the app, and not yet in the browser. The thief sends both copies. Which of "
        "them still opens her page?",
        Option(
            "neither",
            "Neither: Ada has logged out.",
            misconception='"Log out" is taken for something that the server does to a person.',
            answer="`200 200`. It ended one login, the app's; the session is another one, with its own row.",
        ),
        Option(
            "the session id",
            "The session id only: the app's tokens are over.",
            misconception="A logout is thought to end the access token that was given out with that login.",
            answer="The access token opened the page until its `exp`: no row is looked up when it comes.",
        ),
        Option("both", "Both of them."),
        right="both",
    ),
    Prediction(
        "06-denylist",
        "She is logged out on all five. What does the server still keep of her?",
        Option("rows until exp", "Five rows, until those tokens would have expired anyway."),
        Option(
            "nothing",
            "Nothing: after a logout there is nothing left to keep.",
            misconception="A logout is thought to leave less than before, as it does with sessions.",
            answer="Five rows for five devices that are logged out: without them the tokens would get in.",
        ),
        Option(
            "rows for ever",
            "Five rows, for ever: a revoked token must stay revoked.",
            misconception="Nobody has asked what the row is still needed for.",
            answer="15 minutes later the server deleted all five: the tokens' own `exp` refuses them now.",
        ),
        right="rows until exp",
    ),
    Prediction(
        "06-short",
        "Tokens end sooner if they live for one minute instead of 15. What does that do to the reads of the "
        "session store, in this hour?",
        Option(
            "none",
            "Nothing: a token needs no store, however short it lives.",
            misconception='"Stateless" is taken for a property of the format, not of the whole design.',
            answer="60 renewals, and each of them reads the row of the refresh family.",
        ),
        Option("as with a session", "They become as many as with a session."),
        Option(
            "a few",
            "There are a few more of them, but far fewer than with a session.",
            misconception="This is right for 15 minutes, where one renewal serves 15 requests.",
            answer="With one request a minute, every request needs a renewal: 60 reads, as with the session.",
        ),
        right="as with a session",
    ),
    Prediction(
        "06-ways",
        "The phone's access token has to end at once, and no request may read the session store. What is the "
        "price?",
        Option("others go too", "It works, but others are logged out together with the phone."),
        Option(
            "impossible",
            "There is no way: without a look-up a token lives until its `exp`.",
            misconception="A look-up for each request is taken for the only way to learn of an end.",
            answer="A retired key and a version number ended the token after 0 seconds, with 0 reads.",
        ),
        Option(
            "nobody else notices",
            "It works, and nobody else notices.",
            misconception="The list of revoked tokens is precise, so its copy in memory seems to be free.",
            answer="The pushed list met the phone alone, but with the next push. What was quick met others.",
        ),
        right="others go too",
    ),
    Prediction(
        "06-reuse",
        "Ada's app sends a refresh token that the thief has used before. Who is logged out?",
        Option(
            "the thief",
            "The thief: the server now knows about the copy.",
            misconception="The server is thought to know who is who.",
            answer="Both sent the same text; the thief's was only the first. Ada's app got `invalid_grant`.",
        ),
        Option(
            "Ada",
            "Ada: her token has been used up, and the thief has the new one.",
            misconception="This is right for Ada. The thief's new token is forgotten.",
            answer="The last request of the diagram: the thief's new token is refused, its family is gone.",
        ),
        Option("both", "Both of them."),
        right="both",
    ),
    Prediction(
        "06-role",
        "Who still gets into the admin's page, a minute after the role is gone?",
        Option(
            "neither",
            "Neither: `403` with the session and with the token.",
            misconception="The role is thought to be in one place only.",
            answer="The token was let in with `200`; the renewed one was not, because it says `user`.",
        ),
        Option("token only", "The token gets in, the session does not."),
        Option(
            "both",
            "Both, until she logs in again.",
            misconception="A role is thought to be part of the login.",
            answer="`403` with the session, in the same second: this page reads the role in the user's row.",
        ),
        right="token only",
    ),
    Prediction(
        "06-unnoticed",
        "Nobody notices the theft, and the thief uses the copy now and then. Which copies still work an hour "
        "later?",
        Option("session and refresh token", "A session that is used, and the refresh token."),
        Option(
            "none",
            "None of them: all of them have a limit.",
            misconception="The idle limit of 30 minutes is taken for the session's life.",
            answer="The row of the chart: a session that is used lasts 12 hours, a refresh token 14 days.",
        ),
        Option(
            "all but the short one",
            "All but the one-minute token.",
            misconception='"15 minutes" is read as a limit since the last use.',
            answer="It was refused after 15 minutes, used or not. Only a session counts from the last use.",
        ),
        right="session and refresh token",
    ),
)
