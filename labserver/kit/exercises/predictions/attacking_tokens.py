"""The predictions of 08: what a server believes, and why."""

from __future__ import annotations

from labserver.kit.exercises.prediction import Option, Prediction

PREDICTIONS = (
    Prediction(
        "08-none",
        "Mallory asks the weak server for the admin's page. What does it answer?",
        Option(
            "401",
            "`401`: an empty signature is not a good signature.",
            misconception='"The server checks the signature, always." It does what its code does with the '
            "algorithm that it was given.",
            answer="The diagram has no check of a signature: the header said that there is none.",
        ),
        Option(
            "403",
            "`403`: the server knows that she is not an admin.",
            misconception="The server is thought to know who is at the other end.",
            answer="It read the profile of Grace. All that it knows of the sender is in the token.",
        ),
        Option("grace", "`200`: for the server she is Grace."),
        right="grace",
    ),
    Prediction(
        "08-confusion",
        "The weak server takes the algorithm from the token. What can Mallory do with the public key?",
        Option("secret", "Sign with it, as the secret of another algorithm."),
        Option(
            "nothing",
            "Nothing: it checks signatures, and cannot make any.",
            misconception="This is right for RS256. The question is which algorithm checks.",
            answer="The diagram says that the HS256 signature was checked, with the public key as a secret.",
        ),
        Option(
            "private key",
            "Compute the private key from it, and sign with that.",
            misconception="Public-key cryptography is thought to be broken now and then.",
            answer="Four lines of code and no mathematics were enough. The private key stayed where it is.",
        ),
        right="secret",
    ),
    Prediction(
        "08-leak",
        "The buyer reads the disk. For which of the two keys can the buyer now sign tokens in any name?",
        Option(
            "neither",
            "For neither: that computer has never signed anything.",
            misconception="The keys to check and to sign are thought to be two, for every algorithm.",
            answer="With HS256 they are one: the buyer's token in the name of Grace was accepted.",
        ),
        Option("HS256 only", "For k1 (HS256), not for k3 (ES256)."),
        Option(
            "both",
            "For both: a key is a key.",
            misconception="A public key is taken for a secret.",
            answer="For ES256 the disk held the public half, which everybody can fetch anyway.",
        ),
        right="HS256 only",
    ),
    Prediction(
        "08-guess",
        "Mallory tries a thousand words as the secret, in a second. What does the server's log show of it?",
        Option(
            "429",
            "A few refusals, then `429`: the server slows guessers down.",
            misconception="To guess a key is taken for guessing a password at the login.",
            answer="The server never saw a guess. Her own token's signature tells her which word is right.",
        ),
        Option(
            "401",
            "A thousand forged tokens, all but one answered `401`.",
            misconception="The check is thought to be possible at the server only.",
            answer="0 requests were sent: she computes each signature herself, and compares.",
        ),
        Option("nothing", "Nothing."),
        right="nothing",
    ),
    Prediction(
        "08-audience",
        "What does the weak server answer to Mallory, who sends Ada's token for the partner?",
        Option("ada", "`200`, with the profile of Ada."),
        Option(
            "401",
            "`401`: the token is signed for another service, so the signature does not fit.",
            misconception="A signature is thought to belong to one service.",
            answer="One issuer, one key: the diagram shows the same check, and it passed.",
        ),
        Option(
            "403",
            "`403`: it is Ada's, but with fewer rights.",
            misconception="The audience is mixed up with the role or the scope.",
            answer="`200`: nothing in the token says that it is weaker. `aud` says for whom it is.",
        ),
        right="ada",
    ),
)
