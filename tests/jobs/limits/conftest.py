"""Databases on one PostgreSQL, as two processes would open them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import pytest

from cpqbridge.history.database import Database, open_database
from cpqbridge.settings import DatabaseSettings

Databases = Callable[[int], AbstractAsyncContextManager[list[Database]]]


@pytest.fixture
def databases(database_url: str) -> Databases:
    """Open the same database several times."""

    @asynccontextmanager
    async def several(count: int) -> AsyncIterator[list[Database]]:
        async with AsyncExitStack() as stack:
            settings = DatabaseSettings.at(database_url)
            yield [await stack.enter_async_context(open_database(settings)) for _ in range(count)]

    return several
