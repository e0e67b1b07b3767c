"""Which settings a command uses where a file says nothing of connections."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpqbridge.cli.configure import sandbox_certificate, settings_for


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("auto_sync: {interval_seconds: 10}\n", "127.0.0.1:9103"),
        ("auto_sync: {events: {address: 'localhost:7443'}}\n", "localhost:7443"),
    ],
)
def test_the_sandbox_is_used_with_its_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, address: str
) -> None:
    monkeypatch.setenv("CPQBRIDGE_SANDBOX_SALESFORCE_PORT", "9101")
    file = tmp_path / "cpqbridge.yaml"
    file.write_text(text)
    settings = settings_for(file)
    assert settings.salesforce.login_url == "http://127.0.0.1:9101"
    assert settings.auto_sync.events.address == address
    trusted = settings.auto_sync.events.ca_certificate == sandbox_certificate()
    assert trusted == (address == "127.0.0.1:9103")
