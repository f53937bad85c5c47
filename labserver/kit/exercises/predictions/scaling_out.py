"""The predictions of 10: who is still known when there are more servers, and fewer."""

from __future__ import annotations

from labserver.kit.exercises.prediction import Option, Prediction

PREDICTIONS = (
    Prediction(
        "10-memory",
        "Four people log in with a session. Then each comes back twelve times, over a new connection each "
        "time. How do they fare?",
        Option("in and out", "The same person is now recognised, now refused."),
        Option(
            "all in",
            "All are recognised every time: it is one server.",
            misconception='"The server" is thought to be one thing.',
            answer="Requests were refused with *no row has this id*: the row was in the other worker.",
        ),
        Option(
            "lost for good",
            "After the first refusal nobody is recognised any more.",
            misconception="A refusal is thought to delete something.",
            answer="The same four people got both 200 and 401: the rows stayed where they were.",
        ),
        right="in and out",
    ),
    Prediction(
        "10-stores",
        "With 4 workers, on which stores do people with sessions get lost?",
        Option(
            "all three",
            "On all three.",
            misconception='"Stateful does not scale" is taken for a law.',
            answer="The table says `none` for SQLite and for Redis, with 4 workers too.",
        ),
        Option(
            "memory and SQLite",
            "In memory and in SQLite; Redis is a server, so it can be shared.",
            misconception="A file is thought to belong to one process.",
            answer="All workers of one machine open the same file. True of two machines: see part 3.",
        ),
        Option("memory", "In memory only."),
        right="memory",
    ),
    Prediction(
        "10-kill",
        "The process is started again. Who is still in?",
        Option(
            "tokens only",
            "Those with tokens: these are not on the server at all.",
            misconception='"Stateless" is taken for "survives everything".',
            answer="Sessions survived too: the row was in a file, and so was the key of the tokens.",
        ),
        Option("all", "All eight."),
        Option(
            "nobody",
            "Nobody: what the process knew is gone.",
            misconception="The session is thought to be in the process, as in a first Flask tutorial.",
            answer="That is so for the memory store: see its column in the next table. Here it was SQLite.",
        ),
        right="all",
    ),
    Prediction(
        "10-outage",
        "The store is away for ten minutes. Who notices it, among those who use the app all the time?",
        Option("sessions and some tokens", "All people with sessions, and most people with tokens."),
        Option(
            "sessions only",
            "All people with sessions, and nobody with a token.",
            misconception="The check of a token needs no store, so the whole flow is thought to need none.",
            answer="10 of 15 people had to renew their token meanwhile, and a renewal reads the store.",
        ),
        Option(
            "everybody",
            "Everybody: no store, no answer.",
            misconception="A server is thought to be up or down as a whole.",
            answer="5 of 15 people with tokens had one that was good until after the outage.",
        ),
        right="sessions and some tokens",
    ),
    Prediction(
        "10-twin",
        "Ada gets a token at the second machine. What does the first machine say to it?",
        Option(
            "200",
            "200: a token carries all that is needed to check it.",
            misconception='"Self-contained" is taken for "needs nothing".',
            answer="The kid in its header names a key that the first machine does not have.",
        ),
        Option(
            "503",
            "503: it must ask the other machine first.",
            misconception="Servers are thought to ask each other.",
            answer="It was refused at once. Nobody asked anybody; that is the point of a token.",
        ),
        Option("401", "401: this is no key of mine."),
        right="401",
    ),
    Prediction(
        "10-service",
        "The partner's service has seen one token. Then the login server is killed. What does the service "
        "say to the same token?",
        Option(
            "401",
            "401: nobody is there to confirm it.",
            misconception="The issuer is thought to confirm each token.",
            answer="One fetch of the keys served both requests. The signature is the confirmation.",
        ),
        Option("200", "200, with name and role."),
        Option(
            "503",
            "503: it cannot ask, so it cannot know.",
            misconception="A check is thought to be a question to the login server, as with a session.",
            answer="It did not have to ask: its copy of the keys was there.",
        ),
        right="200",
    ),
)
