"""Solutions of 05: the interval of a difference, and the faults of a benchmark."""

from statistics import mean, median
from typing import Any

Times = list[float]
Draws = list[list[int]]
Interval = tuple[float, float]
Report = dict[str, Any]


def interval(a: Times, b: Times, draws: Draws) -> Interval:
    """Take the difference within each round, its median in each draw, and the middle 95 % of these."""
    differences = [after - before for before, after in zip(a, b, strict=True)]
    return middle([median(differences[i] for i in draw) for draw in draws])


def middle(values: Times, share: float = 0.025) -> Interval:
    """Leave out so large a share at either end."""
    cut = int(len(values) * share)
    ordered = sorted(values)
    return ordered[cut], ordered[-1 - cut]


def faults(report: Report) -> list[str]:
    """Ask four questions of a benchmark."""
    subjects = list(report["subjects"].values())
    found = []
    if all(each["check"] != "none" for each in subjects):
        found.append("no control")
    if report["clock"] == "client":
        found.append("client in the time")
    if report["order"] == "blocks":
        found.append("one after the other")
    if any(work(each) != work(subjects[0]) for each in subjects):
        found.append("unequal work")
    return found


def work(subject: dict[str, Any]) -> list[float]:
    """Say what one request did, apart from the check."""
    requests = subject["requests"]
    return [
        subject["connections"] / requests,
        subject["store_writes"] / requests,
        subject["answer_bytes"],
    ]


solution = {"05-interval": interval, "05-faults": faults}


# --- well-known mistakes ---


def takes_b_from_a(a: Times, b: Times, draws: Draws) -> Interval:
    return interval(b, a, draws)


def forgets_the_sign(a: Times, b: Times, draws: Draws) -> Interval:
    low, high = interval(a, b, draws)
    return abs(low), abs(high)


def takes_the_mean(a: Times, b: Times, draws: Draws) -> Interval:
    differences = [after - before for before, after in zip(a, b, strict=True)]
    return middle([mean(differences[i] for i in draw) for draw in draws])


def compares_the_medians(a: Times, b: Times, draws: Draws) -> Interval:
    return middle([median(b[i] for i in draw) - median(a[i] for i in draw) for draw in draws])


def sorts_both_first(a: Times, b: Times, draws: Draws) -> Interval:
    return interval(sorted(a), sorted(b), draws)


def draws_each_round_once(a: Times, b: Times, draws: Draws) -> Interval:
    return interval(a, b, [sorted(set(draw)) for draw in draws])


def believes_in_forty_draws(a: Times, b: Times, draws: Draws) -> Interval:
    return interval(a, b, draws[:40])


def gives_what_was_seen(a: Times, b: Times, draws: Draws) -> Interval:
    differences = [after - before for before, after in zip(a, b, strict=True)]
    return min(differences), max(differences)


def leaves_nothing_out(a: Times, b: Times, draws: Draws) -> Interval:
    differences = [after - before for before, after in zip(a, b, strict=True)]
    return middle([median(differences[i] for i in draw) for draw in draws], 0)


def leaves_too_much_out(a: Times, b: Times, draws: Draws) -> Interval:
    differences = [after - before for before, after in zip(a, b, strict=True)]
    return middle([median(differences[i] for i in draw) for draw in draws], 0.05)


def forgets_to_sort(a: Times, b: Times, draws: Draws) -> Interval:
    differences = [after - before for before, after in zip(a, b, strict=True)]
    medians = [median(differences[i] for i in draw) for draw in draws]
    cut = len(medians) // 40
    return medians[cut], medians[-1 - cut]


def stops_at_the_first(report: Report) -> list[str]:
    return faults(report)[:1]


def sees_no_order(report: Report) -> list[str]:
    return [fault for fault in faults(report) if fault != "one after the other"]


def believes_the_name(report: Report) -> list[str]:
    named = "control" in report["subjects"]
    return [fault for fault in faults(report) if fault != "no control" or not named]


def excuses_the_servers_clock(report: Report) -> list[str]:
    found = faults(report)
    return [fault for fault in found if fault != "no control" or report["clock"] == "client"]


def never_misses_a_control(report: Report) -> list[str]:
    return [fault for fault in faults(report) if fault != "no control"]


def forgives_a_client_with_a_control(report: Report) -> list[str]:
    found = faults(report)
    return found if "no control" in found else [fault for fault in found if fault != "client in the time"]


def forgives_blocks_with_a_control(report: Report) -> list[str]:
    found = faults(report)
    return found if "no control" in found else [fault for fault in found if fault != "one after the other"]


def looks_at_what_is_written_only(report: Report) -> list[str]:
    same = {each["store_writes"] for each in report["subjects"].values()}
    return [fault for fault in faults(report) if fault != "unequal work" or len(same) > 1]


def leaves_the_control_out(report: Report) -> list[str]:
    checked = [each for each in report["subjects"].values() if each["check"] != "none"]
    equal = all(work(each) == work(checked[0]) for each in checked)
    return [fault for fault in faults(report) if fault != "unequal work" or not equal]


def compares_the_first_two(report: Report) -> list[str]:
    first, second = list(report["subjects"].values())[:2]
    return [fault for fault in faults(report) if fault != "unequal work" or work(first) != work(second)]


def compares_the_check_too(report: Report) -> list[str]:
    same = {str(each) for each in report["subjects"].values()}
    found = [fault for fault in faults(report) if fault != "unequal work"]
    return [*found, "unequal work"] if len(same) > 1 else found


def compares_totals(report: Report) -> list[str]:
    totals = {
        (each["connections"], each["store_writes"], each["answer_bytes"])
        for each in report["subjects"].values()
    }
    found = [fault for fault in faults(report) if fault != "unequal work"]
    return [*found, "unequal work"] if len(totals) > 1 else found


def ignores_how_many(report: Report) -> list[str]:
    if len({each["requests"] for each in report["subjects"].values()}) > 1:
        return [fault for fault in faults(report) if fault != "unequal work"]
    return faults(report)


def says_it_as_a_set(report: Report) -> set[str]:
    return set(faults(report))


wrong = {
    "05-interval": [
        (takes_b_from_a, "no draw can say anything else"),
        (forgets_the_sign, "b minus a is negative"),
        (takes_the_mean, "a mean would say"),
        (compares_the_medians, "take the difference there"),
        (sorts_both_first, "take the difference there"),
        (draws_each_round_once, "counts as often"),
        (believes_in_forty_draws, "any number of draws"),
        (gives_what_was_seen, "met something else on this machine"),
        (leaves_nothing_out, "the lowest and the highest are left out"),
        (leaves_too_much_out, "it is no 95 %"),
        (forgets_to_sort, "sort them first"),
    ],
    "05-faults": [
        (stops_at_the_first, "every fault there is"),
        (says_it_as_a_set, "which is a set"),
        (sees_no_order, "every fault there is"),
        (never_misses_a_control, "every fault there is"),
        (excuses_the_servers_clock, "how much of the time is the check"),
        (compares_the_check_too, "Nothing is wrong here"),
        (believes_the_name, "does not make a control"),
        (forgives_a_client_with_a_control, "times the client above all"),
        (forgives_blocks_with_a_control, "hits one subject alone"),
        (looks_at_what_is_written_only, "opens a connection for every request"),
        (leaves_the_control_out, "all that the others do"),
        (compares_the_first_two, "the last one too"),
        (compares_totals, "the same work for each request"),
        (ignores_how_many, "half as many for each"),
    ],
}
