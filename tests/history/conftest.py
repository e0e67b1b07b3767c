from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cpqbridge.settings import DatabaseSettings


@pytest.fixture
def database_url(bare_database_url: str) -> str:
    """As everywhere else, but without tables: to make them is what is tested here."""
    return bare_database_url


@pytest.fixture
def database(database_url: str) -> DatabaseSettings:
    return DatabaseSettings.at(database_url)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder that the user who runs PostgreSQL may enter, also when the tests run as root."""
    with tempfile.TemporaryDirectory(prefix="cpqbridge-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)
