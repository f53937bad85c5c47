"""Solutions of 06: a refresh family that notices a second use, and a denylist that forgets."""

from typing import Any

Family = dict[str, Any]
Redeemed = tuple[Family | None, str]
Denied = dict[str, int]


def redeem(family: Family | None, token: str, fresh: str, now: int) -> Redeemed:
    """Refuse first; what is left is the one good token."""
    if family is None or now >= family["ends"]:
        return None, "over"
    if token in family["used"]:
        return None, "reuse"
    if token != family["current"]:
        return family, "unknown"
    return {**family, "current": fresh, "used": [*family["used"], token]}, "renewed"


def revoke(denied: Denied, claims: dict[str, Any], now: int) -> Denied:
    """Add it, then keep what has not expired."""
    longer = {**denied, claims["jti"]: claims["exp"]}
    return {jti: exp for jti, exp in longer.items() if exp > now}


solution = {"06-redeem": redeem, "06-revoke": revoke}


# --- well-known mistakes ---


def never_rotates(family: Family | None, token: str, fresh: str, now: int) -> Redeemed:
    after, verdict = redeem(family, token, fresh, now)
    return (family, verdict) if verdict == "renewed" else (after, verdict)


def forgets_what_was_used(family: Family | None, token: str, fresh: str, now: int) -> Redeemed:
    after, verdict = redeem(family, token, fresh, now)
    return (after and {**after, "used": []}, verdict) if verdict == "renewed" else (after, verdict)


def moves_the_end(family: Family | None, token: str, fresh: str, now: int) -> Redeemed:
    after, verdict = redeem(family, token, fresh, now)
    return (after and {**after, "ends": now + 1000}, verdict) if verdict == "renewed" else (after, verdict)


def remembers_the_last_one_only(family: Family | None, token: str, fresh: str, now: int) -> Redeemed:
    after, verdict = redeem(family, token, fresh, now)
    return (after and {**after, "used": [token]}, verdict) if verdict == "renewed" else (after, verdict)


def only_refuses_the_second_use(family: Family | None, token: str, fresh: str, now: int) -> Redeemed:
    after, verdict = redeem(family, token, fresh, now)
    return (family, verdict) if verdict == "reuse" else (after, verdict)


def forgives_the_second_use(family: Family | None, token: str, fresh: str, now: int) -> Redeemed:
    if family and now < family["ends"] and token in family["used"]:
        return {**family, "current": fresh, "used": [*family["used"], family["current"]]}, "renewed"
    return redeem(family, token, fresh, now)


def looks_at_the_latest_only(family: Family | None, token: str, fresh: str, now: int) -> Redeemed:
    if family and now < family["ends"] and token in family["used"][:-1]:
        return family, "unknown"
    return redeem(family, token, fresh, now)


def ends_it_for_any_text(family: Family | None, token: str, fresh: str, now: int) -> Redeemed:
    after, verdict = redeem(family, token, fresh, now)
    return (None, "reuse") if verdict == "unknown" else (after, verdict)


def ends_it_a_second_early(family: Family | None, token: str, fresh: str, now: int) -> Redeemed:
    return redeem(family, token, fresh, now + 1)


def lets_the_end_itself_pass(family: Family | None, token: str, fresh: str, now: int) -> Redeemed:
    return redeem(family, token, fresh, now - 1)


def knows_no_end(family: Family | None, token: str, fresh: str, now: int) -> Redeemed:
    return redeem(family, token, fresh, 0)


def expects_a_family(family: Any, token: str, fresh: str, now: int) -> Redeemed:
    return (None, "over") if now >= family["ends"] else redeem(family, token, fresh, now)


def begins_a_new_family(family: Family | None, token: str, fresh: str, now: int) -> Redeemed:
    if family is None:
        return {"current": fresh, "used": [token], "ends": now + 1000}, "renewed"
    return redeem(family, token, fresh, now)


def changes_what_it_was_given(family: Family | None, token: str, fresh: str, now: int) -> Redeemed:
    after, verdict = redeem(family, token, fresh, now)
    if family and after and verdict == "renewed":
        family.update(after)
        return family, verdict
    return after, verdict


def forgets_nothing(denied: Denied, claims: dict[str, Any], now: int) -> Denied:
    return {**denied, claims["jti"]: claims["exp"]}


def keeps_the_new_one_only(denied: Denied, claims: dict[str, Any], now: int) -> Denied:
    return revoke({}, claims, now)


def notes_the_user(denied: Denied, claims: dict[str, Any], now: int) -> Denied:
    return revoke(denied, {**claims, "jti": claims["sub"]}, now)


def notes_when_it_was_revoked(denied: Denied, claims: dict[str, Any], now: int) -> Denied:
    return {**denied, claims["jti"]: now}


def knows_one_lifetime_only(denied: Denied, claims: dict[str, Any], now: int) -> Denied:
    return revoke(denied, {**claims, "exp": now + 900}, now)


def empties_it_now_and_then(denied: Denied, claims: dict[str, Any], now: int) -> Denied:
    over = any(exp <= now for exp in denied.values())
    return revoke({} if over else denied, claims, now)


def forgets_from_the_front(denied: Denied, claims: dict[str, Any], now: int) -> Denied:
    left = list(denied.items())
    while left and left[0][1] <= now:
        left.pop(0)
    longer = {**dict(left), claims["jti"]: claims["exp"]}
    return longer if claims["exp"] > now else dict(left)


def keeps_it_at_its_exp(denied: Denied, claims: dict[str, Any], now: int) -> Denied:
    return revoke(denied, claims, now - 1)


def forgets_it_a_second_early(denied: Denied, claims: dict[str, Any], now: int) -> Denied:
    return revoke(denied, claims, now + 1)


def forgets_before_it_adds(denied: Denied, claims: dict[str, Any], now: int) -> Denied:
    kept = {jti: exp for jti, exp in denied.items() if exp > now}
    return {**kept, claims["jti"]: claims["exp"]}


def writes_into_the_list(denied: Denied, claims: dict[str, Any], now: int) -> Denied:
    denied[claims["jti"]] = claims["exp"]
    return revoke(denied, claims, now)


wrong = {
    "06-redeem": [
        (never_rotates, "good once"),
        (forgets_what_was_used, "goes to the used ones"),
        (moves_the_end, "does not move the end"),
        (remembers_the_last_one_only, "a copy may be of any age"),
        (only_refuses_the_second_use, "ends for both"),
        (forgives_the_second_use, "nobody knows which one is the thief"),
        (looks_at_the_latest_only, "somebody kept a copy"),
        (ends_it_for_any_text, "anybody could log people out"),
        (ends_it_a_second_early, "One second before its end"),
        (lets_the_end_itself_pass, "At its end it is over"),
        (knows_no_end, "At its end it is over"),
        (expects_a_family, "TypeError"),
        (begins_a_new_family, "What has ended stays so"),
        (changes_what_it_was_given, "the arguments were changed"),
    ],
    "06-revoke": [
        (notes_the_user, "the token's own number"),
        (notes_when_it_was_revoked, "until when that must be remembered"),
        (keeps_the_new_one_only, "still revoked"),
        (knows_one_lifetime_only, "not every token lives for 15 minutes"),
        (forgets_nothing, "grows for ever"),
        (empties_it_now_and_then, "an end of its own"),
        (forgets_from_the_front, "wherever it stands in the list"),
        (keeps_it_at_its_exp, "nobody will ask for it"),
        (forgets_it_a_second_early, "good for that second"),
        (forgets_before_it_adds, "needs no entry either"),
        (writes_into_the_list, "the arguments were changed"),
    ],
}
