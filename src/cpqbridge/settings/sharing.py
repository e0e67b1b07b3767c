"""Which orders of an org belong to which of its connections, as SOQL conditions. Pure."""

from __future__ import annotations

from cpqbridge.settings.condition import parse
from cpqbridge.settings.settings import Settings


def extra_condition(settings: Settings, name: str, object_name: str = "Order") -> str | None:
    """Return which records of an object belong to a connection, as a SOQL condition; None for all of them.

    Args:
        settings: Those of the whole file, or of one of its connections.
        name: The connection.
        object_name: `Order`; records of other objects belong to every connection of their org.
    """
    if object_name != "Order" or not settings.connections:
        return None
    before = settings.siblings(name)
    conditions = {one: settings.connections[one].when for one in before[: before.index(name) + 1]}
    own = conditions.pop(name)
    left = [parse(text).turned().text() for text in conditions.values() if text]
    return " AND ".join([parse(own).text(), *left] if own else left) or None


def left_alone(settings: Settings, name: str) -> str | None:
    """Return which orders of a connection's org belong to no connection, as a SOQL condition; None when all do."""
    conditions = [settings.connections[one].when for one in settings.siblings(name)] if settings.connections else [None]
    return " AND ".join(parse(text).turned().text() for text in conditions if text) if all(conditions) else None
