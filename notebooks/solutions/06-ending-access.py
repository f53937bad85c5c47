"""Solution of 06: the endpoint that renews tokens, and notices a copied refresh token."""

from collections.abc import Callable
from typing import Any

from flask import Flask, request

Families = dict[str, dict[str, Any]]
NewPair = Callable[[str, str], dict[str, str]]
Now = Callable[[], int]
Answer = dict[str, str] | tuple[dict[str, str], int]

REFUSED = {"error": "invalid_grant"}, 400


def refresh_app(families: Families, new_pair: NewPair, now: Now) -> Flask:
    """Refuse first; what is left is the one good token."""
    app = Flask("refresh")

    @app.post("/token/refresh")
    def refresh() -> Answer:
        token = request.get_json().get("refresh_token", "")
        family_id = token.partition(".")[0]
        family = families.get(family_id)
        if family is None or now() >= family["ends"]:
            return REFUSED
        if token != family["current"]:  # it was good once, so two hold it
            del families[family_id]
            return REFUSED
        pair = new_pair(family_id, family["user"])
        family["current"] = pair["refresh_token"]
        return pair

    return app


solution = {"06-refresh-app": refresh_app}


# --- well-known mistakes ---


def with_route(refresh: Callable[[str], Answer]) -> Flask:
    """Build an app whose route hands the token to a function, so that each mistake shows its own lines."""
    app = Flask("refresh")

    @app.post("/token/refresh")
    def route() -> Answer:
        return refresh(request.get_json().get("refresh_token", ""))

    return app


def knows_ada_only(families: Families, new_pair: NewPair, now: Now) -> Flask:
    return refresh_app(families, lambda family_id, user: new_pair(family_id, "ada"), now)


def swaps_the_arguments(families: Families, new_pair: NewPair, now: Now) -> Flask:
    return refresh_app(families, lambda family_id, user: new_pair(user, family_id), now)


def never_writes_the_row(families: Families, new_pair: NewPair, now: Now) -> Flask:
    def refresh(token: str) -> Answer:
        family_id = token.partition(".")[0]
        family = families.get(family_id)
        if family is None or now() >= family["ends"] or token != family["current"]:
            return REFUSED
        return new_pair(family_id, family["user"])

    return with_route(refresh)


def only_refuses_the_second_use(families: Families, new_pair: NewPair, now: Now) -> Flask:
    def refresh(token: str) -> Answer:
        family_id = token.partition(".")[0]
        family = families.get(family_id)
        if family is None or now() >= family["ends"] or token != family["current"]:
            return REFUSED
        pair = new_pair(family_id, family["user"])
        family["current"] = pair["refresh_token"]
        return pair

    return with_route(refresh)


def takes_a_token_again(families: Families, new_pair: NewPair, now: Now) -> Flask:
    def refresh(token: str) -> Answer:
        family_id = token.partition(".")[0]
        family = families.get(family_id)
        if family is None or now() >= family["ends"]:
            return REFUSED
        return new_pair(family_id, family["user"])

    return with_route(refresh)


def remembers_the_last_one_only(families: Families, new_pair: NewPair, now: Now) -> Flask:
    def refresh(token: str) -> Answer:
        family_id = token.partition(".")[0]
        family = families.get(family_id)
        if family is None or now() >= family["ends"]:
            return REFUSED
        if token == family.get("before"):
            del families[family_id]
            return REFUSED
        if token != family["current"]:
            return REFUSED
        pair = new_pair(family_id, family["user"])
        family["before"], family["current"] = token, pair["refresh_token"]
        return pair

    return with_route(refresh)


def ends_everybody(families: Families, new_pair: NewPair, now: Now) -> Flask:
    def refresh(token: str) -> Answer:
        family_id = token.partition(".")[0]
        family = families.get(family_id)
        if family is None or now() >= family["ends"]:
            return REFUSED
        if token != family["current"]:
            families.clear()
            return REFUSED
        pair = new_pair(family_id, family["user"])
        family["current"] = pair["refresh_token"]
        return pair

    return with_route(refresh)


