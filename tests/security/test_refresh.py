"""docs/security.md, rows R1 to R5: refresh and revocation."""

from __future__ import annotations

import base64
import threading

import pytest
import requests

from labserver.settings import PARTNER
from tests.conftest import Server, StartServer
from tests.contract.clients import App, Client, present, problem, unsegment
from tests.contract.conftest import SignInApp

LIFETIME = 14 * 86400
ROUNDS, RACERS = 12, 8
P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def test_R1_a_refresh_token_is_good_once_and_reuse_ends_the_family(server: Server, app: SignInApp) -> None:
    ada, elsewhere = app("ada"), app("ada")
    used = ada.refresh_token
    for _ in range(3):
        assert ada.refresh().status_code == 200
    with Client(server) as thief:
        answer = thief.post("/token/refresh", json={"refresh_token": used})
        problem(answer, 400, "invalid_grant")
        assert answer.json()["error"] == "invalid_grant"
    problem(ada.refresh(), 400, "invalid_grant")
    assert elsewhere.refresh().status_code == 200


def test_R1_a_family_has_an_absolute_end(server: Server, app: SignInApp) -> None:
    server.hold()
    ada, late = app("ada"), app("ada")
    for _ in range(3):
        server.advance(LIFETIME // 3 - 1)
        assert ada.refresh().status_code == 200
    server.advance(LIFETIME - 3 * (LIFETIME // 3 - 1) - 1)
    assert ada.refresh().status_code == 200, "the last second"
    server.advance(1)
    problem(late.refresh(), 400, "invalid_grant")
    answer = ada.refresh()
    problem(answer, 400, "invalid_grant")
    assert answer.json()["error"] == "invalid_grant"


def race(clients: list[Client], token: str) -> list[int]:
    """Have everybody redeem one refresh token at the same moment; gives the statuses, sorted."""
    gate = threading.Barrier(len(clients))
    statuses: list[int] = []

    def redeem(client: Client) -> None:
        gate.wait(timeout=30)
        statuses.append(client.post("/token/refresh", json={"refresh_token": token}).status_code)

    threads = [threading.Thread(target=redeem, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return sorted(statuses)


def test_R2_of_eight_racers_one_wins(servers: StartServer) -> None:
    """Two workers; the whole, 300 rounds, is `python -m benchmarks.crash --races 300`."""
    server = servers("--workers", "2")
    racers = [Client(server) for _ in range(RACERS)]
    with App(server) as ada:
        for turn in range(ROUNDS):
            ada.login(("ada", "grace", "mallory")[turn % 3])
            assert race(racers, ada.refresh_token) == [200] + [400] * (RACERS - 1)
            problem(ada.refresh(), 400, "invalid_grant")
    for racer in racers:
        racer.close()


def test_R3_revocation_is_by_jti_and_not_by_the_token_s_bytes(servers: StartServer) -> None:
    server = servers("--denylist", "--algorithm", "ES256")
    with App(server) as ada:
        token = ada.login().json()["access_token"]
        signed, _, signature = token.rpartition(".")
        raw = base64.urlsafe_b64decode(signature + "==")
        # (r, n - s) is as good a signature as (r, s): the same token in other bytes (SEC 1, section 4.1.4).
        turned = raw[:32] + (P256 - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
        twin = f"{signed}.{base64.urlsafe_b64encode(turned).decode().rstrip('=')}"
        assert twin != token
        assert present(server, twin).status_code == 200
        assert ada.post("/token/revoke", data={"token": token}).status_code == 200
        problem(present(server, token), 401, "invalid_token")
        problem(present(server, twin), 401, "invalid_token")


def test_R4_as_long_as_its_description_says(server: Server) -> None:
    """The longest token that /openapi.json allows fits into a body; one character more does not."""
    with Client(server) as anybody:
        operation = anybody.get("/openapi.json").json()["paths"]["/token/revoke"]["post"]
        (content,) = operation["requestBody"]["content"].values()
        longest = content["schema"]["properties"]["token"]["maxLength"]
        assert anybody.post("/token/revoke", data={"token": "a" * longest}).status_code == 200
        answer = anybody.post("/token/revoke", data={"token": "a" * (longest + 1)})
        problem(answer, 413, "body_too_large")
        assert "413" in operation["responses"]


@pytest.mark.parametrize("denylist", [False, True], ids=["plain", "denylist"])
def test_R4_revoking_an_unknown_token_answers_200(servers: StartServer, denylist: bool) -> None:
    server = servers(*(["--denylist"] if denylist else []))
    with App(server) as ada:
        token = ada.login().json()["access_token"]
        for unknown in ("x", "x.y", "x.y.z", "é", token[:-1], token + "A", "a" * 9000):
            assert ada.post("/token/revoke", data={"token": unknown}).status_code == 200
        assert present(server, token).status_code == 200
        assert ada.refresh().status_code == 200


@pytest.mark.parametrize("denylist", [False, True], ids=["plain", "denylist"])
def test_R4_revoking_is_done_or_refused(servers: StartServer, denylist: bool) -> None:
    """The answer is 200 only if the token opens nothing any more."""
    server = servers(*(["--denylist"] if denylist else []))
    with App(server) as ada, Client(server) as anybody:

        def revoke(token: str) -> requests.Response:
            return anybody.post("/token/revoke", data={"token": token})

        ada.login()
        answer = revoke(ada.credential)
        if denylist:
            assert answer.status_code == 200
            problem(ada.me(), 401, "invalid_token")
        else:
            problem(answer, 400, "unsupported_token_type")
            assert answer.json()["error"] == "unsupported_token_type"
            assert ada.me().status_code == 200
        assert ada.refresh().status_code == 200, "the family is another matter"
        assert revoke(ada.refresh_token).status_code == 200
        problem(ada.refresh(), 400, "invalid_grant")
        ada.login(resource=PARTNER)
        problem(revoke(ada.credential), 400, "unsupported_token_type")
        server.advance(15 * 60 + 1)
        assert revoke(ada.credential).status_code == 200, "it has expired"


def test_R5_a_refresh_cannot_widen_role_or_audience(server: Server, app: SignInApp) -> None:
    ada = app("ada")
    before = unsegment(ada.credential.split(".")[1])
    wishes = {
        "role": "admin",
        "scope": "admin",
        "audience": "everything",
        "aud": "everything",
        "sub": "grace",
    }
    answer = ada.post("/token/refresh", json={"refresh_token": ada.refresh_token} | wishes)
    if answer.status_code == 400:  # refusing what it does not know would be as good
        return
    ada.remember(answer)
    after = unsegment(ada.credential.split(".")[1])
    assert {name: after[name] for name in ("role", "aud", "sub", "iss")} == {
        name: before[name] for name in ("role", "aud", "sub", "iss")
    }
    assert set(after) == set(before)
    problem(ada.get("/token/admin"), 403, "forbidden")


@pytest.mark.parametrize("granted", [PARTNER, "labserver-api"])
def test_R5_a_login_for_one_service_stays_with_it(server: Server, granted: str) -> None:
    with App(server) as ada:
        ada.login(resource=granted)
        for resource in {PARTNER, "labserver-api", "https://unknown.example", ""} - {granted}:
            answer = ada.refresh(resource=resource)
            problem(answer, 400, "invalid_target")
            assert answer.json()["error"] == "invalid_target"
        for same in ({}, {"resource": granted}, {"resource": None}):
            assert ada.refresh(**same).status_code == 200, "a refusal uses no refresh token up"
            assert ada.claims["aud"] == granted
