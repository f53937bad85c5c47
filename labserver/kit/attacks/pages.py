"""An attack on the pages, which carries either credential off, or rides on it: see notebook 09."""

from __future__ import annotations

import secrets

from labserver.kit.attacks.attack import attack
from labserver.kit.attacks.result import Finding
from labserver.kit.attacks.scene import NotTried, Scene


@attack(
    family="pages",
    title="A script in a comment",
    weakness="unescaped-comments",
    success="A stranger's script runs on the victim's pages, and can do there all that the victim can.",
    standard="OWASP ASVS 5.0, 1.2.1",
)
def stored_script(scene: Scene) -> Finding:
    """Leave a comment that holds a script, and look at the page that the victim gets.

    No browser runs here. A browser runs an inline script if it stands in the page as markup and no
    Content-Security-Policy forbids it, so this is what is looked at.
    """
    mark = secrets.token_hex(4)
    script = f"<script>window.stranger = '{mark}'</script>"
    left = scene.client().post("/comments/", data={"text": script})
    if left.status_code != 303:
        raise NotTried(f"nobody can leave a comment: {scene.summarize(left)}")
    page = scene.session(scene.target.victim).browser.get("/site/")
    if mark not in page.text:
        return Finding(False, f"{scene.summarize(page)}; the comment is not shown")
    policy = page.headers.get("Content-Security-Policy", "")
    if script not in page.text:
        return Finding(False, f"{scene.summarize(page)}; the comment is escaped")
    if "script-src" in policy or "default-src" in policy:
        return Finding(False, f"{scene.summarize(page)}; the policy lets no inline script run")
    return Finding(True, f"{scene.summarize(page)}, with the script in it")
