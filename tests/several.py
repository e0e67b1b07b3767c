"""Configuration files with several connections to sandboxes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from cpqbridge.sandbox.server import LocalSandbox

KEYS = ("client_id", "client_secret")


def section(sandbox: LocalSandbox, system: str, **more: Any) -> dict[str, Any]:
    """Return the section `salesforce` or `zuora` for a sandbox."""
    known = sandbox.credentials[system]
    address = "login_url" if system == "salesforce" else "base_url"
    return {address: known[address], **{key: known[key] for key in KEYS}, **more}


def write_file(folder: Path, database_url: str, connections: Mapping[str, Any], **top: Any) -> Path:
    """Write `cpqbridge.yaml` with these connections and return its path."""
    document = {"allow_clear_secrets": True, "database": {"url": database_url}, **top, "connections": connections}
    file = folder / "cpqbridge.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return file
