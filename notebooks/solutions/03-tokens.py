"""Solutions of 03: base64url with one spelling, a verifier, and the right key for it."""

import base64
import hashlib
import hmac
import json
from typing import Any

Claims = dict[str, Any]
Key = dict[str, Any]


def b64url_decode(text: str) -> bytes:
    """Decode, encode again, compare: whatever comes back different was another spelling."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ValueError("not unpadded base64url")
    return raw


def verify_hs256(token: str, key: bytes, now: int) -> Claims:
    """Refuse first, decode later: nothing is believed before the signature has been checked."""
    header, payload, signature = token.split(".")  # another number of parts is a ValueError already
    if json.loads(b64url_decode(header)).get("alg") != "HS256":
        raise ValueError("not HS256")
    expected = hmac.digest(key, f"{header}.{payload}".encode(), "sha256")
    if not hmac.compare_digest(expected, b64url_decode(signature)):
        raise ValueError("bad signature")
    claims = json.loads(b64url_decode(payload))
    if not isinstance(claims, dict) or not isinstance(claims.get("exp"), int):
        raise ValueError("no exp")
    if now >= claims["exp"]:
        raise ValueError("expired")
    return claims


def pick_key(jwks: dict[str, list[Key]], header: Key) -> Key:
    """Find by name, then make sure that key and header agree on the algorithm."""
    if "kid" not in header or "jwk" in header:
        raise ValueError("no kid, or a key of its own")
    for key in jwks["keys"]:
        if key.get("kid") == header["kid"] and key["alg"] == header["alg"]:
            return key
    raise ValueError("no such key for this algorithm")


solution = {"03-b64url-decode": b64url_decode, "03-verify-hs256": verify_hs256, "03-pick-key": pick_key}


# --- well-known mistakes ---


def adds_no_padding(text: str) -> bytes:
    return base64.urlsafe_b64decode(text)


def always_adds_one(text: str) -> bytes:
    return b64url_decode(text) if len(text) % 4 == 0 else base64.urlsafe_b64decode(text + "=")


def always_adds_two_or_none(text: str) -> bytes:
    return b64url_decode(text) if len(text) % 4 != 3 else base64.urlsafe_b64decode(text)


def reads_plain_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


def reads_both_alphabets(text: str) -> bytes:
    return b64url_decode(text.replace("+", "-").replace("/", "_"))


def lets_padding_in(text: str) -> bytes:
    return b64url_decode(text.rstrip("="))


def skips_strange_characters(text: str) -> bytes:
    return b64url_decode(text.replace("!", ""))


def rounds_the_length_down(text: str) -> bytes:
    return b64url_decode(text[: len(text) - (len(text) % 4 == 1)])


def ignores_the_last_bits(text: str) -> bytes:
    if not all(character.isalnum() or character in "-_" for character in text):
        raise ValueError("another alphabet")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def returns_none_for_the_rest(text: str) -> bytes | None:
    try:
        return b64url_decode(text)
    except ValueError:
        return None


def _read(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=="))


def refuses_everything(token: str, key: bytes, now: int) -> Claims:
    raise ValueError("no")


def looks_at_no_signature(token: str, key: bytes, now: int) -> Claims:
    claims: Claims = _read(token.split(".")[1])
    if now >= claims["exp"]:
        raise ValueError("expired")
    return claims


def signs_with_any_key(token: str, key: bytes, now: int) -> Claims:
    stranger = hashlib.sha256(b"another").digest()
    try:
        return verify_hs256(token, key, now)
    except ValueError:
        return verify_hs256(token, stranger, now)


def compares_the_beginning(token: str, key: bytes, now: int) -> Claims:
    header, payload, signature = token.split(".")
    whole = base64.urlsafe_b64encode(hmac.digest(key, f"{header}.{payload}".encode(), "sha256")).rstrip(b"=")
    same = signature and whole.decode().startswith(signature)
    return verify_hs256(f"{header}.{payload}.{whole.decode()}" if same else token, key, now)


def believes_alg_none(token: str, key: bytes, now: int) -> Claims:
    if _read(token.split(".")[0])["alg"] == "none":
        return looks_at_no_signature(token, key, now)
    return verify_hs256(token, key, now)


def lets_the_token_choose(token: str, key: bytes, now: int) -> Claims:
    header, payload, signature = token.split(".")
    digest = {"HS256": "sha256", "HS512": "sha512"}.get(_read(header)["alg"])
    if digest is None or hmac.digest(key, f"{header}.{payload}".encode(), digest) != b64url_decode(signature):
        raise ValueError("bad signature")
    return looks_at_no_signature(token, key, now)


def ignores_the_header(token: str, key: bytes, now: int) -> Claims:
    header, payload, signature = token.split(".")
    if hmac.digest(key, f"{header}.{payload}".encode(), "sha256") != b64url_decode(signature):
        raise ValueError("bad signature")
    return looks_at_no_signature(token, key, now)


def ends_a_second_early(token: str, key: bytes, now: int) -> Claims:
    return verify_hs256(token, key, now + 1)


def ends_a_second_late(token: str, key: bytes, now: int) -> Claims:
    return verify_hs256(token, key, now - 1)


def never_expires(token: str, key: bytes, now: int) -> Claims:
    return verify_hs256(token, key, 0)


def lets_exp_be_missing(token: str, key: bytes, now: int) -> Claims:
    if "exp" not in _read(token.split(".")[1]):
        claims: Claims = _read(token.split(".")[1])
        return claims
    return verify_hs256(token, key, now)


def trips_over_a_missing_exp(token: str, key: bytes, now: int) -> Claims:
    _read(token.split(".")[1])["exp"]
    return verify_hs256(token, key, now)


def compares_exp_with_anything(token: str, key: bytes, now: int) -> Claims:
    if now >= _read(token.split(".")[1]).get("exp", now):
        raise ValueError("expired")
    return verify_hs256(token, key, now)


def expects_three_parts(token: str, key: bytes, now: int) -> Claims:
    parts = token.split(".")
    payload, _signature = parts[1], parts[2]
    if isinstance(_read(payload), list):
        raise ValueError("no claims")
    return verify_hs256(token, key, now)


def expects_an_object(token: str, key: bytes, now: int) -> Claims:
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError("three parts")
    _read(parts[1]).get("exp")
    return verify_hs256(token, key, now)


def takes_the_first(jwks: dict[str, list[Key]], header: Key) -> Key:
    return jwks["keys"][0]


def takes_the_newest(jwks: dict[str, list[Key]], header: Key) -> Key:
    return jwks["keys"][-1]


def knows_one_algorithm(jwks: dict[str, list[Key]], header: Key) -> Key:
    if header["alg"] != "ES256":
        raise ValueError("not ES256")
    return pick_key(jwks, header)


def falls_back(jwks: dict[str, list[Key]], header: Key) -> Key:
    try:
        return pick_key(jwks, header)
    except ValueError:
        return jwks["keys"][0]


def returns_none(jwks: dict[str, list[Key]], header: Key) -> Key | None:
    return next((key for key in jwks["keys"] if key.get("kid") == header.get("kid")), None)


def takes_the_only_one(jwks: dict[str, list[Key]], header: Key) -> Key:
    return jwks["keys"][0] if len(jwks["keys"]) == 1 and "kid" not in header else pick_key(jwks, header)


def looks_at_the_kid_only(jwks: dict[str, list[Key]], header: Key) -> Key:
    for key in jwks["keys"]:
        if "kid" in header and key.get("kid") == header["kid"]:
            return key
    raise ValueError("no such key")


def expects_every_key_to_have_a_name(jwks: dict[str, list[Key]], header: Key) -> Key:
    for key in jwks["keys"]:
        if key["kid"] == header.get("kid") and key["alg"] == header["alg"]:
            return key
    raise ValueError("no such key")


def takes_nothing_for_a_name(jwks: dict[str, list[Key]], header: Key) -> Key:
    for key in jwks["keys"]:
        if key.get("kid") == header.get("kid") and key["alg"] == header["alg"]:
            return key
    raise ValueError("no such key")


def takes_the_senders_key(jwks: dict[str, list[Key]], header: Key) -> Key:
    brought: Key | None = header.get("jwk")
    return brought or pick_key(jwks, header)


def looks_into_an_empty_set(jwks: dict[str, list[Key]], header: Key) -> Key:
    jwks["keys"][0]
    return pick_key(jwks, header)


wrong = {
    "03-b64url-decode": [
        (adds_no_padding, "Python's decoder wants it back"),
        (always_adds_one, "Python's decoder wants it back"),
        (always_adds_two_or_none, "Sometimes one `=` is missing"),
        (reads_plain_base64, "The URL alphabet has"),
        (reads_both_alphabets, "not in this alphabet"),
        (lets_padding_in, "two spellings"),
        (skips_strange_characters, "skips strange characters"),
        (rounds_the_length_down, "No bytes have this length"),
        (ignores_the_last_bits, "the last bits are ignored"),
        (returns_none_for_the_rest, "None, and no exception"),
    ],
    "03-verify-hs256": [
        (refuses_everything, "An honest token must get through"),
        (looks_at_no_signature, "Only the signature shows it"),
        (signs_with_any_key, "somebody else's key"),
        (compares_the_beginning, "Half a signature is none"),
        (believes_alg_none, "asks you not to check"),
        (lets_the_token_choose, "One key, one algorithm"),
        (ignores_the_header, "The signature fits, the header does not"),
        (ends_a_second_early, "One second before `exp`"),
        (ends_a_second_late, "At `exp` it is over"),
        (never_expires, "At `exp` it is over"),
        (lets_exp_be_missing, "good for ever"),
        (trips_over_a_missing_exp, "good for ever"),
        (compares_exp_with_anything, "must be a number"),
        (expects_three_parts, "Anybody can send anything"),
        (expects_an_object, "only an object will do"),
    ],
    "03-pick-key": [
        (takes_the_newest, "The kid names the key"),
        (takes_the_first, "never the place in the list"),
        (knows_one_algorithm, "Different keys may sign"),
        (falls_back, "falling back on some other key"),
        (returns_none, "None, and no exception"),
        (takes_the_only_one, "next week there are two"),
        (looks_at_the_kid_only, "algorithm confusion"),
        (expects_every_key_to_have_a_name, "An unnamed key in the set is skipped"),
        (takes_nothing_for_a_name, "No name on either side"),
        (takes_the_senders_key, "a key of its own"),
        (looks_into_an_empty_set, "An empty set matches nothing"),
    ],
}
