"""What is said of an order that was taken back: what was done about it in Zuora, or why nothing is left to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cpqbridge.planning.existing import NOT_BILLED
from cpqbridge.planning.numbers import undo_number
from cpqbridge.planning.plan import Operation
from cpqbridge.planning.removal.taken import Removal
from cpqbridge.planning.state import Row

_DONE = {
    "delete_order": "Order {number} was deleted in Zuora",
    "revert_order": "Order {number} was reverted in Zuora",
    "undo_order": "What order {number} sold was cancelled in Zuora by order {order}",
}
"""What an operation has done, by its name."""


def done(removal: Removal, operations: Sequence[Operation]) -> str:
    """Return what operations have done to an order, once they are carried out, and why."""
    said = [_DONE[one.name].format(number=one.known["takes_back"], order=one.known["order"]) for one in operations]
    return f"{'; '.join(said)}: it {removal.reason}"


def why_settled(removal: Removal, parts: Mapping[str, Row]) -> str:
    """Return why nothing is left to do about an order.

    Args:
        removal: The order, and how it stands in Zuora.
        parts: Number to each Zuora order that carries it.
    """
    number = removal.order["OrderNumber"]
    ways = dict.fromkeys(_settled(removal, key, held) for key, held in parts.items())
    return (
        f"Order {number} {removal.reason}, and nothing of it is billed: {', '.join(ways) or 'Zuora does not have it'}"
    )


def _settled(removal: Removal, number: str, held: Row) -> str:
    undo = undo_number(number)
    if undo in removal.parts and removal.parts[undo].get("status") not in NOT_BILLED:
        return f"order {undo} in Zuora took it back"
    if held.get("status") in NOT_BILLED:
        return f"it is {held['status']} in Zuora"
    return "what it sold is cancelled in Zuora"
