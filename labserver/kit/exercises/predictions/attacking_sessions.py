"""The predictions of 07: what an attacker does with a session."""

from __future__ import annotations

from labserver.kit.exercises.prediction import Option, Prediction

PREDICTIONS = (
    Prediction(
        "07-hashed",
        "How does Mallory find Ada's id now?",
        Option(
            "safe",
            "Not at all: nobody can guess 256 bits.",
            misconception="Length is taken for randomness.",
            answer="1,004 hashes and 0 requests: her own id showed Mallory which rule made it.",
        ),
        Option("computed", "She computes it on her own computer, before she sends anything."),
        Option(
            "many guesses",
            "She sends thousands of guesses to the server, until one is right.",
            misconception="Guessing is thought to happen at the server only.",
            answer="The line with `next(…)`: there is no client in it.",
        ),
        right="computed",
    ),
    Prediction(
        "07-planted",
        "Mallory still has the same cookie. Whose profile does it open after Ada's login?",
        Option(
            "mallory",
            "Mallory's own, as before.",
            misconception="The cookie is Mallory's. But the row behind it is not hers any more.",
            answer="The same mark is in \"writes a session\" of Ada's login and in Mallory's request.",
        ),
        Option(
            "nobody",
            "Nobody's: the login made the old cookie useless, `401`.",
            misconception="This is right for our server, and for 02. This server lacks that one line.",
            answer="The login's own `Set-Cookie` in the diagram carries the planted id.",
        ),
        Option("ada", "Ada's."),
        right="ada",
    ),
    Prediction(
        "07-httponly",
        "What can the script do in that hour?",
        Option("everything", "All that Ada can do herself."),
        Option(
            "nothing",
            "Nothing that matters: it has no session id.",
            misconception="HttpOnly is taken for a cure of cross-site scripting.",
            answer="`200` twice, in purple: the browser added the cookie to the script's requests.",
        ),
        Option(
            "read only",
            "Read Ada's profile, but change nothing, because it has no CSRF token.",
            misconception="The CSRF token is thought to be secret from the page itself.",
            answer="The token is in the first answer, and a script of our own page may read that.",
        ),
        right="everything",
    ),
    Prediction(
        "07-lax",
        "Which of her forms changes Ada's address?",
        Option(
            "none",
            "None of them: that is what Lax is for.",
            misconception='"Lax solved CSRF."',
            answer="The first row: another port, or a neighbouring host, is the same site.",
        ),
        Option("another port", "Only the form on another port of our host."),
        Option(
            "any site",
            "Both of them.",
            misconception="This is right where a cookie says `SameSite=None`.",
            answer="The second row: with Lax, the cookie did not go along with a POST from another site.",
        ),
        right="another port",
    ),
    Prediction(
        "07-json",
        "What can a form of Mallory's send to this server?",
        Option(
            "preflight",
            "Nothing: the browser asks the server first, and the server says no.",
            misconception="The browser is thought to ask before every request to another origin.",
            answer="It does not ask for a form, nor for `text/plain`: `200`, and the address was changed.",
        ),
        Option(
            "broken",
            "Nothing that is JSON: there is always that `=` in the middle.",
            misconception="A form's body cannot do without the `=`, so it seems that it must break the JSON.",
            answer='The `=` is there, inside the text of `"rest"`.',
        ),
        Option("good JSON", "Good JSON."),
        right="good JSON",
    ),
)
