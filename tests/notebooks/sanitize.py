"""The sanitize file, as nbval reads it."""

from __future__ import annotations

import re
from pathlib import Path

from nbval.plugin import get_sanitize_patterns  # type: ignore[import-untyped]

CONFIG = Path(__file__).with_name("sanitize.cfg")

TEXT = CONFIG.read_text(encoding="utf-8")

RULES: list[tuple[str, str]] = get_sanitize_patterns(TEXT)


def sanitized(text: str) -> str:
    for regex, replacement in RULES:
        text = re.sub(regex, replacement, text)
    return text
