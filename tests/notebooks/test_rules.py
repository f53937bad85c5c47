"""Every house rule finds the fault that it is there for, and nothing in a good notebook."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.notebooks.samples import (
    PREDICTIONS,
    RIGHT,
    Raw,
    code,
    error,
    good,
    markdown,
    number,
    prediction,
    read,
    result,
    stream,
)
from tools.rules import RULES, lint, predictions
from tools.rules.prose import words_in
from tools.rules.sending import BARE

Spoil = Callable[[list[Raw]], object]


def at(cells: list[Raw], part: str) -> int:
    """Find the first cell whose source holds this text."""
    return next(index for index, cell in enumerate(cells) if part in cell["source"])


def put(part: str, old: str, new: str) -> Spoil:
    """Replace text in the source of the first cell that holds `part`."""

    def spoil(cells: list[Raw]) -> None:
        cell = cells[at(cells, part)]
        assert old in cell["source"]
        cell["source"] = cell["source"].replace(old, new)

    return spoil


def append(part: str, text: str) -> Spoil:
    def spoil(cells: list[Raw]) -> None:
        cells[at(cells, part)]["source"] += text

    return spoil


def shows(output: Raw, part: str = "print('reads'") -> Spoil:
    """Add an output to the first cell that holds `part`."""
    return lambda cells: cells[at(cells, part)]["outputs"].append(output)


def drop(part: str) -> Spoil:
    return lambda cells: cells.pop(at(cells, part))


def tag(name: str, part: str = "print('reads'") -> Spoil:
    return lambda cells: cells[at(cells, part)]["metadata"].update(tags=[name])


def insert(cell: Raw, before: str = "## Recap") -> Spoil:
    return lambda cells: cells.insert(at(cells, before), cell)


def many(cell: Raw, count: int) -> Spoil:
    return lambda cells: cells.extend(dict(cell) for _ in range(count))


def swap(*names: str) -> Spoil:
    """Let the question of 02-one be asked in place of these: its letter again."""

    def spoil(cells: list[Raw]) -> None:
        for name in names:
            for cell in cells:
                cell["source"] = cell["source"].replace(name, "02-one")

    return spoil


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the sample's predictions in place of the lab's."""
    monkeypatch.setattr(predictions, "PREDICTIONS", PREDICTIONS)


