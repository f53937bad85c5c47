"""What a browser does by itself, and what a script in a page can do."""

from __future__ import annotations

import json
from collections.abc import Iterator

from labserver.kit import revocation
from labserver.kit.browser.tab import Tab
from labserver.kit.exercises.claims.claim import ClaimCase, claim
from labserver.kit.exercises.claims.stage import Stage
from labserver.kit.exercises.claims.steps import log_in, spoken, with_a_token

SHOP, SIBLING, EVIL = "shop.example", "blog.shop.example", "evil.example"
"""The shop, another host of the same site, and another site. Chromium takes all three for this machine."""

NOTEBOOK = "09-in-the-browser"


@claim(
    "An HttpOnly cookie stops cross-site scripting.",
    "false",
    said="https://stackguides.com/questions/35313384/jwt-cookies-https-csrf",
    notebook=NOTEBOOK,
    cell="A script gets in",
    browser=True,
)
def httponly_stops_cross_site_scripting(stage: Stage) -> Iterator[ClaimCase]:
    """Run a script in the page of a shop with an HttpOnly cookie: let it read the cookie, and act."""
    tab = _logged_in(stage)
    readable = "shop" in str(tab.script("document.cookie"))
    before = _changes(stage)
    tab.script("fetch('/shop/change', {method: 'POST'}).then(answer => answer.status)")
    acted = _changes(stage) > before
    reads = "reads" if readable else "cannot read"
    seen = f"{reads} the cookie, {'changes' if acted else 'does not change'} the account"
    yield ClaimCase("a script in the page", not acted, seen)


@claim(
    "SameSite=Lax is enough against CSRF.",
    "depends",
    depends_on="who asks, and by which method",
    said="https://loginwith.app/blog/csrf-still-a-thing.html",
    notebook=NOTEBOOK,
    cell="Which requests carry the cookie?",
    browser=True,
)
def samesite_lax_is_enough(stage: Stage) -> Iterator[ClaimCase]:
    """Let three forms of other pages send a change to a shop that checks nothing but its Lax cookie."""
    forms = {
        "a POST form of another site": (EVIL, "POST"),
        "a GET form of another site": (EVIL, "GET"),
        "a POST form of a sibling host": (SIBLING, "POST"),
    }
    for where, (host, method) in forms.items():
        tab, before = _logged_in(stage), _changes(stage)
        tab.open(f"{stage.careless_server.origin(host)}/page")
        target = f"{stage.careless_server.origin(SHOP)}/shop/change"
        tab.script(
            "(([action, method]) => { const form = document.createElement('form');"
            " Object.assign(form, {action, method}); document.body.append(form); form.submit(); })"
            f"({json.dumps([target, method])})"
        )
        tab.wait_for("#done")
        changed = _changes(stage) > before
        yield ClaimCase(where, not changed, "changed the account" if changed else "came without the cookie")
        tab.close()


@claim(
    "Another port has its own cookies.",
    "false",
    said="https://syntaxfix.com/question/51612/are-http-cookies-port-specific",
    notebook=NOTEBOOK,
    cell="Which cookies does it take?",
    browser=True,
)
def ports_keep_cookies_apart(stage: Stage) -> Iterator[ClaimCase]:
    """Get a cookie at one port, and open the same host at another port."""
    tab = _logged_in(stage)
    tab.open(f"{stage.careless_server.origin(SHOP, second=True)}/page")
    names = tab.script("fetch('/shop/seen').then(answer => answer.json()).then(seen => seen.cookies)")
    came = "shop" in names
    yield ClaimCase(
        "the same host, another port", not came, "the cookie came along" if came else "no cookie came"
    )


@claim(
    "Local storage is bad, cookies are good.",
    "depends",
    depends_on="whether the script steals, or acts at once",
    said="https://security.stackexchange.com/questions/148161/security-issues-in-jwt-storage",
    notebook=NOTEBOOK,
    cell="Where does a client keep it?",
    browser=True,
)
def local_storage_is_bad(stage: Stage) -> Iterator[ClaimCase]:
    """Keep a token in local storage and a session in an HttpOnly cookie; let a script steal, and act."""
    lab, tab = stage.lab(), _logged_in(stage)
    token = log_in(lab, "token")["access_token"]
    tab.script(f"localStorage.setItem('token', {json.dumps(token)})")
    stolen = str(tab.script("localStorage.getItem('token')"))
    works = with_a_token(lab, stolen).status_code == 200
    hidden = "shop" not in str(tab.script("document.cookie"))
    lasts = revocation.seconds(lab, revocation.nobody_notices, revocation.AccessToken)
    seen = f"the token works elsewhere for {spoken(lasts)}, the cookie cannot be read"
    yield ClaimCase("a script that steals", works and hidden, seen if works and hidden else "no difference")
    before = _changes(stage)
    tab.script("fetch('/shop/change', {method: 'POST'}).then(answer => answer.status)")
    rides = _changes(stage) > before
    seen = "acts with the cookie too, as long as the page is open" if rides else "cannot use the cookie"
    yield ClaimCase("a script that acts at once", not rides, seen)


