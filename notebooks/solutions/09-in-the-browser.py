"""Solutions of 09: what a browser adds, a policy for scripts, CORS, and a refresh that tabs share."""

import threading
from collections.abc import Callable

Cookies = dict[str, str]
Request = dict[str, str]
Headers = dict[str, str]
Pair = dict[str, str]
Store = dict[str, Pair | None]
Ask = Callable[[str], Pair | None]


def attached(cookies: Cookies, request: Request) -> list[str]:
    """Ask first for the site, then whether the whole tab goes there, then for SameSite and the method."""

    def goes(samesite: str) -> bool:
        if request["site"] != "cross-site":
            return True
        if not request["top_level"]:
            return False
        return samesite == "None" or (samesite == "Lax" and request["method"] == "GET")

    return sorted(name for name, samesite in cookies.items() if goes(samesite))


def policy(nonce: str) -> str:
    """Name the nonce and nothing else, and forbid <base>."""
    return f"script-src 'nonce-{nonce}'; base-uri 'none'; object-src 'none'"


def cors(origin: str | None, allowed: list[str]) -> Headers:
    """Compare the whole origin, and tell caches that the answer depends on it."""
    headers = {"Vary": "Origin"}
    if origin in allowed:
        headers["Access-Control-Allow-Origin"] = str(origin)
    return headers


def renew(store: Store, lock: threading.Lock, old: str, ask: Ask) -> str | None:
    """Let one tab in at a time, and look first whether the work is done."""
    with lock:
        pair = store["pair"]
        if pair is None:
            return None
        if pair["access_token"] == old:
            pair = store["pair"] = ask(pair["refresh_token"])
        return pair["access_token"] if pair else None


solution = {"09-attached": attached, "09-policy": policy, "09-cors": cors, "09-renew": renew}


# --- well-known mistakes ---


def sends_nothing(cookies: Cookies, request: Request) -> list[str]:
    return []


def forgets_siblings(cookies: Cookies, request: Request) -> list[str]:
    site = {"same-site": "cross-site"}.get(request["site"], request["site"])
    return attached(cookies, request | {"site": site})


def takes_lax_for_strict(cookies: Cookies, request: Request) -> list[str]:
    return attached({name: text.replace("Lax", "Strict") for name, text in cookies.items()}, request)


def takes_strict_for_lax(cookies: Cookies, request: Request) -> list[str]:
    return attached({name: text.replace("Strict", "Lax") for name, text in cookies.items()}, request)


def forgets_the_method(cookies: Cookies, request: Request) -> list[str]:
    return attached(cookies, request | {"method": "GET"})


def takes_none_for_nothing(cookies: Cookies, request: Request) -> list[str]:
    return attached(cookies, request) if request["method"] == "GET" or request["site"] != "cross-site" else []


def sends_none_always(cookies: Cookies, request: Request) -> list[str]:
    wide = [name for name, samesite in cookies.items() if samesite == "None"]
    return sorted({*attached(cookies, request), *wide})


def forgets_to_sort(cookies: Cookies, request: Request) -> list[str]:
    return attached(cookies, request)[::-1]


def lets_nothing_run(nonce: str) -> str:
    return "script-src 'none'; base-uri 'none'"


def allows_inline(nonce: str) -> str:
    return "script-src 'self' 'unsafe-inline'"


def allows_every_site(nonce: str) -> str:
    return f"script-src 'nonce-{nonce}' https:; base-uri 'none'"


def allows_the_origin(nonce: str) -> str:
    return f"script-src 'self' 'nonce-{nonce}'; base-uri 'none'"


def keeps_earlier_nonces(nonce: str, seen: list[str] = []) -> str:  # noqa: B006 - that is the mistake
    seen.append(f"'nonce-{nonce}'")
    return f"script-src {' '.join(seen)}; base-uri 'none'"


def forgets_the_base(nonce: str) -> str:
    return f"script-src 'nonce-{nonce}'"


def has_a_policy_for_all_pages(nonce: str) -> str:
    return "script-src 'nonce-always-the-same'; base-uri 'none'"


