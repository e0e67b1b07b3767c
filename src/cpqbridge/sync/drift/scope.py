"""What a run compares, and where its work file is."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

from cpqbridge.history.postgres.home import ROOT_BASE
from cpqbridge.settings.settings import Settings

KEPT_DAYS = 7
"""Days after which the work file of a stopped run is of no use: both systems have thrown its results away."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is compared.

    Attributes:
        as_of: The day; None for today in the org's time zone.
        since: Leave out what neither system has changed since this day; None for nothing.
        accounts: Salesforce ids of the accounts; none for all.
        only: Names of the fields; none for all.
    """

    as_of: date | None = None
    since: date | None = None
    accounts: Sequence[str] = ()
    only: frozenset[str] = frozenset()


def work_path(settings: Settings, name: str, *choice: Any) -> Path:
    """Return the work file of a run: one for each name, configuration and choice of what is read.

    It is in the data folder, beside the database; what runs left there that were stopped long ago is deleted.

    Args:
        settings: Connections, options, values, mapping and data folder.
        name: What people know it by: the use case and its day.
        choice: What else makes another run of it.
    """
    data = settings.database.data_dir
    if data is None:
        data = ROOT_BASE if os.geteuid() == 0 else platformdirs.user_data_path("cpqbridge", appauthor=False)
    folder = data.absolute() / "drift"
    _sweep(folder)
    same = settings.model_dump(mode="json", include={"options", "mapping", "values"})
    where = (settings.salesforce.login_url, settings.zuora.base_url, settings.zuora.entity_id, settings.zuora.org_ids)
    identity = msgspec.json.encode([same, where, choice])
    return folder / f"{name}-{hashlib.sha256(identity).hexdigest()[:12]}.sqlite"


def _sweep(folder: Path) -> None:
    oldest = time.time() - KEPT_DAYS * 86_400
    for file in folder.glob("*.sqlite*"):
        if file.stat().st_mtime < oldest:
            file.unlink(missing_ok=True)


def comparison_key(scope: Scope) -> str:
    """Return what tells a comparison from another one of the same rows."""
    return msgspec.json.encode([scope.since, sorted(scope.only)]).decode()
