"""The composition root: from the settings to the application. Only this module knows all parts."""

from __future__ import annotations

import shutil
import threading
from contextlib import suppress
from dataclasses import dataclass

from flask import Flask

from labserver.auth import users
from labserver.auth.credential import Jwt, Opaque
from labserver.auth.denylist import Denylist
from labserver.auth.tokens import keys
from labserver.auth.tokens.algorithms import ALGORITHMS
from labserver.auth.users import Users
from labserver.bff.routes import bff_blueprint
from labserver.errors import SettingsError, StoreDown, StoreUnusable
from labserver.lab_mode.clock import LabClock
from labserver.lab_mode.comments import show_comments
from labserver.lab_mode.control_api import control_blueprint
from labserver.lab_mode.demo_users import DemoUser, add_demo_users
from labserver.lab_mode.faults import FaultyStore
from labserver.lab_mode.lab_keys import LabKeys
from labserver.lab_mode.recording import record_traces
from labserver.lab_mode.shared_state import SharedState
from labserver.lab_mode.stage_api import stage_blueprint
from labserver.lab_mode.weaknesses import NONE, WEAKNESSES, Weakness
from labserver.settings import Settings
from labserver.storage.base import Store
from labserver.storage.clock import Clock
from labserver.storage.database import Database
from labserver.storage.registry import open_store
from labserver.storage.traced import TracedStore
from labserver.tracing.recent import SharedTraces, Traces
from labserver.web.carriers import Bearer
from labserver.web.cors import allow_origins
from labserver.web.fast import App
from labserver.web.middleware import protect
from labserver.web.routes.grid import grid_blueprints
from labserver.web.routes.pages import pages_blueprint
from labserver.web.routes.public import public_blueprint
from labserver.web.routes.session import session_blueprint
from labserver.web.routes.token import token_blueprint
from labserver.web.services import Services

TRACES, SHARED_STATE = "traces", "shared-state"
TIDY_SECONDS = 600
BY_HEADER = ("/token/", "/grid/opaque/header/", "/grid/jwt/header/", "/.well-known/")


def prepare(settings: Settings) -> dict[str, DemoUser]:
    """Make the home folder, the databases and the keys, once, before any worker starts.

    Returns the demo users of a lab by name; out of lab mode there are none. Raises SettingsError or
    StoreUnusable.
    """
    try:
        settings.home.mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(settings.home / TRACES, ignore_errors=True)  # of workers that are no more
    except OSError as error:
        raise StoreUnusable(f"The folder {settings.home} cannot be made: {error.strerror}.") from error
    services = assemble(settings)
    return add_demo_users(services.users, services.accounts, settings.home) if settings.lab_key else {}


def create_app(settings: Settings, workers: int = 1, *, tidy: bool = True) -> Flask:
    """Build the application of one of `workers`; `tidy` starts a thread that deletes expired rows.

    Raises SettingsError or StoreUnusable.
    """
    lab, weak = LabParts.of(settings), weakness_of(settings)
    services = assemble(settings, lab)
    if tidy:
        keep_tidy(services)
    app = App("labserver", static_folder=None)
    app.request_class = weak.request
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body
    if lab:
        traces = Traces() if workers == 1 else SharedTraces(settings.home / TRACES)
        record_traces(app, lab.clock, traces)
        keys_of_lab = LabKeys(lab.key, lab.shared, services.accounts, settings.tile_key)
        app.register_blueprint(control_blueprint(services, lab.shared, lab.clock, traces, keys_of_lab))
        app.register_blueprint(stage_blueprint(services, keys_of_lab))
        show_comments(app, weak.comments())
    protect(
        app,
        hosts=settings.hosts,
        max_url=settings.max_url,
        max_headers=settings.max_headers,
        by_header=lambda path: path.startswith(BY_HEADER),
        weak=settings.weak,
        proxied=settings.proxied,
    )
    allow_origins(app, settings.cors_origins, lambda path: path.startswith(BY_HEADER))
    for blueprint in (
        session_blueprint(services),
        token_blueprint(services),
        *grid_blueprints(services),
        bff_blueprint(services),
        public_blueprint(app, services),
        pages_blueprint(services, banner=weak.sentence),
    ):
        app.register_blueprint(blueprint)
    return app


