"""Settings, and what comes of them before the first request."""

from __future__ import annotations

import stat
import sys
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path
from typing import Any

import pytest

from labserver.app import create_app, prepare
from labserver.errors import SettingsError, StoreUnusable
from labserver.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", lab_key="the key")


def test_the_defaults_are_those_of_the_contract(settings: Settings) -> None:
    assert (settings.session_idle, settings.session_absolute, settings.last_used_interval) == (
        1800,
        43_200,
        60,
    )
    assert (settings.access_lifetime, settings.refresh_lifetime) == (900, 14 * 86_400)
    assert settings.access_max_life == 86_400
    assert (settings.issuer, settings.audience, settings.algorithm) == ("labserver", "labserver-api", "HS256")
    assert set(settings.hosts) == {"127.0.0.1", "localhost", "::1"}
    plain = Settings(home=Path("x"))
    assert plain.lab_key is None
    assert plain.weak is None
    assert not (plain.tls or plain.denylist or plain.cors_origins)


def test_another_service_needs_an_audience_of_its_own(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="not 'labserver-api'"):
        prepare(replace(settings, resources=("https://partner.example", settings.audience)))


def test_nothing_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Settings(home=Path("x"))
    for field in fields(Settings):
        for prefix in ("", "LAB_", "LABSERVER_", "FLASK_"):
            monkeypatch.setenv((prefix + field.name).upper(), "1")
    assert Settings(home=Path("x")) == before


def test_settings_do_not_change(settings: Settings) -> None:
    with pytest.raises(FrozenInstanceError):
        settings.weak = "alg-none"  # type: ignore[misc]


def test_a_lab_has_demo_users_with_passwords_of_their_own(settings: Settings, tmp_path: Path) -> None:
    users = prepare(settings)
    assert {name: user["role"] for name, user in users.items()} == {
        "ada": "user",
        "grace": "admin",
        "mallory": "user",
    }
    others = prepare(replace(settings, home=tmp_path / "other"))
    passwords = [user["password"] for user in (*users.values(), *others.values())]
    assert len(set(passwords)) == 6
    assert all(len(password) >= 15 for password in passwords)
    assert "".join(passwords).isdecimal(), "a random password must never happen to hold its user's name"


def test_without_lab_mode_there_is_nobody(settings: Settings) -> None:
    assert prepare(replace(settings, lab_key=None)) == {}


def test_preparing_twice_does_no_harm(settings: Settings) -> None:
    prepare(settings)
    assert set(prepare(settings)) == {"ada", "grace", "mallory"}
    create_app(settings)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_home_is_private(settings: Settings) -> None:
    prepare(settings)
    create_app(settings)
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700
    for file in settings.home.rglob("*"):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file.name


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"algorithm": "none"}, "none"),
        ({"algorithm": "HS512"}, "HS256"),
        ({"store": "mysql://x"}, "sqlite"),
        ({"weak": "no-such-weakness"}, "no-such-weakness"),
        ({"weak": "alg-none", "lab_key": None}, "lab"),
        ({"access_lifetime": 86_401}, "86400 seconds"),
        ({"access_lifetime": 60, "access_max_life": 59}, "59 seconds"),
        ({"access_lifetime": 0}, "86400 seconds"),
    ],
)
def test_settings_that_make_no_server(settings: Settings, change: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        prepare(replace(settings, **change))


@pytest.mark.parametrize(
    "store", ["sqlite:{folder}/letter", "sqlite:{folder}/no/where", "redis://127.0.0.1:1/0"]
)
def test_a_store_that_cannot_be_used(settings: Settings, tmp_path: Path, store: str) -> None:
    (tmp_path / "letter").write_text("dear database" * 1000)
    with pytest.raises(StoreUnusable) as raised:
        prepare(replace(settings, store=store.format(folder=tmp_path)))
    assert str(raised.value).endswith(".")


def test_a_home_that_cannot_be_made(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnusable):
        prepare(replace(settings, home=tmp_path / "file" / "home"))
