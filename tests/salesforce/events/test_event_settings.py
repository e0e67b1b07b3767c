"""Where events come from, by the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cpqbridge.salesforce.events.endpoint import ADDRESS, Endpoint, endpoint_of
from cpqbridge.settings.auto_sync import AutoSyncSettings
from cpqbridge.settings.events import TOPICS, EventSettings

ORG = "https://acme.my.salesforce.com"


def test_by_default_the_topics_of_orders_are_followed_at_salesforce(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    events = AutoSyncSettings().events
    assert events.mode == "auto"
    assert events.topics == TOPICS
    assert len([topic for topic in TOPICS if topic.startswith("/data/")]) == 5
    assert endpoint_of(events, ORG) == Endpoint(ADDRESS, None)


@pytest.mark.parametrize("login", ["http://127.0.0.1:8101", "http://localhost:8101", "http://[::1]:8101"])
def test_the_session_of_an_org_on_this_machine_is_never_sent_to_salesforce(login: str) -> None:
    assert endpoint_of(EventSettings(), login) is None


def test_the_certificates_of_the_environment_are_trusted_as_over_http(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "all.pem"
    file.write_bytes(b"what is trusted")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    found = endpoint_of(EventSettings(), ORG)
    assert found
    assert found.certificates == b"what is trusted"


@pytest.mark.parametrize(
    "given",
    [
        {"mode": "always"},
        {"topics": ["OrderChangeEvent"]},
        {"topics": ["/topic/Order"]},
        {"topics": ["/data/"]},
        {"topics": [TOPICS[0]] * 21},
        {"address": "https://api.pubsub.salesforce.com:7443"},
        {"address": "api.pubsub.salesforce.com"},
        {"address": "api.pubsub.salesforce.com:7443/path"},
        {"adress": "api.pubsub.salesforce.com:7443"},
    ],
)
def test_what_is_none_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EventSettings.model_validate(given)


@pytest.mark.parametrize("address", ["api.deu.pubsub.salesforce.com:443", "127.0.0.1:7443", "[::1]:7443"])
def test_other_addresses_are_taken(address: str) -> None:
    found = endpoint_of(EventSettings.model_validate({"address": address}), ORG)
    assert found
    assert found.address == address
