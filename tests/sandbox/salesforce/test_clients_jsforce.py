"""The whole flow of jsforce, a client that others wrote, against the org; node does it, this judges it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cpqbridge.sandbox.credentials import SALESFORCE
from cpqbridge.sandbox.salesforce.org import Org

ROOT = Path(__file__).parents[3]
FLOW = Path(__file__).with_name("jsforce_flow.mjs")


@pytest.fixture(scope="module")
def modules() -> Path:
    subprocess.run([str(ROOT / "tools" / "node_oracles.sh")], check=True, capture_output=True, timeout=300)
    return ROOT / ".cache" / "node"


def test_the_whole_flow(url: str, org: Org, modules: Path) -> None:
    org.add_custom_field("Account", name="Node_Key__c", type="string", external_id=True)
    names = ("client_id", "client_secret", "access_token", "refresh_token")
    secrets = json.dumps({name: getattr(SALESFORCE, name) for name in names})
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(
        ["node", str(FLOW), str(modules), url, secrets],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    assert seen == {
        "signIn": {"id": org.user_id, "organization": org.organization_id},
        "refreshed": 0,
        "stranger": "INVALID_SESSION_ID",
        "identity": SALESFORCE.username,
        "limits": 15_000,
        "usage": 15_000,
        "retrieved": "Acme 2",
        "required": "REQUIRED_FIELD_MISSING",
        "upserts": [True, False],
        "collections": 250,
        "mixed": ["ok", "REQUIRED_FIELD_MISSING"],
        "updated": True,
        "read": ["New", "New", "New"],
        "upserted": [False, True],
        "destroyed": True,
        "fetched": 251,
        "pages": [200, 51],
        "found": ["Many 10", "Many 100", "Many 101"],
        "malformed": "INVALID_FIELD",
        "objects": True,
        "children": True,
        "composite": [201, 201],
        "graph": [True],
        "tree": False,
        "bulk": [2, 1, 0],
        "bulkRead": ["Bulk 1", "Bulk 2"],
    }
