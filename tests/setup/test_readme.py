"""The README's first screen runs and shows what it says, and its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def plain(text: str) -> str:
    """Leave out what differs from run to run: chips, times, the columns that they shift."""
    text = re.sub(r"(?<=[●◆▲] )[\w-]{6}", "chip", text)
    text = re.sub(r"[\d.]+ (?:µs|ms|s)\b", "TIME", text)
    return re.sub(r" +", " ", text).strip()


def test_the_first_example_prints_what_stands_below_it() -> None:
    found = re.search(r"```python\n(.+?)```\n```text\n(.+?)```", README, re.S)
    assert found
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", found[1]],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    assert plain(done.stdout) == plain(found[2])


def local_links() -> list[str]:
    found = re.findall(r"\]\(([^)#]+)[^)]*\)|(?:src|srcset)=\"([^\"]+)\"", README)
    return sorted({link or source for link, source in found if "://" not in link + source})


@pytest.mark.parametrize("link", local_links())
def test_a_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_the_tree_names_every_room() -> None:
    tree = README.partition("\nlabserver/\n")[2].partition("\nnotebooks/")[0]
    named = set(re.findall(r"^ +([\w/]+)/ ", tree, re.M))
    package = ROOT / "labserver"
    rooms = {path.parent.name for path in package.glob("*/__init__.py")}
    rooms |= {path.parent.name for path in package.glob("kit/*/__init__.py")} | {"tokens", "routes"}
    assert named == rooms


@pytest.mark.parametrize("command", ["python3 run.py", "python3 run.py test", "python3 run.py restore 02"])
def test_the_commands_are_there(command: str) -> None:
    assert re.search(rf"^{command}(?: |$)", README, re.M)


def test_the_troubleshooting_quotes_what_run_py_says() -> None:
    said = "".join((ROOT / name).read_text("utf-8") for name in ("run.py", "launcher/messages.py"))
    quoted = re.findall(r"^\| \*([^*]+)\*", README, re.M)
    assert len(quoted) >= 5
    for sentence in quoted:
        words = sentence.replace("Python came", "Python {version()} came")
        assert words in said or words == "Port N is in use"


DOCUMENTS = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/*.md"),
    *ROOT.glob("benchmarks/*.md"),
    *ROOT.glob("notebooks/**/*.md"),
    *ROOT.glob("notebooks/**/*.ipynb"),
    *ROOT.glob("notebooks/**/*.py"),
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_that_is_named_is_there(document: Path) -> None:
    """Paths such as labserver/app.py; extending.md also names those that it writes itself."""
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:labserver|launcher|tests|tools|benchmarks)/[\w./-]+\.\w+", text))
    written = set(re.findall(r"^<!-- file: (\S+) -->$", text, re.MULTILINE))
    assert [path for path in sorted(named - written) if not (ROOT / path).exists()] == []
