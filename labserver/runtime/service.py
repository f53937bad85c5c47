"""The second service as one of its workers runs it."""

from __future__ import annotations

from flask import Flask

from labserver.lab_mode.clock import LabClock
from labserver.lab_mode.shared_state import SharedState
from labserver.resource_server.app import create_resource_server
from labserver.resource_server.settings import ResourceServerSettings
from labserver.storage.clock import Clock


def create_service(settings: ResourceServerSettings) -> Flask:
    """Build the application, with this machine's clock or a lab's."""
    clock = LabClock(SharedState.at(settings.lab_clock)) if settings.lab_clock else Clock()
    return create_resource_server(settings, clock)
