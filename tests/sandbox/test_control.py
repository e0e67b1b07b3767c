import socket
import time

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from cpqbridge.sandbox import wire
from cpqbridge.sandbox.control import Control
from cpqbridge.sandbox.faults import parse_fault
from cpqbridge.sandbox.serving import BackgroundServers


class World:
    """A small application under control: POST counts, GET tells, /login answers secrets."""

    def __init__(self):
        self.count = 0
        self.seeds = []
        self.values = {"feature": True}
        self.control = Control(reset=self.seeds.append, settings=self.change)
        self.app = Starlette(
            routes=[
                Route("/things", self.add, methods=["POST"]),
                Route("/things", self.tell, methods=["GET"]),
                Route("/login", self.login, methods=["POST"]),
                Route("/_sandbox/own", self.tell, methods=["GET"]),
            ]
        )

    def change(self, changes):
        for name in changes:
            if name not in self.values:
                raise ValueError(f"Unknown setting '{name}'.")
        self.values.update(changes)
        return self.values

    async def add(self, request):
        await request.body()
        self.count += 1
        return JSONResponse({"count": self.count, "note": "ok"}, headers={"x-own": "1"})

    async def tell(self, _):
        return JSONResponse({"count": self.count})

    async def login(self, request):
        await request.body()
        return JSONResponse({"access_token": "SECRET-TOKEN", "instance_url": "http://x"})


@pytest.fixture
def world():
    return World()


@pytest.fixture
def client(world):
    servers = BackgroundServers([0])
    servers.start([world.control.wrap(world.app)])
    with httpx.Client(base_url=servers.urls[0], timeout=20) as client:
        yield client
    servers.stop()


def order(client, **fault):
    response = client.post("/_sandbox/faults", json=[fault])
    assert response.status_code == 200, response.text


def test_requests_are_logged_in_full(client):
    client.post("/things?a=1&b=", json={"price": 1.10}, headers={"X-Custom": "v"})
    client.get("/things")
    first, second = client.get("/_sandbox/requests").json()
    assert (first["n"], first["method"], first["path"]) == (1, "POST", "/things")
    assert first["query"] == {"a": "1", "b": ""}
    assert first["headers"]["x-custom"] == "v"
    assert first["body"] == {"price": 1.1}
    assert first["status"] == 200
    assert first["response"] == {"count": 1, "note": "ok"}
    assert (second["n"], second["body"], second["response"]) == (2, None, {"count": 1})


def test_numbers_keep_their_digits_in_the_log(client):
    client.post("/things", content=b'{"price": 1.10}', headers={"content-type": "application/json"})
    assert b'"price":1.10' in client.get("/_sandbox/requests").content


def test_log_after_a_number(client):
    for _ in range(3):
        client.get("/things")
    assert [entry["n"] for entry in client.get("/_sandbox/requests?after=1").json()] == [2, 3]
    assert client.get("/_sandbox/requests?after=x").status_code == 400


def test_secrets_are_not_in_the_log(client):
    client.post(
        "/login?access_token=SECRET-Q",
        data={"client_secret": "SECRET-S", "assertion": "SECRET-A", "client_id": "me", "password": "SECRET-P"},
        headers={"Authorization": "Bearer SECRET-H", "Cookie": "sid=SECRET-C"},
    )
    client.post("/login", json={"nested": [{"refresh_token": "SECRET-R"}]})
    log = client.get("/_sandbox/requests")
    assert "SECRET" not in log.text
    entry = log.json()[0]
    assert entry["body"]["client_id"] == "me"
    assert entry["response"]["instance_url"] == "http://x"
    assert "authorization" not in entry["headers"]


def test_control_calls_are_not_logged(client):
    client.get("/_sandbox/own")
    client.get("/_sandbox/faults")
    assert client.get("/_sandbox/requests").json() == []


def test_drop_request_does_no_work(client, world):
    order(client, match={"method": "POST", "path": "/things"}, fault="drop_request")
    with pytest.raises(httpx.TransportError):
        client.post("/things", json={})
    assert world.count == 0
    assert client.post("/things", json={}).json()["count"] == 1
    assert [entry["status"] for entry in client.get("/_sandbox/requests").json()] == [None, 200]


def test_drop_response_does_the_work(client, world):
    order(client, match={"method": "POST", "path": "/things"}, fault="drop_response")
    with pytest.raises(httpx.TransportError):
        client.post("/things", json={})
    assert world.count == 1
    assert client.get("/_sandbox/requests").json()[0]["response"]["count"] == 1


