"""What all tests share: one embedded PostgreSQL for the whole session, a database of its own for each worker."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import structlog
from hypothesis import settings

from cpqbridge.history.postgres import EmbeddedPostgres

CLUSTER = "CPQBRIDGE_TEST_CLUSTER"

settings.register_profile("cpqbridge", deadline=None)  # how long an example takes says nothing on a busy machine
settings.load_profile("cpqbridge")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the cluster's folder once; the workers of pytest-xdist inherit it."""
    if not hasattr(config, "workerinput"):
        os.environ[CLUSTER] = str(Path(tempfile.gettempdir()) / f"cpqbridge-tests-{secrets.token_hex(8)}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the cluster after the last worker has stopped it."""
    if not hasattr(config, "workerinput") and CLUSTER in os.environ:
        shutil.rmtree(os.environ.pop(CLUSTER), ignore_errors=True)


@pytest.fixture(autouse=True)
def _logging_as_at_the_start() -> None:
    """Undo what a test before has set up for the log: a command run in this process writes warnings only."""
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def worker_database() -> Iterator[str]:
    """Start or join the cluster; give the address of this worker's database."""
    name = os.environ.get("PYTEST_XDIST_WORKER", "main")
    cluster = EmbeddedPostgres(Path(os.environ[CLUSTER]))
    with cluster as dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        yield cluster.dsn(name)


@pytest.fixture
def database_url(worker_database: str) -> str:
    """Give the address of a PostgreSQL database without any tables of cpqbridge's."""
    with psycopg.connect(worker_database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS cpqbridge CASCADE")
    return worker_database
