"""The sandbox for polls."""

from __future__ import annotations

import pytest

from tests.jobs.feed.polling import Stage
from tests.sandboxes import Lend


@pytest.fixture
def stage(database_url: str, lend: Lend) -> Stage:
    """Both systems without records, and polls of them."""
    return Stage(lend("empty"), database_url)