def expects_a_family(families: Families, new_pair: NewPair, now: Now) -> Flask:
    def refresh(token: str) -> Answer:
        family_id = token.partition(".")[0]
        family = families[family_id]
        if token != family["current"] or now() >= family["ends"]:
            del families[family_id]
            return REFUSED
        pair = new_pair(family_id, family["user"])
        family["current"] = pair["refresh_token"]
        return pair

    return with_route(refresh)


def cleans_up_for_a_stranger(families: Families, new_pair: NewPair, now: Now) -> Flask:
    def refresh(token: str) -> Answer:
        family_id = token.partition(".")[0]
        family = families.get(family_id)
        if family is None or now() >= family["ends"] or token != family["current"]:
            for row in [family_id] if family else list(families):
                del families[row]
            return REFUSED
        pair = new_pair(family_id, family["user"])
        family["current"] = pair["refresh_token"]
        return pair

    return with_route(refresh)


def expects_a_token(families: Families, new_pair: NewPair, now: Now) -> Flask:
    right = refresh_app(families, new_pair, now).view_functions["refresh"]
    app = Flask("refresh")

    @app.post("/token/refresh")
    def route() -> Any:
        assert request.get_json()["refresh_token"]
        return right()

    return app


def answers_401(families: Families, new_pair: NewPair, now: Now) -> Flask:
    app = refresh_app(families, new_pair, now)
    app.after_request(lambda answer: changed(answer, 401))
    return app


def changed(answer: Any, status: int) -> Any:
    if answer.status_code == 400:
        answer.status_code = status
    return answer


def explains_it_in_its_own_words(families: Families, new_pair: NewPair, now: Now) -> Flask:
    right = refresh_app(families, new_pair, now).view_functions["refresh"]
    app = Flask("refresh")

    @app.post("/token/refresh")
    def route() -> Any:
        answer = right()
        return ({"error": "token expired"}, 400) if answer == REFUSED else answer

    return app


def ends_it_a_second_early(families: Families, new_pair: NewPair, now: Now) -> Flask:
    return refresh_app(families, new_pair, lambda: now() + 1)


def lets_the_end_itself_pass(families: Families, new_pair: NewPair, now: Now) -> Flask:
    return refresh_app(families, new_pair, lambda: now() - 1)


def knows_no_end(families: Families, new_pair: NewPair, now: Now) -> Flask:
    return refresh_app(families, new_pair, lambda: 0)


def moves_the_end(families: Families, new_pair: NewPair, now: Now) -> Flask:
    def later(family_id: str, user: str) -> dict[str, str]:
        families[family_id]["ends"] = now() + 1000
        return new_pair(family_id, user)

    return refresh_app(families, later, now)


def forgets_to_return_the_app(families: Families, new_pair: NewPair, now: Now) -> str:
    return "refresh"


wrong = {
    "06-refresh-app": [
        (forgets_to_return_the_app, "it should end with `return app`"),
        (swaps_the_arguments, "for the user of its family"),
        (knows_ada_only, "must never name somebody else"),
        (never_writes_the_row, "logged out at its next renewal"),
        (takes_a_token_again, "two hold it"),
        (only_refuses_the_second_use, "ends for both"),
        (remembers_the_last_one_only, "A copy may be of any age"),
        (ends_everybody, "Grace has nothing to do with it"),
        (expects_a_family, "KeyError"),
        (cleans_up_for_a_stranger, "ends nobody's family"),
        (expects_a_token, "a crash is a 500"),
        (answers_401, "status 400"),
        (explains_it_in_its_own_words, "has to log in again"),
        (ends_it_a_second_early, "One second before `ends`"),
        (lets_the_end_itself_pass, "no renewal moves `ends`"),
        (knows_no_end, "no renewal moves `ends`"),
        (moves_the_end, "no renewal moves `ends`"),
    ],
}
