"""What a run compares, and where its work file is."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec
import platformdirs

from cpqbridge.history.postgres.home import ROOT_BASE
from cpqbridge.settings.settings import Settings

KEPT_DAYS = 7
"""Days after which the work file of a stopped run is of no use: both systems have thrown its results away."""

_PREFIX = "drift-"


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


def folder_of(settings: Settings) -> Path:
    """Return the folder of the work files: in the data folder, beside the database."""
    data = settings.database.data_dir
    if data is None:
        data = ROOT_BASE if os.geteuid() == 0 else platformdirs.user_data_path("cpqbridge", appauthor=False)
    return data.absolute() / "drift"


def work_path(settings: Settings, scope: Scope, as_of: date) -> Path:
    """Return the work file of a run: one for each configuration, day and choice of accounts."""
    same = settings.model_dump(mode="json", include={"options", "mapping", "values"})
    where = (settings.salesforce.login_url, settings.zuora.base_url, settings.zuora.entity_id, settings.zuora.org_ids)
    identity = msgspec.json.encode([same, where, sorted(scope.accounts)])
    return folder_of(settings) / f"{_PREFIX}{as_of}-{hashlib.sha256(identity).hexdigest()[:12]}.sqlite"


def comparison_key(scope: Scope) -> str:
    """Return what tells a comparison from another one of the same rows."""
    return msgspec.json.encode([scope.since, sorted(scope.only)]).decode()


def sweep(folder: Path) -> None:
    """Delete the work files of runs that were stopped long ago."""
    oldest = time.time() - KEPT_DAYS * 86_400
    for file in folder.glob(f"{_PREFIX}*"):
        if file.stat().st_mtime < oldest:
            file.unlink(missing_ok=True)
