"""Which scripts does a Content-Security-Policy keep from running?"""

from __future__ import annotations

from labserver.kit.browser.people import comment
from labserver.kit.browser.script import WEAK
from labserver.kit.browser.web import EVIL, Web

POLICIES = ("none", "self", "nonce")
SCRIPTS = ("inline", "remote", "own origin")
"""In the page itself; from another site; a file that the attacker could leave at our own origin."""


def scripts_that_run(web: Web) -> dict[str, dict[str, bool]]:
    """Leave three scripts as comments, and open the page under each policy: {policy: {script: it ran}}."""
    lab = web.weak(WEAK)
    evil = f"{web.sites.origin(EVIL)}/static/ran.js"
    comment(lab, "<script>(window.ran ??= {})['inline'] = true</script>")
    comment(lab, f'<script src="{evil}"></script>')
    number = comment(lab, "/* a file */ (window.ran ??= {})['own origin'] = true")
    comment(lab, f'<script src="../comments/{number}"></script>')
    tab, found = web.tab(), {}
    for policy in POLICIES:
        tab.open(web.address(f"/site/?csp={policy}", lab))
        ran = tab.script("window.ran ?? {}")
        found[policy] = {script: bool(ran.get(script)) for script in SCRIPTS}
    tab.close()
    return found
