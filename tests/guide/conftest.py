"""The story of the guide, told once for each worker, and an empty stage for other tests."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from cpqbridge.sandbox.server import LocalSandbox
from tests.guide.story import Stage, Story


@pytest.fixture(scope="session")
def story(worker_database: str) -> Iterator[Story]:
    """Give the story after all of it was carried over."""
    with psycopg.connect(worker_database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS cpqbridge CASCADE")
    with LocalSandbox("empty") as sandbox:
        told = Story(sandbox, worker_database)
        told.tell()
        yield told
        told.tenant.close()


@pytest.fixture
def stage(database_url: str) -> Iterator[Stage]:
    """Give both systems without records."""
    with LocalSandbox("empty") as sandbox:
        empty = Stage(sandbox, database_url)
        yield empty
        empty.tenant.close()
