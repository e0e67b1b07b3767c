"""The fingerprint of what a record is planned from: while it is the same, the plan would be too.

It is made of what was read from Salesforce, without the fields that cpqbridge writes there itself, and of what the
settings say. A record that was carried over and has the same fingerprint again needs no look at Zuora.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from cpqbridge.mapping.rule import Record
from cpqbridge.planning.snapshot import Snapshot, children
from cpqbridge.values import PLAIN

_canonical = msgspec.json.Encoder(decimal_format="number", order="deterministic")

TIMES = frozenset({"SystemModstamp", "LastModifiedDate", "LastModifiedById"})
"""Fields that say that a record was changed, and not what it is."""


def of_order(snapshot: Snapshot, order: Record, settings: str, written: Collection[str] = ()) -> str | None:
    """Return the fingerprint of an order with its items, and with everything in the chains that they are part of.

    Args:
        snapshot: The order and its chains.
        order: One of the snapshot's.
        settings: The fingerprint of the settings.
        written: Fields that cpqbridge writes itself.

    Returns:
        The fingerprint; None where more than its chains goes into its plan: then it is always looked at.
    """
    sold = snapshot.sold
    if sold.hosted or sold.rebooked or sold.whole_contracts:
        return None
    items = children(order, "OrderItems")
    chains = [chain for item in items if (chain := sold.chain(item)) is not None]
    pieces = [piece.item for chain in chains for sale in sold.whole(chain).sales for piece in sale.pieces]
    assets = [sold.assets[item["Id"]] for item in items if item["Id"] in sold.assets]
    links = {item["Product2Id"]: snapshot.schedules.get(item["Product2Id"]) for item in items}
    return _digest([settings, snapshot.time_zone, order, pieces, assets, links], written)


def of_account(snapshot: Snapshot, account: Record, settings: str, written: Collection[str] = ()) -> str:
    """Return the fingerprint of an account with its contacts (see `of_order`)."""
    return _digest([settings, account, snapshot.contacts.get(account["Id"], ())], written)


def of_settings(*sections: Mapping[str, Any]) -> str:
    """Return the fingerprint of what the settings say about how records are carried over."""
    return _digest(sections, ())


def _digest(document: Any, written: Collection[str]) -> str:
    left_out = TIMES.union(written)
    return hashlib.sha256(_canonical.encode(_without(document, left_out))).hexdigest()


def _without(value: Any, names: Collection[str]) -> Any:
    if type(value) in PLAIN:
        return value
    if isinstance(value, Mapping):
        return {str(name): _without(part, names) for name, part in value.items() if name not in names}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_without(part, names) for part in value]
    return value