@claim(
    "A token in memory is safe from scripts.",
    "false",
    said="https://errorhandle.ai/where-to-store-access-token-for-frontend-use",
    notebook=NOTEBOOK,
    cell="A script gets in",
    browser=True,
)
def memory_is_safe(stage: Stage) -> Iterator[ClaimCase]:
    """Keep a token in a closure, wrap `fetch` by another script, and let the page send its next request."""
    token, tab = "kept-in-a-closure", _page(stage, SHOP)
    tab.script(
        "window.load = (token => () => fetch('/shop/api', {headers: {Authorization: `Bearer ${token}`}}))"
        f"({json.dumps(token)})"
    )
    tab.script(
        "(() => { const real = window.fetch; window.fetch = (url, options) => {"
        " window.loot = new Headers(options?.headers).get('Authorization');"
        " return real(url, options); }; })()"
    )
    tab.script("window.load().then(answer => answer.status)")
    loot = token in str(tab.script("window.loot"))
    yield ClaimCase("a script that wraps fetch", not loot, "has the token" if loot else "has nothing")


@claim(
    "CORS stops CSRF.",
    "false",
    said="https://cors-handbook.com/posts/cors-vs-csrf-what-is-the-difference",
    notebook=NOTEBOOK,
    cell="The API on another origin",
    browser=True,
)
def cors_stops_csrf(stage: Stage) -> Iterator[ClaimCase]:
    """Let a script of another origin send a simple POST to a server that allows no other origin."""
    tab, before = _logged_in(stage), _changes(stage)
    tab.open(f"{stage.careless_server.origin(SIBLING)}/page")
    target = f"{stage.careless_server.origin(SHOP)}/shop/change"
    options = "{method: 'POST', credentials: 'include', body: 'text'}"
    read = tab.script(f"fetch({json.dumps(target)}, {options}).then(() => true, () => false)")
    changed = _changes(stage) > before
    may, made = "may" if read else "may not", "made" if changed else "not made"
    seen = f"the script {may} read the answer, the change is {made}"
    yield ClaimCase("a simple POST", not changed, seen)


@claim(
    "Tokens in a header have no trouble with CORS.",
    "false",
    said="https://taourl.com/read-2674569.html",
    notebook=NOTEBOOK,
    cell="The API on another origin",
    browser=True,
)
def header_tokens_have_no_cors_trouble(stage: Stage) -> Iterator[ClaimCase]:
    """Let a script of another origin send a token in a header to a server that says nothing about CORS."""
    tab, before = _page(stage, SIBLING), _seen(stage)
    target = f"{stage.careless_server.origin(SHOP)}/shop/api"
    options = "{headers: {Authorization: 'Bearer x'}}"
    tab.script(f"fetch({json.dumps(target)}, {options}).then(() => true, () => false)")
    now = _seen(stage)
    asked, sent = (now.get(name, 0) - before.get(name, 0) for name in ("questions", "tokens"))
    yield ClaimCase(
        "a server without CORS", sent > 0, f"the browser asked {asked} time first, and sent {sent} tokens"
    )


def _page(stage: Stage, host: str) -> Tab:
    """Open the empty page of a host in a browser without cookies."""
    return stage.browser().tab(f"{stage.careless_server.origin(host)}/page")


def _logged_in(stage: Stage) -> Tab:
    """Log in at the shop, and stay on its page."""
    tab = _page(stage, SHOP)
    tab.script("fetch('/shop/login', {method: 'POST'}).then(answer => answer.status)")
    return tab


def _seen(stage: Stage) -> dict[str, int]:
    seen: dict[str, int] = stage.careless("observer").get("/shop/seen").json()
    return seen


def _changes(stage: Stage) -> int:
    """Count the changes that the shop has made."""
    return _seen(stage).get("changes", 0)