FAULTS: list[tuple[str, str, Spoil]] = [
    ("errors", "no stored error", lambda cells: cells[at(cells, "raise ValueError")]["outputs"].clear()),
    ("errors", "has an error", shows(error())),
    ("pictures", "assert on its data", shows(result(image_png="AAAA", text_plain="a plot"))),
    ("pictures", "assert on its data", shows(result(image_svg="<svg aria-label='x'/>", text_plain="a plot"))),
    ("tags", "known are", tag("raise-exception")),
    ("tags", "known are", tag("nbval-skip")),
    ("tags", "comment for nbval", append("print('reads'", "\n# NBVAL_IGNORE_OUTPUT")),
    ("tags", "comment for nbval", append("print('reads'", "\n#PYTEST_VALIDATE_IGNORE_OUTPUT")),
    ("ignored", "at most 3", many(code("0", tags=("nbval-ignore-output",)), 4)),
    ("text-forms", "plain-text form", shows(result(text_html="<b>x</b>"))),
    ("text-forms", "plain-text form", shows(result(text_html="x", text_plain="<Wire object at 0x7f>"))),
    ("metadata", "metadata ['collapsed']", lambda cells: cells[0]["metadata"].update(collapsed=True)),
    ("length", "has 4 cells", lambda cells: cells.__delitem__(slice(2, -2))),
    ("length", "30 to 45", many(markdown("x"), 20)),
    ("length", "21 lines", append("print('reads'", "\n0" * 20)),
    ("length", "empty code cell", insert(code(" "))),
    ("opening", "title", put("# Sessions", "# Sessions", "Sessions")),
    ("opening", "how many minutes", put("30 minutes", "30 minutes", "half an hour")),
    ("opening", "three objectives", put("- Break", "- Break\n", "")),
    ("opening", "at most 8 lines", append("Lab.start()", "\n0" * 5)),
    ("opening", "one stable line", shows(stream("and more\n"), "Lab.start()")),
    ("opening", "one stable line", lambda cells: cells[1]["outputs"].clear()),
    ("predictions", "asks for 2", drop('predict("02-one")')),
    ("asked", "without a letter", put('predict("02-one")', '"02-one"', '"02-one", "b"')),
    ("asked", "is not registered", put('predict("02-one")', "02-one", "02-four")),
    ("asked", "begin with 02-", put('predict("02-one")', "02-one", "one")),
    ("asked", "used once", put('predict("02-one")', "02-one", "02-two")),
    ("asked", "no outcome", put('outcome("02-one"', "outcome", "print")),
    ("asked", "no outcome", put('outcome("02-one"', ', "401"', "")),
    ("asked", "never asks", drop('predict("02-one")')),
    ("asked", "never predicted", drop('predict("02-one")')),
    ("given-away", "'02-one' away", put("## A beat", "A beat", "The door stays closed for *everybody*")),
    ("given-away", "'02-three' away", append("## A beat", "\n\nSo for everybody that door stays closed.")),
    ("letters", "first two right letters", put('predict("02-two")', "02-two", "02-one")),
    ("letters", "three times in a row", swap("02-two", "02-three")),
    ("letters", "a, b and c", swap("02-three")),
    ("letters", "more than half", swap("02-three")),
    ("simple", "SimpleNamespace", append("print('reads'", "\nada = SimpleNamespace(name='ada')")),
    ("simple", "keys are tuples", append("print('reads'", "\n{(1, 0): 'a'}")),
    ("simple", "by a tuple: found[1, 0]", append("print('reads'", "\nfound[1, 0]")),
    ("simple", "over two lines", append("print('reads'", "\n[row\n for row in rows]")),
    ("explained", "glossary", put("# Sessions", "(glossary.md)", "(picture.svg)")),
    ("exercises", "no exercise", drop("check(")),
    ("exercises", "another notebook", put("check(", "02-is-live", "03-pick-key")),
    ("exercises", "unsolved stub", lambda cells: cells[at(cells, "check(")]["outputs"].clear()),
    ("exercises", "three hints", drop("<details>")),
    ("closing", "word Recap", put("## Recap", "Recap", "The end")),
    ("closing", "no numbers", lambda cells: cells[at(cells, "print('reads'")]["outputs"].clear()),
    ("closing", "three questions", lambda cells: cells.pop(-1 - at(cells[::-1], "<details>"))),
    ("closing", "stop the server", put("lab.stop()", "lab.stop()", "lab.reset()")),
    ("words", "700 to 1300", put("# Sessions", " word", "")),
    ("words", "700 to 1300", append("## A beat", " more" * 600)),
    ("headings", "a second title", put("## Recap", "## Recap", "# Recap")),
    ("headings", "is level 4 below level 2", put("### Exercise", "### Exercise", "#### Exercise")),
    ("alternatives", "without alternative text", put("# Sessions", "[A cookie]", "[]")),
    ("alternatives", "without alt", append("## A beat", '\n<img src="picture.svg">')),
    ("alternatives", "without alt", shows(result(text_html="<img src='x'>", text_plain="x"))),
    ("alternatives", "<title>", shows(result(text_html="<svg><path/></svg>", text_plain="x"))),
    ("links", "leads nowhere", append("## A beat", "\n[next](03-gone.ipynb)")),
    ("links", "leads nowhere", put("# Sessions", "picture.svg", "gone.svg")),
    ("links", "no heading", put("#Recap", "#Recap", "#Recaps")),
    ("secrets", "a JWT", shows(stream("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"))),
    ("secrets", "a JWT", append("print('reads'", "\n'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.'")),
    ("secrets", "256 bits", shows(stream("sid=dGhpcyBpcyBhIHJhbmRvbSBpZCBvZiAyNTYgYml0cyE; Path=/"))),
    ("secrets", "a password hash", shows(stream("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$" + "Ab3" * 14))),
    ("paths", "one machine: /home/ada", shows(stream("File /home/ada/lab.py"))),
    ("paths", "one machine", shows(stream(r"C:\Users\ada"))),
    ("paths", "one machine", shows(error("OSError", "/tmp/x1y2 is full"), "raise ValueError")),  # noqa: S108
    ("addresses", "points to http://10.0.0.7", shows(stream("http://10.0.0.7:8000/session/me"))),
    ("addresses", "points to https://cdn", append("print('reads'", "\n'https://cdn.jsdelivr.net/x.js'")),
    ("addresses", "points to https://blog", append("## A beat", " [x](https://blog.invented.org/)")),
    ("direct", "sends by requests.get(", append("print('reads'", "\nrequests.get(lab.url)")),
    ("direct", "sends by requests.Session(", append("## A beat", "\n`requests.Session().get(url)`")),
    ("direct", "sends by from requests import", append("print('reads'", "\nfrom requests import get")),
    ("direct", "sends by import requests as", append("print('reads'", "\nimport requests as r")),
    ("direct", "sends by urllib.request", append("print('reads'", "\nimport urllib.request")),
    ("direct", "sends by httpx", append("print('reads'", "\nimport httpx")),
]


