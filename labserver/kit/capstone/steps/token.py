"""The key says how a token was signed, and the token does not."""

from __future__ import annotations

from typing import Any

from labserver.kit.attacks.result import Finding
from labserver.kit.attacks.scene import Scene
from labserver.kit.capstone.promise import Person, bearer, promise
from labserver.kit.capstone.step import Excerpt, Step, probe


@probe(
    title="A token of another kind",
    success="Whatever else this key signs, such as a link in a mail, opens the API.",
    standard="RFC 9068, 4; RFC 8725, 3.11",
)
def another_kind(scene: Scene) -> Finding:
    """Present a token that this key signed for another purpose: its `typ` is not at+jwt."""
    header, claims = scene.template()
    kinds: tuple[dict[str, Any], ...] = ({"typ": "JWT"}, {"typ": "id+jwt"}, {"typ": None})
    return Finding(*scene.present(scene.sign(header | kind, claims) for kind in kinds))


@probe(
    title="A token by another issuer",
    success="A token that another issuer answers for opens this API.",
    standard="RFC 8725, 3.8; RFC 9068, 4",
)
def another_issuer(scene: Scene) -> Finding:
    """Present a well-signed token in which another issuer is named, or none."""
    header, claims = scene.template()
    without = {name: value for name, value in claims.items() if name != "iss"}
    shapes = (claims | {"iss": "another-issuer"}, without)
    return Finding(*scene.present(scene.sign(header, shape) for shape in shapes))


@promise("A fresh token works under the scheme Bearer, however that word is written.")
def schemes(scene: Scene) -> None:
    """RFC 9110, section 11.1: the scheme's case does not matter."""
    ada = Person(scene)
    token = ada.get_tokens()["access_token"]
    for headers in (bearer(token), {"Authorization": f"bearer {token}"}):
        ada.ask("GET", "/token/me", 200, headers=headers)


STEP = Step(
    name="12-token",
    title="Algorithm, audience, and one text per token",
    attacks=(
        *("alg_none", "alg_confusion", "weak_key", "kid_path", "own_key", "other_audience", "expired"),
        *("changed_byte", "another_spelling", "token_in_url", "key_by_url"),
    ),
    probes=(another_kind, another_issuer),
    promises=(schemes,),
    yours=("check_token", "token_login"),
    ours=(
        Excerpt("auth/tokens/verifier.py", "Verifier.check"),
        Excerpt("auth/tokens/verifier.py", "Verifier._key"),
        Excerpt("formats/base64url.py", "b64decode"),
    ),
    done="Now one token has one text, one kind and one audience. That matters as soon as something is kept "
    "by the token's text, or the same key signs something else. A colleague might put a length limit before "
    "all of it, so that nobody has megabytes decoded.",
    optional=("alg_confusion", "weak_key"),
)
