"""Where this computer has a browser that Playwright can drive."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
ELSEWHERE = {
    "darwin": (
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
    "win32": (
        r"%ProgramFiles%\Google\Chrome\Application\chrome.exe",
        r"%ProgramFiles(x86)%\Google\Chrome\Application\chrome.exe",
        r"%ProgramFiles(x86)%\Microsoft\Edge\Application\msedge.exe",
    ),
}


def find() -> str | None:
    """Find Chromium, Chrome or Edge on this computer; None where there is none."""
    found = next(filter(None, map(shutil.which, ON_PATH)), None)
    places = (os.path.expandvars(place) for place in ELSEWHERE.get(sys.platform, ()))
    return found or next((place for place in places if Path(place).is_file()), None)
