"""Send requests to a learner's Flask app: in this process, through WSGI, without a socket.

The kit itself does not know Flask. All that it uses is the app's own `test_client`.
"""

from __future__ import annotations

from typing import Any

NOTHING = (None, NotImplemented, ...)


def client_of(app: Any) -> Any:
    """Return a client of the learner's app.

    Raises NotImplementedError where there is no app yet, TypeError where it is something else.
    """
    if any(app is nothing for nothing in NOTHING):
        raise NotImplementedError("there is no app yet")
    if not hasattr(app, "test_client"):
        raise TypeError(f"the function returned {type(app).__name__}, and not the Flask app")
    app.testing = True  # so that an error in a route arrives here with its line, and not as a 500
    return app.test_client()


def ask(client: Any, method: str, path: str, **what: Any) -> Any:
    """Send one request. Raises NotImplementedError where the route returns nothing yet."""
    try:
        return client.open(path, method=method, **what)
    except TypeError as error:
        if "did not return a valid response" in str(error):
            raise NotImplementedError("the route returns nothing") from None
        raise
