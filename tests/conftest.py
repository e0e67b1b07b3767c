"""What all tests share: one embedded PostgreSQL for the whole session, a database of its own for each worker."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
import trustme
from hypothesis import Phase, settings

from cpqbridge.history.postgres import EmbeddedPostgres
from cpqbridge.telemetry import secret_values
from tests import emptying, spread
from tests.sandboxes import Lend, Sandboxes

CLUSTER = "CPQBRIDGE_TEST_CLUSTER"

# How long an example takes says nothing on a busy machine. To shrink one that fails takes up to five minutes, which is
# for the one who mends it: --hypothesis-profile=shrinking. Where CI is set, each run tries the same examples.
AT_ONCE = [phase for phase in Phase if phase not in (Phase.shrink, Phase.explain)]
settings.register_profile("cpqbridge", deadline=None, phases=AT_ONCE, derandomize="CI" in os.environ)
settings.register_profile("shrinking", deadline=None)
settings.load_profile("cpqbridge")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the cluster's folder and what is trusted once; the workers of pytest-xdist inherit both.

    No test asks anybody but this machine, and to read the usual hundred and forty authorities takes 50 ms of each
    of the thousands of clients.
    """
    if not hasattr(config, "workerinput"):
        cluster = Path(tempfile.gettempdir()) / f"cpqbridge-tests-{secrets.token_hex(8)}"
        trusted = cluster.with_suffix(".pem")
        trustme.CA().cert_pem.write_to_path(str(trusted))
        os.environ.update({CLUSTER: str(cluster), "SSL_CERT_FILE": str(trusted)})


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the cluster after the last worker has stopped it."""
    if not hasattr(config, "workerinput") and CLUSTER in os.environ:
        cluster = Path(os.environ.pop(CLUSTER))
        shutil.rmtree(cluster, ignore_errors=True)
        cluster.with_suffix(".pem").unlink(missing_ok=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> spread.Spread:
    """Share the tests out as `tests.spread` says."""
    return spread.make_scheduler(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests of a worker in the order in which they go out."""
    if hasattr(config, "workerinput"):
        spread.put_in_order(items)


@pytest.fixture(autouse=True)
def _logging_as_at_the_start() -> None:
    """Undo what a test before has set up for the log, and forget its secrets: `secret` is a word of other tests."""
    structlog.reset_defaults()
    secret_values._known.clear()


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[Sandboxes]:
    """Give the sandboxes of this worker."""
    made = Sandboxes()
    yield made
    made.stop()


@pytest.fixture
def lend(sandboxes: Sandboxes) -> Iterator[Lend]:
    """Give a function that lends a sandbox with a seed until the end of the test."""
    with ExitStack() as lent:
        yield lambda seed: lent.enter_context(sandboxes.lend(seed))


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
    """Give the address of a PostgreSQL database where nothing is kept."""
    emptying.empty(worker_database)
    return worker_database


@pytest.fixture
def bare_database_url(worker_database: str) -> str:
    """Give the address of a PostgreSQL database without any tables of cpqbridge's."""
    emptying.drop(worker_database)
    return worker_database