def test_a_request_whose_client_dies_in_its_midst_is_none(client, world):
    with socket.create_connection((client.base_url.host, client.base_url.port)) as dying:
        dying.sendall(b'POST /things HTTP/1.1\r\nhost: x\r\ncontent-length: 20\r\n\r\n{"half": ')
        dying.shutdown(socket.SHUT_WR)
        assert dying.recv(1000) == b""
    assert world.count == 0
    assert client.get("/_sandbox/requests").json() == []


def test_status_fault(client, world):
    order(
        client,
        match={"path": "/things"},
        times=2,
        fault="status",
        status=429,
        headers={"Retry-After": "1"},
        body={"reasons": [{"code": 70}]},
    )
    for _ in range(2):
        response = client.post("/things", json={})
        assert (response.status_code, response.headers["Retry-After"]) == (429, "1")
        assert response.json() == {"reasons": [{"code": 70}]}
    assert world.count == 0
    assert client.post("/things", json={}).status_code == 200


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({}, True),
        ({"method": "post"}, True),
        ({"method": "GET"}, False),
        ({"path": "/things"}, True),
        ({"path": "/thin*"}, True),
        ({"path": "/*/x"}, False),
        ({"path": "/thing"}, False),
        ({"method": "POST", "path": "/other"}, False),
    ],
)
def test_match(match, hit):
    assert parse_fault({"match": match, "fault": "drop_request"}).matches("POST", "/things") is hit


@pytest.mark.parametrize(
    "bad",
    [
        {"fault": "explode"},
        {"fault": "status"},
        {"fault": "drop_request", "times": 0},
        {"fault": "drop_request", "when": 1},
        {"fault": "drop_request", "match": {"url": "/x"}},
        {"fault": "status", "status": "503"},
        {"fault": "status", "status": 9999},
        {"fault": "drop_request", "match": "/x"},
        {"fault": "drop_request", "match": {"path": 1}},
        {"fault": "status", "status": 503, "headers": ["x"]},
        "drop_request",
    ],
)
def test_bad_fault_orders(client, bad):
    assert client.post("/_sandbox/faults", json=[bad]).status_code == 400
    assert client.get("/_sandbox/faults").json() == []


def test_numbers_may_stand_in_headers(client):
    order(client, fault="status", status=429, headers={"Retry-After": 7})
    response = client.get("/things")
    assert (response.status_code, response.headers["retry-after"]) == (429, "7")


def test_faults_can_be_taken_back(client):
    order(client, fault="drop_request")
    assert client.delete("/_sandbox/faults").json() == []
    assert client.get("/things").status_code == 200


def test_delay_and_latency(client, world):
    order(client, fault="delay", delay_ms=150)
    started = time.monotonic()
    client.get("/things")
    assert time.monotonic() - started >= 0.15
    world.control.latency_ms = 120
    started = time.monotonic()
    client.get("/things")
    assert time.monotonic() - started >= 0.12


def test_an_answer_does_not_wait_for_the_clients_acknowledgement(client):
    # Two small packets with Nagle's algorithm on take 40 ms together with the client's delayed acknowledgement.
    quickest = min(client.get("/things").elapsed.total_seconds() for _ in range(10))
    assert quickest < 0.03


def test_reset(client, world):
    client.get("/things")
    order(client, fault="drop_request")
    assert client.post("/_sandbox/reset", json={"seed": "empty"}).json() == {"seed": "empty"}
    assert client.post("/_sandbox/reset").status_code == 200
    assert world.seeds == ["empty", "demo"]
    assert client.get("/_sandbox/requests").json() == []
    client.get("/things")
    assert client.get("/_sandbox/requests").json()[0]["n"] == 2
    for bad in ({"seed": "other"}, {"seeds": "demo"}):
        assert client.post("/_sandbox/reset", json=bad).status_code == 400
    assert world.seeds == ["empty", "demo"]


def test_settings(client):
    assert client.get("/_sandbox/settings").json() == {"feature": True}
    assert client.post("/_sandbox/settings", json={"feature": False}).json() == {"feature": False}
    response = client.post("/_sandbox/settings", json={"nonsense": 1})
    assert response.status_code == 400
    assert "nonsense" in response.text
    assert client.post("/_sandbox/settings", content=b"[").status_code == 400


def test_wire_keeps_decimals():
    assert wire.encode(wire.decode(b'{"a":1.10,"b":2,"c":"\xc3\xbc"}')) == b'{"a":1.10,"b":2,"c":"\xc3\xbc"}'
    with pytest.raises(ValueError, match="truncated"):
        wire.decode(b"{")
