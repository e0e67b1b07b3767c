"""The stage of each scenario."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandboxes import Lend
from tests.scenarios.scene import Scene
from tests.sync.conftest import Both


@pytest.fixture
def scene(database_url: str, lend: Lend, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Give both systems with the customer Acme and the product Seat; its golden file has the test's name."""
    name = request.node.name.removeprefix("test_")
    about = (request.node.function.__doc__ or name).strip().partition("\n")[0]
    stage = Scene(Both(lend("empty"), database_url), name, about)
    yield stage
    stage.person.close()