def says_star(origin: str | None, allowed: list[str]) -> Headers:
    return {"Access-Control-Allow-Origin": "*", "Vary": "Origin"}


def names_the_first(origin: str | None, allowed: list[str]) -> Headers:
    return cors(origin, allowed) if origin not in allowed else cors(allowed[0], allowed)


def gives_the_list(origin: str | None, allowed: list[str]) -> Headers:
    return cors(origin, allowed) | {"Access-Control-Allow-Origin": ", ".join(allowed)}


def says_what_it_hears(origin: str | None, allowed: list[str]) -> Headers:
    return cors(origin, [str(origin)])


def looks_at_the_beginning(origin: str | None, allowed: list[str]) -> Headers:
    near = any(str(origin).startswith(one) for one in allowed)
    return cors(origin, [str(origin)] if near else allowed)


def takes_null(origin: str | None, allowed: list[str]) -> Headers:
    return cors(origin, [*allowed, "null"])


def forgets_vary(origin: str | None, allowed: list[str]) -> Headers:
    return cors(origin, allowed) if origin else {}


def stores_nothing(store: Store, lock: threading.Lock, old: str, ask: Ask) -> str | None:
    pair = ask((store["pair"] or {"refresh_token": ""})["refresh_token"])
    return pair["access_token"] if pair else None


def asks_always(store: Store, lock: threading.Lock, old: str, ask: Ask) -> str | None:
    with lock:
        pair = store["pair"] = ask((store["pair"] or {"refresh_token": ""})["refresh_token"])
        return pair["access_token"] if pair else None


def takes_no_lock(store: Store, lock: threading.Lock, old: str, ask: Ask) -> str | None:
    return renew(store, threading.Lock(), old, ask)


def looks_before_the_lock(store: Store, lock: threading.Lock, old: str, ask: Ask) -> str | None:
    pair = store["pair"]
    if pair and pair["access_token"] != old:
        return pair["access_token"]
    return asks_always(store, lock, old, ask)


def keeps_what_was_refused(store: Store, lock: threading.Lock, old: str, ask: Ask) -> str | None:
    before = store["pair"]
    token = renew(store, lock, old, ask)
    store["pair"] = store["pair"] or before
    return token


def expects_success(store: Store, lock: threading.Lock, old: str, ask: Ask) -> str | None:
    with lock:
        pair = store["pair"]
        if pair is not None and pair["access_token"] == old:
            pair = store["pair"] = ask(pair["refresh_token"])
        return pair["access_token"]  # type: ignore[index]


wrong = {
    "09-attached": [
        (sends_nothing, "carry every cookie of the shop"),
        (forgets_to_sort, "carry every cookie of the shop"),
        (forgets_siblings, "SameSite asks for the site alone"),
        (takes_lax_for_strict, "Chromium then adds the Lax cookie"),
        (takes_strict_for_lax, "Strict stays"),
        (forgets_the_method, "a POST carries no Lax cookie"),
        (takes_none_for_nothing, "was made for such requests"),
        (sends_none_always, "third-party cookies"),
    ],
    "09-policy": [
        (lets_nothing_run, "It has to run"),
        (has_a_policy_for_all_pages, "It has to run"),
        (allows_inline, "The comment's script ran"),
        (allows_every_site, "no list of friends"),
        (allows_the_origin, "one that a visitor has uploaded"),
        (keeps_earlier_nonces, "good for one page"),
        (forgets_the_base, "moves our relative addresses"),
    ],
    "09-cors": [
        (says_star, "The app is on the list"),
        (gives_the_list, "The app is on the list"),
        (names_the_first, "names the one origin that asked"),
        (says_what_it_hears, "Any site may read the answer"),
        (looks_at_the_beginning, "every name below it"),
        (takes_null, "any site can make one"),
        (forgets_vary, "hands one origin's answer to another"),
    ],
    "09-renew": [
        (stores_nothing, "and later again"),
        (asks_always, "look into the store before you ask"),
        (takes_no_lock, "To the server that is a theft"),
        (looks_before_the_lock, "To the server that is a theft"),
        (keeps_what_was_refused, "tried again and again"),
        (expects_success, "TypeError"),
    ],
}
