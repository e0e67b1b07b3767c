"""The sandbox for polls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cpqbridge.sandbox.server import LocalSandbox
from tests.jobs.feed.polling import Stage


@pytest.fixture
def stage(database_url: str) -> Iterator[Stage]:
    """Both systems without records, and polls of them."""
    sandbox = LocalSandbox("empty")
    sandbox.start()
    yield Stage(sandbox, database_url)
    sandbox.stop()
