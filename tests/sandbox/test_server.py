import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from cpqbridge.sandbox.credentials import SALESFORCE, ZUORA, credentials
from cpqbridge.sandbox.server import LocalSandbox

RULES = "/settings/billing-rules"
ACCOUNT = {
    "name": "Kept",
    "currency": "USD",
    "billCycleDay": 1,
    "billToContact": {"firstName": "A", "lastName": "B"},
}


def sign_in(sandbox):
    form = {
        "client_id": ZUORA.client_id,
        "client_secret": ZUORA.client_secret,
        "grant_type": "client_credentials",
    }
    token = httpx.post(f"{sandbox.zuora_url}/oauth/token", data=form).json()["access_token"]
    return httpx.Client(base_url=sandbox.zuora_url, headers={"authorization": f"Bearer {token}"}, timeout=30)


@pytest.fixture(scope="module")
def sandbox():
    with LocalSandbox(seed="empty") as running:
        yield running


def test_credentials_fit_the_servers(sandbox):
    assert sandbox.credentials["salesforce"]["login_url"] == sandbox.salesforce_url
    assert sandbox.credentials["zuora"]["base_url"] == sandbox.zuora_url
    assert set(credentials(1, 2)["zuora"]) == {"base_url", "client_id", "client_secret"}
    assert SALESFORCE.jwt_public_key.startswith("-----BEGIN PUBLIC KEY-----")


def test_both_systems_answer(sandbox):
    assert sign_in(sandbox).get(RULES).status_code == 200
    assert httpx.get(f"{sandbox.salesforce_url}/services/data").status_code == 200


def test_each_server_has_its_log(sandbox):
    httpx.get(f"{sandbox.salesforce_url}/services/data")
    paths = [entry["path"] for entry in httpx.get(f"{sandbox.zuora_url}/_sandbox/requests").json()]
    assert "/services/data" not in paths
    assert httpx.get(f"{sandbox.salesforce_url}/_sandbox/requests").json()


def test_reset_on_either_server_makes_both_anew(sandbox):
    before = sandbox.tenant, sandbox.org
    with sign_in(sandbox) as zuora:
        assert zuora.post("/v1/accounts", json=ACCOUNT).json()["success"]
        zuora.post("/_sandbox/settings", json={"multicurrency": False})
        answer = httpx.post(f"{sandbox.salesforce_url}/_sandbox/reset", json={"seed": "empty"})
        assert answer.json() == {"seed": "empty"}
        assert zuora.get(RULES).status_code == 401
    assert list(sandbox.tenant.store.rows("account")) == []
    assert sandbox.tenant.settings.multicurrency is True
    assert before[0] is not sandbox.tenant
    assert before[1] is not sandbox.org


def test_settings_of_the_tenant(sandbox):
    with sign_in(sandbox) as zuora:
        current = zuora.get("/_sandbox/settings").json()
        assert current["flexibleBillingAttributes"] is True
        assert zuora.post("/_sandbox/settings", json=current).json() == current
        for bad in ({"noSuchSwitch": 1}, {"multicurrency": "yes"}, {"billingRules": {"daysInMonth": "x"}}):
            response = zuora.post("/_sandbox/settings", json={"orders": False, **bad})
            assert response.status_code == 400
            assert next(iter(bad)) in response.text or "daysInMonth" in response.text
        assert zuora.get("/_sandbox/settings").json() == current


def test_data_are_kept_and_not_seeded_again(tmp_path):
    folder = tmp_path / "kept"
    with LocalSandbox(seed="empty", data=folder) as sandbox, sign_in(sandbox) as zuora:
        created = zuora.post("/v1/accounts", json=ACCOUNT).json()
        zuora.post("/_sandbox/settings", json={"chargeModifiers": True})
    with LocalSandbox(seed="demo", data=folder) as sandbox, sign_in(sandbox) as zuora:
        assert zuora.get(f"/v1/accounts/{created['accountNumber']}").json()["basicInfo"]["name"] == "Kept"
        assert sandbox.tenant.settings.charge_modifiers is True
        assert len(list(sandbox.tenant.store.rows("account"))) == 1
        zuora.post("/_sandbox/reset", json={"seed": "empty"})
    with LocalSandbox(seed="empty", data=folder) as sandbox:
        assert list(sandbox.tenant.store.rows("account")) == []
        assert sandbox.tenant.settings.charge_modifiers is False


def test_taken_port_is_an_error(sandbox):
    port = int(sandbox.zuora_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        LocalSandbox(seed="empty", zuora_port=port)


PROGRAM = (
    "import asyncio; from cpqbridge.sandbox.server import serve; "
    "asyncio.run(serve(salesforce_port=0, zuora_port=0, seed='empty'))"
)


def test_a_stop_cuts_off_who_still_waits_and_shows_no_traceback():
    slow = {"match": {"path": "/v1/*"}, "fault": "delay", "delay_ms": 60_000}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", PROGRAM], text=True, **pipes) as process, ThreadPoolExecutor() as pool:
        address = process.stdout.readline().split("zuora=")[1].split()[0]
        httpx.post(f"{address}/_sandbox/faults", json=[slow]).raise_for_status()
        asked = pool.submit(httpx.get, f"{address}/v1/accounts/x", timeout=60)
        while not httpx.get(f"{address}/_sandbox/requests").json():
            assert not asked.done()
        process.send_signal(signal.SIGTERM)
        with pytest.raises(httpx.TransportError):
            asked.result(60)
        assert process.wait(20) == 0
        assert "Traceback" not in process.stderr.read()


def test_serve_says_ready_and_stops_at_a_signal():
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        assert line.startswith("sandbox ready ")
        addresses = dict(word.split("=", 1) for word in line.split()[2:])
        address = addresses["zuora"]
        assert list(addresses) == ["salesforce", "zuora", "pubsub"]
        assert httpx.get(f"{address}/v1/accounts/x").status_code == 401
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(20) == 0
