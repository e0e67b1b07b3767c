"""Campaigns run in a process of their own, which has no threads and may fork."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

Campaign = Callable[..., dict[str, Any]]

LONGEST = 900
"""Seconds that a campaign may take on a busy machine."""


@pytest.fixture
def campaign(worker_database: str) -> Campaign:
    """Give a function that runs a campaign, beside the databases of the other tests, and returns what it came to."""
    assert worker_database

    def run(*arguments: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "tests.chaos", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
        assert done.stdout, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == bool(found["wrong"])
        return found

    return run
