"""The predictions of 03: who reads a token, what a refusal says, what one byte does, what a logout ends."""

from __future__ import annotations

from labserver.kit.exercises.prediction import Option, Prediction

PREDICTIONS = (
    Prediction(
        "03-read",
        "An old token of Ada's, long expired, lies in a log file. What does somebody learn who finds it?",
        Option(
            "nothing",
            "Nothing: it is encrypted.",
            misconception="It looks scrambled, so it is taken for encrypted. base64url is a spelling, not "
            "a cipher.",
            answer="Three lines of Python read it, without a key.",
        ),
        Option(
            "with the key",
            "Something, but only with the server's key.",
            misconception="Signing is taken for a kind of locking.",
            answer="No key was used to read it. The key is needed to sign, and to check.",
        ),
        Option("who she is", "Who she is, her role, and when she logged in."),
        right="who she is",
    ),
    Prediction(
        "03-checks",
        "The server gets all four of these tokens. What does the sender learn from the answers?",
        Option(
            "which mistake",
            "Which mistake is in which token.",
            misconception="Helpful messages are good service, also to the sender of a wrong token.",
            answer="They would tell an attacker how far a forgery got. The reason is in the trace only.",
        ),
        Option("only no", "Only that each is refused."),
        Option(
            "let in",
            "That they work: the signatures are right.",
            misconception='"Well signed" is taken for "valid here and now".',
            answer="Audience and expiry were signed as well, and refused all the same.",
        ),
        right="only no",
    ),
    Prediction(
        "03-byte",
        "A thief has a copy of ◆, good for 15 minutes, and changes one digit of `exp`: the leading 1 "
        "becomes a 2. How long does it work?",
        Option("not at all", "Not at all."),
        Option(
            "for years",
            "For years: the claims still make sense.",
            misconception="The server is thought to read claims as it reads a form.",
            answer="The signature was checked before any claim, and it belongs to the old bytes.",
        ),
        Option(
            "15 minutes",
            "For 15 minutes, as before.",
            misconception="The server is thought to remember when each token ends.",
            answer="It remembers none: the row in part 1 belongs to the refresh token.",
        ),
        right="not at all",
    ),
    Prediction(
        "03-logout",
        "Ada logs in again, a thief copies ◆, and Ada logs out. The thief sends the copy. What happens?",
        Option(
            "refused at once",
            "It is refused at once, as the cookie was in 02.",
            misconception="A logout is thought to delete what the check looks for. There is nothing to "
            "delete for ◆.",
            answer="The row of ▲ was deleted, and no arrow goes to the store when ◆ comes.",
        ),
        Option(
            "for ever",
            "It works for ever: a token cannot be taken back.",
            misconception='"Cannot be taken back" becomes "never ends".',
            answer="The third exchange is refused: it has expired.",
        ),
        Option("until exp", "It works until its `exp`."),
        right="until exp",
    ),
)
