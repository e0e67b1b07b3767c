"""Several connections to one org: its outage is told once by each channel."""

from __future__ import annotations

from pathlib import Path

import yaml

from cpqbridge.jobs.watch.shared import told_by_others
from cpqbridge.settings.load import load


def test_what_connections_share_is_told_by_the_first_one(tmp_path: Path) -> None:
    ops = {"kind": "email", "to": "ops@example.com"}
    salesforce = {"login_url": "https://acme.my.salesforce.com", "client_id": "a", "client_secret": "b"}
    zuora = {"base_url": "https://rest.zuora.com", "client_id": "c", "client_secret": "d"}
    document = {
        "allow_clear_secrets": True,
        "salesforce": salesforce,
        "zuora": zuora,
        "alerts": {"channels": {"ops": ops, "chat": {**ops, "kinds": ["records"]}}},
        "connections": {
            "eu": {"when": "Region__c = 'EU'"},
            "us": {"zuora": {**zuora, "entity_id": "us"}},
            "uk": {
                "when": "Region__c = 'UK'",
                "salesforce": {**salesforce, "client_id": "other"},
                "zuora": {**zuora, "entity_id": "uk"},
            },
            "asia": {
                "when": "Region__c = 'ASIA'",
                "zuora": {**zuora, "entity_id": "asia"},
                "alerts": {"channels": {"ops": {"to": "asia@example.com"}}},
            },
        },
    }
    file = tmp_path / "cpqbridge.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    settings = load(file, {})
    told = {name: told_by_others(settings.connection(name)) for name in settings.connection_names()}
    assert told["eu"] == frozenset()
    assert told["us"] == {
        ("ops", "upstream_down", "Salesforce"),
        ("ops", "budget_low", "nearly used up"),
        ("ops", "budget_low", "used up"),
    }
    assert told["uk"] == {("ops", "budget_low", "nearly used up"), ("ops", "budget_low", "used up")}
    assert told["asia"] == frozenset()  # its own people know of nothing else
