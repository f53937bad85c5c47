"""Right answers for the exercises of 11-choosing, model answers for both sides, and well-known wrong ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from labserver.kit.choosing.design import HYBRID, JWT, SESSION, Design, Needs

Record = dict[str, Any]
Systems = dict[str, Needs]


def decide(needs: Needs) -> Design:
    if needs.without_store:  # then nothing may be looked up: signed, and no longer good than access may last
        return Design(
            credential="jwt",
            carrier="header",
            seconds=needs.end_within,
            store="none",
            services="public key",
        )
    carrier = "header" if needs.other_origins else "cookie"
    return Design(carrier=carrier, services="asking")  # type: ignore[arg-type]


def record(systems: Systems) -> Record:
    return bank_with_an_edge(systems)


def shop_with_sessions(systems: Systems) -> Record:
    return {
        "system": "shop",
        "design": SESSION,
        "because": ["02: Ada shops", "06: Log out", "10: One store for all"],
        "against": "While the store is down nobody is recognised, not even to look at a page.",
        "flips": replace(systems["shop"], without_store=True),
    }


def shop_with_short_tokens(systems: Systems) -> Record:
    return {
        "system": "shop",
        "design": Design(credential="jwt", seconds=60, store="none"),
        "because": ["04: The ledger", "06: A short life", "10: Break it: `kill -9`"],
        "against": "A token of 60 seconds is renewed as often as a session is looked up.",
        "flips": replace(systems["shop"], end_within=0),
    }


def app_with_tokens(systems: Systems) -> Record:
    return {
        "system": "app",
        "design": JWT,
        "because": [
            "03: Whose key?",
            "06: All events, all designs",
            "10: A service that knows only the public keys",
        ],
        "against": "A stolen token is good for 15 minutes, and nobody can call it back.",
        "flips": replace(systems["app"], end_within=60),
    }


def app_with_shorter_tokens(systems: Systems) -> Record:
    return {
        "system": "app",
        "design": replace(JWT, seconds=300),
        "because": ["05: The store is somewhere else", "06: A short life", "10: Tokens need nothing shared?"],
        "against": "Three times as many renewals, and each of them needs the store after all.",
        "flips": replace(systems["app"], senders=("pages",)),
    }


def bank_with_an_edge(systems: Systems) -> Record:
    return {
        "system": "bank",
        "design": HYBRID,
        "because": ["04: The ledger", "06: Another role", "10: A service that knows only the public keys"],
        "against": "The edge is one more thing to run, and everything stands still with it.",
        "flips": replace(systems["bank"], end_within=30),
    }


def bank_that_asks(systems: Systems) -> Record:
    return {
        "system": "bank",
        "design": Design(services="asking"),
        "because": ["04: After the logout", "06: All events, all designs", "10: One store for all"],
        "against": "Each service asks the login server, which has to be there and has to be fast.",
        "flips": replace(systems["bank"], without_store=True),
    }


model_answers = [
    shop_with_sessions,
    shop_with_short_tokens,
    app_with_tokens,
    app_with_shorter_tokens,
    bank_with_an_edge,
    bank_that_asks,
]
"""Two for each system: other people may decide otherwise with the same evidence."""

solution = {"11-decide": decide, "11-record": record}


def always_a_session(needs: Needs) -> Design:
    return SESSION


def always_a_jwt(needs: Needs) -> Design:
    return JWT


def a_short_token_in_a_cookie(needs: Needs) -> Design:
    return Design(credential="jwt", seconds=60, store="none")


def rows_in_a_file(needs: Needs) -> Design:
    return replace(decide(needs), store="file") if not needs.without_store else decide(needs)


def no_way_for_services(needs: Needs) -> Design:
    return decide(needs) if needs.without_store else replace(decide(needs), services="none")


def fifteen_minutes_for_all(needs: Needs) -> Design:
    return replace(decide(needs), seconds=900)


def a_cookie_unless_it_is_signed(needs: Needs) -> Design:
    return decide(needs) if needs.without_store else replace(decide(needs), carrier="cookie")


def a_word(needs: Needs) -> Any:
    return "jwt"


def of_another_system(systems: Systems) -> Record:
    return {**record(systems), "system": "blog"}


def no_dictionary(systems: Systems) -> Any:
    return "sessions, because they are simple"


def a_design_that_fails(systems: Systems) -> Record:
    return {**record(systems), "design": JWT}


def too_little_evidence(systems: Systems) -> Record:
    return {**record(systems), "because": ["06: Log out", "06: A denylist", "10: One store for all"]}


def evidence_from_nowhere(systems: Systems) -> Record:
    return {**record(systems), "because": ["everybody says so", "04: The ledger", "06: Log out"]}


def nothing_against_it(systems: Systems) -> Record:
    return {**record(systems), "against": "Nothing."}


def nothing_flips_it(systems: Systems) -> Record:
    return {**record(systems), "flips": replace(systems["bank"], machines=40)}


def everything_changed(systems: Systems) -> Record:
    return {**record(systems), "flips": Needs()}


def flips_in_words(systems: Systems) -> Record:
    return {**record(systems), "flips": "if the store is down"}


wrong = {
    "11-decide": [
        (always_a_jwt, "900 s after a logout, and 60 s are allowed"),
        (rows_in_a_file, "not found from another machine"),
        (a_word, "str is no Design"),
        (a_short_token_in_a_cookie, "60 s after a logout, and 0 s are allowed"),
        (always_a_session, "gets no SameSite cookie"),
        (no_way_for_services, "cannot check who asks"),
        (fifteen_minutes_for_all, "900 s after a logout, and 30 s are allowed"),
        (a_cookie_unless_it_is_signed, "needs a look-up, whatever carries it"),
    ],
    "11-record": [
        (no_dictionary, "str is no dictionary"),
        (of_another_system, "'blog'"),
        (a_design_that_fails, "900 s after a logout, and 60 s are allowed"),
        (too_little_evidence, "evidence from 2"),
        (evidence_from_nowhere, "does not name a notebook"),
        (nothing_against_it, "1 words"),
        (nothing_flips_it, "passes all the same"),
        (everything_changed, "needs are changed"),
        (flips_in_words, "str is no Needs"),
    ],
}
