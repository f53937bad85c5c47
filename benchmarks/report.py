"""What a run of benchmarks/peers.py found, as a table with the goals, and as a plot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labserver.kit.display import chart
from labserver.kit.display.plot import Plot
from labserver.kit.measurement.stats import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONTROL, AGAIN = "no check", "no check, again"
ME_OFF, ME_ON = "all of /session/me, lab mode off", "all of /session/me, lab mode"
CART_OFF, CART_ON = "all of /session/cart, lab mode off", "all of /session/cart, lab mode"
SQLITE, REDIS, TOKEN = "session, SQLite", "session, Redis", "token, HS256"


@dataclass(frozen=True)
class Goal:
    """A ratio to reach. `added`: of what the checks add; else of the whole requests."""

    ours: str
    theirs: str
    most: float
    added: bool = True


GOALS = (
    *(
        Goal(SQLITE, theirs, most)
        for theirs, most in (
            ("Flask's signed cookie", 0.35),
            ("Flask-Login", 0.15),
            ("Flask-Session, files, read-only", 0.6),
            ("Flask-Session, SQLAlchemy, read-only", 0.06),
            ("Flask-Session, SQLAlchemy, as shipped", 0.02),
        )
    ),
    Goal(REDIS, "Flask-Session, Redis, read-only", 0.9),
    Goal(REDIS, "Flask-Session, Redis, as shipped", 0.5),
    *(
        Goal(TOKEN, theirs, most)
        for theirs, most in (
            ("Flask-JWT-Extended", 0.2),
            ("PyJWT, jwt.decode", 0.55),
            ("joserfc", 0.8),
            ("authlib", 0.9),
        )
    ),
    *(
        Goal(ours, CONTROL, most, added=False)
        for ours, most in ((CART_OFF, 1.2), (ME_OFF, 1.4), (CART_ON, 1.5), (ME_ON, 1.8))
    ),
)
CONTROL_WITHIN = 0.02
START_SECONDS = 1.0
RECORDING = 0.02
"""Of a request without a check: 1 µs of 50, as they take on a calm machine of today."""


def table(found: dict[str, Any]) -> str:
    """Write what each adds, in the last run; then each goal, with the figure of every run."""
    runs, machine = found["runs"], found["machine"]
    last = runs[-1]
    lines = [
        f"{machine['date']}, {machine['python']}, SQLite {machine['sqlite']}, {machine['system']}, "
        f"{machine['cores']} cores, load {machine['load']} at the start; {last['rounds']} rounds of 50 calls",
        "",
        f"{'':40}{'added CPU, us (95 %)':>26}{'whole CPU':>12}{'whole wall':>12}",
    ]
    for one in sorted(last["requests"], key=lambda one: float(one["whole"]["middle"])):
        mark = "*" if one["ours"] else " "
        added, cpu, wall = Interval(**one["added"]), one["whole"]["middle"], one["wall"]["middle"]
        lines.append(f"{mark} {one['name']:38}{_shown(added):>26}{cpu:12.0f}{wall:12.0f}")
    lines += ["  * ours", "", f"{'floors':40}{'CPU, us':>26}{'':12}{'wall':>12}"]
    for name, floor in last["floors"].items():
        lines.append(f"  {name:38}{floor['cpu']:26.1f}{'':12}{floor['wall']:12.1f}")
    lines += ["", f"{'goal':74}{'at most':>8}  reached"]
    for goals in zip(*(one["ratios"] for one in runs), strict=True):
        goal = goals[0]
        what = f"{goal['ours']} / {goal['theirs']}" + ("" if goal["added"] else " (whole)")
        lines.append(_line(what, goal["most"], [one["ratio"]["middle"] for one in goals]))
    away = [abs(one["control"]["middle"] - 1) for one in runs]
    lines.append(_line("no check, again / no check (whole), away from 1", CONTROL_WITHIN, away))
    shares = [one["recording_us"] / _bare(one) for one in runs if one["recording_us"] is not None]
    if shares:
        lines.append(_line("recording with lab mode off / no check (whole)", RECORDING, shares))
    if found["start"]:
        what = f"Lab.start() until answered, s ({found['start']['cpu']:.2f} s of it CPU time)"
        lines.append(_line(what, START_SECONDS, [found["start"]["wall"]["middle"]]))
    return "\n".join(lines)


def _bare(run: dict[str, Any]) -> float:
    """Return what a request without a check takes, in microseconds of CPU time."""
    return next(float(one["whole"]["middle"]) for one in run["requests"] if one["name"] == CONTROL)


def _shown(found: Interval) -> str:
    digits = 1 if abs(found.middle) < 100 else 0
    return f"{found.middle:.{digits}f} ({found.low:.{digits}f} to {found.high:.{digits}f})"


def _line(what: str, most: float, values: list[float]) -> str:
    good = all(value <= most for value in values)
    figures = "  ".join(f"{value:.3f}" for value in values)
    return f"{what:74}{most:>8g}  {figures}  {'met' if good else 'NOT MET'}"


def plot(found: dict[str, Any]) -> Plot:
    """Draw what each check adds to a request, ours in colour."""
    checks = [one for one in found["runs"][-1]["requests"] if one["family"] in ("session", "token")]
    checks.sort(key=lambda one: float(one["added"]["middle"]))
    names = [one["name"] for one in checks]
    added = [Interval(**one["added"]) for one in checks]
    series_styles = [one["family"] if one["ours"] else "control" for one in checks]
    texts = [f"≈ {each.middle:,.0f}" for each in added]

    def draw(axes: Axes) -> None:
        axes.set_xscale("log")
        axes.set_xticks([10, 100, 1000])
        chart.intervals(
            axes,
            names,
            [each.middle for each in added],
            [max(1.0, each.low) for each in added],
            [each.high for each in added],
            series_styles,
            texts,
        )
        chart.units(axes, x="µs")

    machine = found["machine"]
    return Plot(
        "To know who asks costs a request tens of microseconds, or milliseconds",
        ["check", "µs of CPU time that it adds"],
        [[name, text] for name, text in zip(names, texts, strict=True)],
        draw,
        about=f"Medians and 95 % intervals, {machine['python']}, {machine['date']}; in colour: this lab's.",
        height=26.0 * len(names) + 40,
    )
