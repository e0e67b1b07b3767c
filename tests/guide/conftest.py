"""The story of the guide, told once for each worker, and an empty stage for other tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cpqbridge.sandbox.server import LocalSandbox
from tests.emptying import empty
from tests.guide.story import Stage, Story
from tests.sandboxes import Lend


@pytest.fixture(scope="session")
def story(worker_database: str) -> Iterator[Story]:
    """Give the story after all of it was carried over."""
    empty(worker_database)
    with LocalSandbox("empty") as sandbox:
        told = Story(sandbox, worker_database)
        told.tell()
        yield told
        told.tenant.close()


@pytest.fixture
def stage(database_url: str, lend: Lend) -> Iterator[Stage]:
    """Give both systems without records."""
    empty = Stage(lend("empty"), database_url)
    yield empty
    empty.tenant.close()
