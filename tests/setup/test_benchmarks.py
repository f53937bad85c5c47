"""The figures that the documentation shows are those that were measured."""

from __future__ import annotations

import html
import json
import re

from benchmarks.peers import BEGIN, END, PICTURE, PUBLISHED, README
from benchmarks.report import GOALS, plot, table

FOUND = json.loads(PUBLISHED.read_text(encoding="utf-8"))


def test_the_readme_shows_the_published_run() -> None:
    shown = README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert shown == table(FOUND)


def test_the_picture_shows_it_too() -> None:
    picture = html.unescape(PICTURE.read_text(encoding="utf-8"))
    for name, text in plot(FOUND).rows:
        assert f"{name}: {text}" in picture


def test_it_was_run_three_times_and_with_everybody() -> None:
    assert len(FOUND["runs"]) >= 3
    for one in FOUND["runs"]:
        assert len(one["ratios"]) == len(GOALS)
        assert one["rounds"] >= 30


def test_it_names_date_python_and_versions_and_nobodys_machine() -> None:
    machine = FOUND["machine"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", machine["date"])
    assert machine["python"].startswith("CPython 3.")
    assert machine["packages"].keys() >= {"flask", "flask-session", "flask-login", "authlib", "joserfc"}
    assert machine.keys() == {"date", "cores", "system", "python", "sqlite", "load", "packages"}


def test_a_goal_that_is_not_met_is_called_so() -> None:
    text = table(FOUND)
    for goal in GOALS:
        what = f"{goal.ours} / {goal.theirs}" + ("" if goal.added else " (whole)")
        line = next(line for line in text.splitlines() if line.startswith(what + " "))
        figures = [
            entry["ratio"]["middle"]
            for one in FOUND["runs"]
            for entry in one["ratios"]
            if (entry["ours"], entry["theirs"]) == (goal.ours, goal.theirs)
        ]
        assert line.endswith("NOT MET") == (max(figures) > goal.most)
