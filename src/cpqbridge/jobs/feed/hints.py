"""What events tell the poll: that it should look at once, and at which records surely."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TypeAlias

Hints: TypeAlias = Mapping[str, Collection[str]]
"""Ids of records, of 18 characters, by the name of their object, such as `{"OrderItem": {"802…"}}`.

The poll looks at once, over its usual window, and at these records even when they are outside of it: an event may come
before the change can be queried, and a replayed one long after it. Without any, it looks over its whole window. Objects
that the poll does not follow may be named; they say nothing.
"""

Hint: TypeAlias = Callable[[Hints], Awaitable[None]]
"""Polls at once; returns when what is due by it is stored, and raises `CpqBridgeError` when it is not.

Only then does the position of a stream move on. Calls come one after the other for one stream, but several streams may
call at once.
"""
