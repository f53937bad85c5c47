"""The registry of attacks: what is decorated is listed, run and reported, without another line."""

from __future__ import annotations

import pytest

from labserver.kit import attacks
from labserver.kit.attacks import ATTACKS, Attack, Finding, Scene, registered
from labserver.kit.attacks.attack import REGISTRY
from labserver.kit.lab import Lab
from labserver.lab_mode.weaknesses import WEAKNESSES


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Attack:
    """An attack that a test adds: it asks for the page that is everybody's."""
    monkeypatch.setitem(REGISTRY, "toy", ATTACKS[0])  # so that the end of the test takes it away
    del REGISTRY["toy"]

    @attacks.attack(
        family="toys", title="A toy", success="Everybody can read the front page.", standard="None"
    )
    def toy(scene: Scene) -> Finding:
        """Ask for the front page.

        This paragraph is for those who read the code.
        """
        answer = scene.client().get("/")
        return Finding(answer.status_code == 200, scene.summarize(answer))

    return toy


def test_a_registered_attack_is_listed_and_runs_on_a_lab(toy: Attack) -> None:
    assert registered("toys") == (toy,) and toy in registered() and toy not in registered("tokens")
    assert attacks.__getattr__("toy") is toy and "toy" in dir(attacks)
    assert toy.about == "Ask for the front page."
    with Lab.start() as lab:
        report = attacks.battery(lab, registered("toys"))
    assert report.got_in == ["toy"] and report["toy"].evidence == "GET / → 200"
    assert "toy     GOT IN" in repr(report)
    assert 'title="A toy: Ask for the front page."' in report._repr_html_()
    assert "Everybody can read the front page." in report["toy"]._repr_html_()


def test_a_battery_runs_all_that_are_registered(monkeypatch: pytest.MonkeyPatch, toy: Attack) -> None:
    monkeypatch.setattr(Attack, "__call__", lambda self, target: self)
    target = attacks.Target("http://127.0.0.1:1", attacks.Account("ada", ""), attacks.Account("mallory", ""))
    assert tuple(attacks.battery(target).results) == registered() == (*ATTACKS, toy)  # type: ignore[comparison-overlap]


def test_a_name_is_registered_once(toy: Attack) -> None:
    with pytest.raises(ValueError, match="there is an attack toy already"):
        attacks.attack(family="toys", title="", success="", standard="")(toy.script)


def test_what_is_not_registered_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        attacks.__getattr__("nonsense")


def test_each_weakness_lets_in_one_attack() -> None:
    """The two registries name each other: a weakness its attack, an attack its weakness."""
    lets_in = [(one.weakness, one.name) for one in ATTACKS if one.weakness]
    assert sorted(lets_in) == sorted((each.name, each.attack) for each in WEAKNESSES.values())


@pytest.mark.parametrize("one", ATTACKS, ids=lambda one: one.name)
def test_an_attack_says_what_it_is(one: Attack) -> None:
    assert one.name in attacks.__all__ and attacks.__getattr__(one.name) is one
    assert one in registered(one.family)
    assert one.title and one.standard and one.about.endswith(".")
    assert one.success.endswith(".") and one.success != one.about