def names(raw: Raw, folder: Path) -> list[str]:
    return [str(finding) for finding in lint(read(raw, folder))]


def test_a_good_notebook_has_no_findings(tmp_path: Path) -> None:
    assert names(good(), tmp_path) == []


@pytest.mark.parametrize(("rule", "message", "spoil"), FAULTS)
def test_a_fault_is_found(rule: str, message: str, spoil: Spoil, tmp_path: Path) -> None:
    raw = good()
    spoil(raw["cells"])
    found = names(number(raw), tmp_path)
    assert [line for line in found if line.startswith(f"{rule}:") and message in line], found


def test_every_rule_has_a_fault_that_it_finds() -> None:
    tested = {rule for rule, _, _ in FAULTS} | {"executed"}  # which has its own tests, below
    assert {rule.__name__.replace("_", "-") for rule in RULES} == tested


@pytest.mark.parametrize("count", [None, 1, 99])
def test_a_cell_not_run_in_order_is_found(count: int | None, tmp_path: Path) -> None:
    raw = good()
    raw["cells"][-1]["execution_count"] = count
    assert [line for line in names(raw, tmp_path) if line.startswith("executed:")]


def test_a_notebook_never_run_is_found(tmp_path: Path) -> None:
    raw = good()
    for cell in raw["cells"]:
        cell["execution_count"] = None
    assert "executed: was never run" in names(raw, tmp_path)


def test_a_notebook_run_twice_in_one_kernel_is_found(tmp_path: Path) -> None:
    raw = good()
    for cell in raw["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] += 1
    assert [line for line in names(raw, tmp_path) if line.startswith("executed:")]


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"name": "my-env"}},
        {"kernelspec": {"name": "python3"}, "language_info": {"name": "python", "version": "3.11.2"}},
        {"kernelspec": {"name": "python3"}, "widgets": {}},
    ],
)
def test_metadata_of_one_machine_is_found(metadata: Raw, tmp_path: Path) -> None:
    raw = good() | {"metadata": metadata}
    assert [line for line in names(raw, tmp_path) if line.startswith("metadata:")]


def test_cell_ids_have_to_be_unique(tmp_path: Path) -> None:
    raw = good()
    raw["cells"][1]["id"] = raw["cells"][0]["id"]
    assert "metadata: cell ids are missing or not unique" in names(raw, tmp_path)


