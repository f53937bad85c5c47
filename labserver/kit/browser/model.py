"""The lab's own rule for cookies: what 04 and 07 go by, where no browser runs.

RFC 6265bis says which requests are same-site. A test compares this rule with a real browser,
cell by cell.
"""

from __future__ import annotations

TOP_LEVEL = ("link", "form-get", "form-post", "download")
"""What takes the whole tab to another page; all others stay inside a page."""


def cookie_goes(
    samesite: str, site: str, method: str, *, top_level: bool = True, blocked: bool = True
) -> bool:
    """Say whether a browser sends a cookie along.

    `site` is "same-site" (also the same origin) or "cross-site". `blocked` says whether the browser blocks
    third-party cookies: then none goes to another site from inside a page.
    """
    if site != "cross-site":
        return True
    if not top_level:
        return samesite == "None" and not blocked
    return samesite == "None" or (samesite == "Lax" and method == "GET")
