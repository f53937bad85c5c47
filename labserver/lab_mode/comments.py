"""Visitors' comments, below every page of a lab: the place through which a script may get in.

Anybody may leave one. Here it is escaped, and the pages' own policy would let no script of a stranger's run
anyway. A weakness replaces this class by one that does neither.
"""

from __future__ import annotations

from collections import deque
from itertools import count

from flask import Blueprint, Flask, Response, abort, request
from markupsafe import Markup, escape

from labserver.tracing import trace

MOST = 20
"""Comments that are shown, the latest ones."""
LONGEST = 2000
"""Characters of a comment."""
PAGES = ("/", "/site/", "/app/", "/bff/")
_SECTION = Markup('<section class="card" id="comments"><h2>Comments</h2><ul>{}</ul></section>')


class Comments:
    """The comments of one worker, in its memory."""

    def __init__(self) -> None:
        self.kept: deque[tuple[int, str]] = deque(maxlen=MOST)
        self._numbers = count()

    def add(self, text: str) -> int:
        """Store a comment; returns its number, which is its own for ever."""
        number = next(self._numbers)
        self.kept.append((number, text))
        return number

    def markup(self, text: str) -> Markup:
        """Return a comment as it stands in the page."""
        return escape(text)

    def add_policy(self, response: Response) -> None:
        """Change what the page's policy allows: here, nothing."""

    def as_file(self, number: int) -> Response:
        """Hand out one comment as a file of its own. Raises NotFound: here there is no such file."""
        abort(404)


def show_comments(app: Flask, comments: Comments) -> None:
    """Take comments at `/comments/`, and show them at the end of every page."""
    views = Blueprint("comments", __name__, url_prefix="/comments")

    @views.post("/")
    def leave() -> Response:
        """Store a comment from anybody, and go back to the site."""
        text = request.form.get("text", "")
        if not 0 < len(text) <= LONGEST:
            abort(400)
        return Response(status=303, headers={"Location": f"../site/#comment-{comments.add(text)}"})

    @views.get("/<int:number>")
    def one(number: int) -> Response:
        """Hand out one comment."""
        return comments.as_file(number)

    @app.after_request
    def show(response: Response) -> Response:
        if comments.kept and request.path in PAGES and response.mimetype == "text/html":
            items = Markup().join(
                Markup('<li id="comment-{}">{}</li>').format(number, comments.markup(text))
                for number, text in comments.kept
            )
            trace.note("comments.show")
            html = response.get_data(as_text=True)
            response.set_data(html.replace("</main>", f"{_SECTION.format(items)}</main>", 1))
            comments.add_policy(response)
        return response

    app.register_blueprint(views)
