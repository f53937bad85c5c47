"""The pages, and what records requests. Nothing here holds a credential of the shop's."""

from __future__ import annotations

import base64
import hmac
from typing import Any

from flask import Blueprint, Flask, Response, abort, render_template, request

from labserver.formats.hosts import host_name
from labserver.other_sites.names import HOSTS, shop_of
from labserver.other_sites.recorder import Recorder, in_words
from labserver.web.endpoint import answer
from labserver.web.middleware import protect

KINDS = {
    "link": "a link, clicked",
    "form-get": "a form by GET",
    "form-post": "a form by POST",
    "image": "an image",
    "fetch": "fetch() with credentials",
    "download": "a download",
    "eventsource": "an EventSource",
}
"""The ways in which a page makes the browser send something."""

ATTACKS = {
    "forged-form": "A form that submits itself: it asks the shop to change your address.",
    "forged-json": "The same as JSON, sent under the name of text/plain.",
}
MAX_BODY, MAX_URL, MAX_HEADERS = 64 * 1024, 2 * 1024, 16 * 1024
"""Bytes."""
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


STAYS = ("image", "fetch", "download", "eventsource")
"""The ways that leave the page where it is: there it can say what the recorder got."""


def create_other_sites(key: str) -> Flask:
    """Build the application. `key` opens what was recorded: what scripts stole stands there."""
    app, recorder = Flask("other_sites", static_folder=None), Recorder()
    sites = Blueprint("other_sites", __name__, template_folder="templates", static_folder="static")
    add_pages(sites, recorder)
    add_recorder(sites, recorder, key)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.register_blueprint(sites)
    protect(app, hosts=HOSTS, max_url=MAX_URL, max_headers=MAX_HEADERS, by_header=lambda path: False)
    return app


def page(template: str, **values: Any) -> Response:
    """Render a page of the site under whose name it was asked for."""
    policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src http:; connect-src http:"
    html = render_template(template, host=request.host, **values)
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "strict-origin-when-cross-origin"}
    return Response(html, headers=headers, mimetype="text/html")


def shop(port: str) -> str:
    """Address the shop; `port` 0 is this server's own, under the shop's name."""
    own = request.host.rpartition(":")
    if not port.isdecimal() or not 0 <= int(port) < 65536:
        abort(404)
    host = host_name(own[0] if own[2].isdecimal() else request.host)
    return f"http://{shop_of(host)}:{int(port) or own[2]}"


def add_pages(sites: Blueprint, recorder: Recorder) -> None:
    """Add what a visitor opens. Each page says what came of it, or why it cannot know that."""

    @sites.get("/")
    def front() -> Response:
        """List what this site has."""
        port = request.args.get("shop", "0")
        return page("front.html", attacks=ATTACKS, port=port, shop=shop(port))

    @sites.get("/send/")
    def send() -> Response:
        """Offer a button for each way of sending a request to the recorder under the shop's name."""
        names = {kind: f"{request.args.get('as', 'by-hand')}-{kind}" for kind in KINDS}
        targets = {kind: f"{shop('0')}/received/{kind}/{name}" for kind, name in names.items()}
        numbers = {kind: recorder.latest(names[kind])["number"] for kind in STAYS}
        return page("send.html", kinds=KINDS, targets=targets, names=names, numbers=numbers)

    @sites.get("/attack/<name>")
    def attack(name: str) -> Response:
        """Make the browser ask the shop for a change."""
        if name not in ATTACKS:
            abort(404)
        return page("attack.html", name=name, title=ATTACKS[name], shop=shop(request.args.get("shop", "0")))

    @sites.get("/client/")
    def client() -> Response:
        """Show an honest app on an origin of its own, which calls the shop's API with a token."""
        return page("client.html", shop=shop(request.args.get("shop", "0")))

    @sites.get("/favicon.ico")
    def favicon() -> Response:
        """Have no icon, which browsers ask for by themselves."""
        return Response(status=204)

    @sites.get("/healthz")
    def healthz() -> Response:
        """Tell that this process answers."""
        return answer({"status": "ok"})


def add_recorder(sites: Blueprint, recorder: Recorder, key: str) -> None:
    """Add what takes requests and remembers them."""

    @sites.route("/received/<kind>/<name>", methods=["GET", "POST"])
    def received(kind: str, name: str) -> Response:
        """Record a request and answer in its kind; a page says in words what came."""
        came = recorder.keep(name, request)
        if kind == "image":
            return Response(PIXEL, mimetype="image/gif")
        if kind == "eventsource":
            return Response("data: received\n\n", mimetype="text/event-stream")
        if kind == "download":
            headers = {"Content-Disposition": "attachment; filename=received.txt"}
            return Response(in_words(came), headers=headers, mimetype="text/plain")
        return page("received.html", words=in_words(came), **came)

    @sites.get("/latest/<name>")
    def latest(name: str) -> Response:
        """Tell the page that sent a request what came, in words; other origins' scripts may not read it."""
        return answer(dict(recorder.latest(name)))

    @sites.get("/open")
    def open_to_all() -> Response:
        """Answer every origin's scripts, by `*`, as a public service does."""
        return Response("anybody may read this", headers={"Access-Control-Allow-Origin": "*"})

    @sites.post("/loot")
    def loot() -> Response:
        """Take what a script on somebody else's page sends."""
        recorder.take(request.get_data(as_text=True))
        return Response(status=204)

    @sites.get("/recorded")
    def recorded() -> Response:
        """Return what was recorded, to a client with the key."""
        if not hmac.compare_digest(request.headers.get("X-Lab-Key", "").encode(), key.encode()):
            abort(404)
        return answer(dict(recorder.report()))
