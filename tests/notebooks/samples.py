"""A small notebook that keeps every house rule, to be spoilt in one way by each test."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from labserver.kit.exercises.prediction import Option, Prediction
from tools.rules import Notebook

Raw = dict[str, Any]
WORDS = " word" * 900
DETAILS = "<details><summary>One</summary>text</details>\n" * 3
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def markdown(source: str) -> Raw:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def stream(text: str) -> Raw:
    return {"output_type": "stream", "name": "stdout", "text": text}


def result(**data: str) -> Raw:
    """One displayed object; `text_html` stands for the MIME type text/html."""
    named = {name.replace("_", "/", 1).replace("svg", "svg+xml"): value for name, value in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": named}


def error(name: str = "ValueError", text: str = "no") -> Raw:
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [f"{name}: {text}"]}


def code(source: str, *outputs: Raw, tags: tuple[str, ...] = ()) -> Raw:
    metadata = {"tags": list(tags)} if tags else {}
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": list(outputs)}


def prediction(name: str, right: str) -> Prediction:
    """Ask what a server answers; the right one is 401, at this letter."""
    texts = {"200": "It answers 200.", "404": "It answers 404."}
    options = [Option(word, text, misconception="So.", answer="Not so.") for word, text in texts.items()]
    options.insert("abc".index(right), Option("401", "The door stays closed for everybody."))
    return Prediction(name, "What does the server answer?", *options, right="401")


RIGHT = {"02-one": "b", "02-two": "a", "02-three": "c"}
PREDICTIONS = {name: prediction(name, right) for name, right in RIGHT.items()}
"""What is registered for the sample; a test puts it into the rules' module."""


def beat(name: str) -> list[Raw]:
    return [
        markdown("Ada sends it again."),
        code(f'predict("{name}")', result(text_plain="Predict: What does the server answer?")),
        code("status = 200 + 201\nstatus", result(text_plain="401")),
        code(f'assert status == 401\noutcome("{name}", "401")', result(text_plain="The run shows b:")),
    ]


def good() -> Raw:
    """Build a notebook numbered 02 that nothing can be said against."""
    cells = [
        markdown(
            "# Sessions\n\nTakes 30 minutes. [Words](glossary.md)\n\n- See\n- Run\n- Break\n\n"
            f"![A cookie](picture.svg)\n\n{WORDS}"
        ),
        code(
            "from labserver import Lab\n\nlab = Lab.start()\nprint('The lab is open.')",
            stream("The lab is open.\n"),
        ),
        markdown("## A beat"),
        *beat("02-one"),
        *beat("02-two"),
        *beat("02-three"),
        code("raise ValueError('no')", error(), tags=("raises-exception",)),
        markdown(
            "### Exercise\n\nSee [the end](#Recap), [RFC 6265](https://www.rfc-editor.org/rfc/rfc6265)."
        ),
        code("def is_live(session, now, idle, absolute): ..."),
        markdown(DETAILS),
        code(
            'check("02-is-live", is_live)',
            result(text_plain="02-is-live: not written yet.", text_html="<b>x</b>"),
        ),
        markdown("## Recap"),
        code("print('reads', 1)", stream("reads 1\n")),
        markdown(DETAILS),
        *(markdown("A line.") for _ in range(6)),
        markdown("## Away with it"),
        code("lab.stop()"),
    ]
    return number(
        {"cells": cells, "metadata": {"kernelspec": KERNELSPEC}, "nbformat": 4, "nbformat_minor": 5}
    )


def number(raw: Raw) -> Raw:
    """Give every cell an id and every code cell its execution count."""
    raw = deepcopy(raw)
    count = 0
    for index, cell in enumerate(raw["cells"]):
        cell["id"] = f"cell-{index}"
        if cell["cell_type"] == "code":
            count += 1
            cell["execution_count"] = count
    return raw


def write(raw: Raw, folder: Path, name: str = "02-sample.ipynb") -> Path:
    path = folder / name
    path.write_text(json.dumps(raw), encoding="utf-8")
    (folder / "picture.svg").write_text("<svg/>", encoding="utf-8")
    (folder / "glossary.md").write_text("# Words", encoding="utf-8")
    return path


def read(raw: Raw, folder: Path, name: str = "02-sample.ipynb") -> Notebook:
    return Notebook.read(write(raw, folder, name))
