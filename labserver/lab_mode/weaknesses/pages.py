"""Pages that show what strangers write as if it were part of the page."""

from __future__ import annotations

import re
import secrets

from flask import Response, abort, request
from markupsafe import Markup

from labserver.lab_mode.comments import Comments
from labserver.lab_mode.weaknesses.registry import Weakness
from labserver.tracing import trace

POLICIES = {
    "none": "",
    "self": "script-src 'self'; ",
    "nonce": "script-src 'nonce-{nonce}'; ",
}
"""What `?csp=` in a page's address chooses, so that a lesson can compare them."""

_OURS = re.compile(r'<script (?=(?:type="module" )?src="\.\./static/)')


class UnescapedComments(Comments):
    """A comment becomes part of the page, scripts and all, and no policy says which scripts may run."""

    def markup(self, text: str) -> Markup:
        return Markup(text)  # noqa: S704 - this is the weakness

    def add_policy(self, response: Response) -> None:
        trace.amend("comments.show", source="raw")
        nonce = secrets.token_urlsafe(16)
        policy = POLICIES.get(request.args.get("csp", "none"), "").format(nonce=nonce)
        response.headers["Content-Security-Policy"] = f"{policy}frame-ancestors 'none'"
        if "nonce" in policy:  # the page's own scripts carry it; what strangers wrote does not know it
            response.set_data(_OURS.sub(f'<script nonce="{nonce}" ', response.get_data(as_text=True)))

    def as_file(self, number: int) -> Response:
        """Hand it out as a script: so does a server that lets people upload files and believes their type."""
        text = dict(self.kept).get(number)
        if text is None:
            abort(404)
        return Response(text, mimetype="text/javascript")


WEAKNESSES = (
    Weakness(
        "unescaped-comments",
        "Comments are not escaped, and no policy keeps their scripts from running.",
        "stored_script",
        comments=UnescapedComments,
    ),
)
