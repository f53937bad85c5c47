"""The predictions of 05: what a check costs, and what a benchmark shows."""

from __future__ import annotations

from labserver.kit.exercises.prediction import Option, Prediction

PREDICTIONS = (
    Prediction(
        "05-spread",
        "How far can another single request be from the colleague's number?",
        Option("more than double", "It may take more than twice as long, or less than half."),
        Option(
            "the same",
            "Hardly at all: the same work takes the same time.",
            misconception="A computer is thought of as a clockwork.",
            answer="The fastest and the slowest of 200 equal requests, in the line that the cell printed.",
        ),
        Option(
            "up to double",
            "It may take up to twice as long, but not more.",
            misconception="Other programs are expected to disturb a little, and never for long.",
            answer="The slowest of 200 equal requests, beside the fastest.",
        ),
        right="more than double",
    ),
    Prediction(
        "05-share",
        "How much sooner does a client get its answer now?",
        Option(
            "half",
            "It waits about half as long as before.",
            misconception="The whole debate about speed suggests that the check is most of the work.",
            answer="The column *end to end*, beside the median of the check.",
        ),
        Option("hardly", "It hardly notices: an eighth less, or not even that."),
        Option(
            "a quarter",
            "It waits about a quarter less.",
            misconception="The check is thought to be half of a request.",
            answer="The column *end to end*: the request, the profile and the answer take far more.",
        ),
        right="hardly",
    ),
    Prediction(
        "05-longest",
        "Which of these checks takes longest?",
        Option(
            "SQLite",
            "A look-up in SQLite, a file.",
            misconception='"A database is slow", and a file even slower.',
            answer="The intervals of SQLite and EdDSA are far apart.",
        ),
        Option(
            "HS256",
            "HS256, a shared secret.",
            misconception="A secret is thought to be harder work than a public key.",
            answer="It is the other way round: HS256 beside RS256, ES256 and EdDSA.",
        ),
        Option("EdDSA", "EdDSA, a public key."),
        right="EdDSA",
    ),
    Prediction(
        "05-distance",
        "Which check is cheaper with the store there?",
        Option("token", "The token's."),
        Option(
            "no difference",
            "Neither: both get slower by the same.",
            misconception="The cost is thought to be the server's, not the distance's.",
            answer="The token's line is flat; only the session's climbs, a microsecond for each microsecond.",
        ),
        Option(
            "session",
            "The session's, as with the store on this machine.",
            misconception="Half a millisecond is thought to be nothing.",
            answer="The two checks are some tens of µs apart. Half a millisecond is ten times as much.",
        ),
        right="token",
    ),
    Prediction(
        "05-growth",
        "There are fifty times as many rows. How long does a look-up take now?",
        Option(
            "fifty",
            "About fifty times as long.",
            misconception="A look-up is imagined as reading the whole list.",
            answer="The table is a tree: fifty times as many rows make it hardly higher.",
        ),
        Option("less than ten", "Less than ten times as long."),
        Option(
            "ten or more",
            "Ten times as long or more, but not fifty.",
            misconception="The tree is known, but each of its levels is thought to be expensive.",
            answer="The ratio in the title of the plot.",
        ),
        right="less than ten",
    ),
    Prediction(
        "05-published",
        "Which of the two publishes that tokens win?",
        Option(
            "neither",
            "Neither: it is the same server for both, with the same result.",
            misconception='"The same server" is taken for "the same work".',
            answer="The table below: connections and writes of the first one.",
        ),
        Option(
            "both",
            "Both of them.",
            misconception="What was read first about tokens has stayed.",
            answer="The second one: a new pair of tokens is more work than a look-up.",
        ),
        Option("the first only", "The first one. The second one publishes that sessions win."),
        Option(
            "the second only",
            "The second one. The first one publishes that sessions win.",
            misconception="A renewal is thought of as a part of every token, and as cheap.",
            answer="The two functions `busy_session` and `busy_token`: who does more than a check?",
        ),
        right="the first only",
    ),
)