def test_a_picture_with_an_assert_is_fine(tmp_path: Path) -> None:
    raw = good()
    raw["cells"].insert(-1, code("plot(data)", result(image_png="AAAA", text_plain="a plot")))
    raw["cells"].insert(-1, code("assert data[0] < data[1]"))
    assert names(number(raw), tmp_path) == []


def test_what_showed_progress_and_is_empty_now_is_fine(tmp_path: Path) -> None:
    raw = good()
    emptied = result(text_html="", text_plain="")
    raw["cells"].insert(-1, code("battery(lab)", emptied, result(text_plain="0 of 25")))
    assert names(number(raw), tmp_path) == []


def test_a_published_example_may_be_shown(tmp_path: Path) -> None:
    raw = good()
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
    raw["cells"].insert(-1, code("token", result(text_plain=token), tags=("public-example",)))
    assert names(number(raw), tmp_path) == []


def test_our_own_addresses_and_reserved_names_are_fine(tmp_path: Path) -> None:
    raw = good()
    text = "http://127.0.0.1:4711/ https://localhost:1/ http://[::1]:8/ https://evil.example/ http://a.test"
    raw["cells"].insert(-1, code("0", stream(text)))
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><title>x</title></svg>'
    raw["cells"].insert(-1, code("1", result(text_html=svg, text_plain="x")))
    assert names(number(raw), tmp_path) == []


ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for folder in ("labserver", "notebooks", "tools", "benchmarks", "launcher")
    for ending in ("py", "md")
    for path in (ROOT / folder).glob(f"**/*.{ending}")
    if path.name != "sending.py"  # which names them all
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_but_the_one_class_for_it_obeys_no_proxy(path: Path) -> None:
    """Hold the kit, the solutions and the tools to the notebooks' rule on how a request leaves."""
    found = [bare.strip() for bare in BARE.findall(path.read_text(encoding="utf-8"))]
    only = ["class Direct(requests.Session)"] if path.match("labserver/kit/processes/client.py") else []
    assert found == only


@pytest.mark.parametrize(
    ("right", "faults"),
    [
        ("abcabcabcabc", []),
        ("aabbccaabbcc", []),
        ("abcbabcbabcb", ["b is right 6 times of 12"]),
        ("abbbbcacacaa", ["four times in a row"]),
        ("abababababab", ["a is right", "b is right", "c is right 0 times"]),
    ],
)
def test_the_letters_of_the_whole_lab_are_balanced(right: str, faults: list[str]) -> None:
    found = predictions.unbalanced(right)
    assert len(found) == len(faults)
    assert all(fault in text for fault, text in zip(faults, found, strict=True))


def test_words_count_what_is_read(tmp_path: Path) -> None:
    text = (
        "# One two\n\n```python\nnot = code\n```\nthree `four` [five](x.y) | six |\n|---|"
        "\n<details><summary>no</summary>not this</details> <b>seven</b>"
    )
    raw = good() | {"cells": [markdown(text)]}
    assert words_in(read(number(raw), tmp_path)) == 7


def test_the_first_notebook_may_be_shorter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [prediction(name.replace("02-", "00-"), right) for name, right in RIGHT.items()]
    monkeypatch.setattr(predictions, "PREDICTIONS", {one.name: one for one in asked})
    raw = json.loads(json.dumps(good()).replace("02-", "00-").replace(" word" * 400, "", 1))
    del raw["cells"][-8:-2]
    found = [str(finding) for finding in lint(read(number(raw), tmp_path, "00-sample.ipynb"))]
    assert found == []


def test_a_recap_leads_to_the_next_notebook(tmp_path: Path) -> None:
    for name in ("01-before.ipynb", "03-next.ipynb", "04-later.ipynb"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    raw = good()
    assert [line for line in names(raw, tmp_path) if "next notebook, 03-next.ipynb" in line]
    append("A line.", " Next: [03](03-next.ipynb)")(raw["cells"])
    assert names(raw, tmp_path) == []


def test_what_is_no_notebook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a notebook"):
        read({"nbformat": 3, "cells": [], "metadata": {}}, tmp_path)