@dataclass(frozen=True)
class LabParts:
    """What all workers of a lab share: a few numbers, and the clock that is one of them."""

    key: str
    shared: SharedState
    clock: LabClock

    @classmethod
    def of(cls, settings: Settings) -> LabParts | None:
        """Open them; None out of lab mode."""
        if settings.lab_key is None:
            return None
        shared = SharedState.at(settings.home / SHARED_STATE)
        return cls(settings.lab_key, shared, LabClock(shared))


def assemble(settings: Settings, lab: LabParts | None = None) -> Services:
    """Open the databases and build the parts. Raises SettingsError or StoreUnusable."""
    lab, weak = lab or LabParts.of(settings), weakness_of(settings)
    algorithm = weak.algorithm or settings.algorithm
    check(settings, algorithm)
    clock = lab.clock if lab else Clock()
    accounts = Database(settings.home / "accounts.db", users.SCHEMA + keys.SCHEMA)
    store = open_traced_store(settings, lab)
    people = Users(accounts, clock)
    denylist = Denylist(store, clock) if settings.denylist else None
    ring = weak.ring(accounts, algorithm, (lambda: lab.shared.keys) if lab else lambda: 0)
    sessions = weak.sessions(
        store,
        clock,
        idle=settings.session_idle,
        absolute=settings.session_absolute,
        last_used_interval=settings.last_used_interval,
    )
    tokens = weak.tokens(
        ring,
        clock,
        issuer=settings.issuer,
        audience=settings.audience,
        lifetime=settings.access_lifetime,
        max_life=settings.access_max_life,
        resources=settings.resources,
    )
    families = weak.families(store, clock, lifetime=settings.refresh_lifetime, denylist=denylist)
    csrf = weak.csrf()
    return Services(
        settings=settings,
        clock=clock,
        accounts=accounts,
        store=store,
        users=people,
        ring=ring,
        sessions=sessions,
        opaque=Opaque(people, sessions),
        jwt=Jwt(people, tokens, denylist),
        token_pair=weak.token_pair(people, tokens, denylist, families),
        cookie=weak.cookie("sid", tls=settings.tls, csrf=csrf),
        grid_cookie=weak.cookie("grid", tls=settings.tls, csrf=csrf, scheme="grid"),
        bff_cookie=weak.cookie("bff", tls=settings.tls, csrf=csrf, scheme="bff", same_site="Strict"),
        bearer=Bearer(),
    )


def open_traced_store(settings: Settings, lab: LabParts | None) -> Store:
    """Open the store that the settings name. In lab mode it can be taken down, and is traced.

    Raises SettingsError or StoreUnusable.
    """
    try:
        store = open_store(settings.store, settings.home)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    return TracedStore(FaultyStore(store, lab.shared)) if lab else store


def check(settings: Settings, algorithm: str) -> None:
    """Raise SettingsError if the settings do not make a server."""
    if algorithm not in ALGORITHMS:
        raise SettingsError(f"There is no algorithm {algorithm!r}: use {', '.join(ALGORITHMS)}.")
    if not 0 < settings.access_lifetime <= settings.access_max_life:
        raise SettingsError(
            f"An access token is good for 1 to {settings.access_max_life} seconds (access_max_life), "
            f"not {settings.access_lifetime}: this server would refuse its own."
        )
    if settings.audience in settings.resources:
        raise SettingsError(f"Another service needs an audience of its own, not {settings.audience!r}.")


def weakness_of(settings: Settings) -> Weakness:
    """Find the weakness that the settings name. Raises SettingsError if unknown, or out of lab mode."""
    if settings.weak is None:
        return NONE
    if settings.lab_key is None:
        raise SettingsError("A weakness is for lessons: it needs --lab.")
    if settings.weak not in WEAKNESSES:
        raise SettingsError(f"There is no weakness {settings.weak!r}: there are {', '.join(WEAKNESSES)}.")
    return WEAKNESSES[settings.weak]


def keep_tidy(services: Services) -> None:
    """Delete expired rows every ten minutes, in a thread, so that no request pays for it."""

    def tidy() -> None:
        pause = threading.Event()
        while not pause.wait(TIDY_SECONDS):
            with suppress(StoreDown):  # then the next time
                services.store.purge_expired(services.clock.now())

    threading.Thread(target=tidy, name="tidy", daemon=True).start()
