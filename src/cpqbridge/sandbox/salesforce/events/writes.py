"""What the store tells of a write, and who asked for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, NamedTuple

CREATE: Final = "CREATE"
UPDATE: Final = "UPDATE"
DELETE: Final = "DELETE"
UNDELETE: Final = "UNDELETE"

_ORIGIN: ContextVar[str] = ContextVar("origin", default="")
_CLIENT: Final = re.compile(r"(?:^|[,;\s])client=([^,;]+)")


class Write(NamedTuple):
    """One record written.

    Attributes:
        sobject: Object.
        record_id: Id, 18 characters.
        change: `CREATE`, `UPDATE`, `DELETE` or `UNDELETE`.
        values: What the columns hold now: of a new or restored record all that are filled, of a changed one those that
            are different than before.
    """

    sobject: str
    record_id: str
    change: str
    values: Mapping[str, Any]


@contextmanager
def origin(version: str, call_options: str) -> Iterator[None]:
    """Note whose call the writes inside belong to.

    Args:
        version: API version such as `62.0`.
        call_options: The `Sforce-Call-Options` header; its `client` is noted.
    """
    client = _CLIENT.search(call_options)
    token = _ORIGIN.set(f"com/salesforce/api/rest/{version}" + (f";client={client[1].strip()}" if client else ""))
    try:
        yield
    finally:
        _ORIGIN.reset(token)


def current_origin() -> str:
    """Return the `changeOrigin` of what is written now; empty for work of the org itself."""
    return _ORIGIN.get()
