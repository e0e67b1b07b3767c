"""Amend: change what a contract holds from a day on, for the rest of its term.

Quantities go up and down as differences. A price never changes on a line that was sold: the old line goes to zero and
its product is sold again (debook and rebook), and so it is with other rates of usage. A swap is the same with another
product. Of a product in segments, the segment that is open and the later ones can be changed, each by itself; sold
again, they are the segments of a new line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace as but

from cpqbridge.sandbox.salesforce.cpq.additions import added, sold_again
from cpqbridge.sandbox.salesforce.cpq.bodies import Addition, Amendment, Cancellation, Change, Steps
from cpqbridge.sandbox.salesforce.cpq.chains import Chain, chains_of
from cpqbridge.sandbox.salesforce.cpq.cotermination import common_end
from cpqbridge.sandbox.salesforce.cpq.lines import Head, Line, amended
from cpqbridge.sandbox.salesforce.cpq.percent_of_total import recalculated
from cpqbridge.sandbox.salesforce.cpq.picking import in_place_of, parents_first, picked, under_of
from cpqbridge.sandbox.salesforce.cpq.quoting import Deal, contract_of, head_of, press_on, refusal
from cpqbridge.sandbox.salesforce.cpq.records import day

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

Row = Mapping[str, Any]

_UNIT: Final = Decimal("0.01")
"""Quantities have two decimals."""


def amend(org: Org, body: Amendment) -> dict[str, Any]:
    """Do what the button Amend of a contract does, with what a person then decides in the quote.

    Args:
        org: The org.
        body: The contract, the day, the changes, and how far to take them.

    Returns:
        What `press_on` returns.

    Raises:
        SalesforceError: `NOT_FOUND`, or `FIELD_CUSTOM_VALIDATION_EXCEPTION` for what the package refuses: a contract
            that is not activated, a day outside its term, a line that is over, a quantity below zero, no change.
    """
    row = contract_of(org, body)
    chains = chains_of(org, row)
    ends = [chain.end for chain in chains if chain.end]
    last = day(row["EndDate"])
    start = _in_term(row, body.effective_date, max(last, *ends) if last and ends else last)
    open_chains = [chain for chain in chains if _is_open(chain, start)]
    head = head_of(org, row, start, common_end(row, open_chains))
    decided = _decided(org, chains, open_chains, body.changes, start)
    lines = _lines(head, open_chains, decided)
    lines += [_addition(row, head, chains, one) for one in body.add]
    lines = recalculated(head, open_chains, decided, lines)
    if not any(_changes(line) for line in lines):
        raise refusal(f"The amendment of contract {row['ContractNumber']} changes nothing.")
    deal = Deal(
        row,
        "Amendment",
        head,
        tuple(lines),
        opportunity={"SBQQ__AmendedContract__c": row["Id"]},
        quote={"SBQQ__MasterContract__c": row["Id"]},
        changed={"SBQQ__AmendmentStartDate__c": start.isoformat()},
    )
    return press_on(org, deal, body)


def cancel(org: Org, body: Cancellation) -> dict[str, Any]:
    """Amend all subscriptions of a contract, or those named, to zero from a day on; assets stay.

    Of a product in segments, the one that is open and all later ones go.

    Returns:
        What `press_on` returns.

    Raises:
        SalesforceError: What `amend` refuses.
    """
    row = contract_of(org, body)
    chains = [chain for chain in chains_of(org, row) if not chain.is_asset]
    left = [chain for chain in chains if _is_open(chain, body.effective_date)]
    if body.subscriptions is None:
        numbers = [chain.name for chain in left]
    else:
        numbers = [number for named in body.subscriptions for number in _all_segments(chains, left, named)]
    changes = [Change(subscription_number=number, quantity=Decimal(0)) for number in numbers]
    steps = {name: getattr(body, name) for name in Steps.__struct_fields__}
    return amend(org, Amendment(contract_id=row["Id"], effective_date=body.effective_date, changes=changes, **steps))


def _all_segments(chains: Iterable[Chain], left: Iterable[Chain], named: str) -> list[str]:
    """Return the numbers of all segments that are left of the product which any of them names; else the one named."""
    key = next((chain.segments for chain in chains if named in (chain.name, chain.id)), None)
    return [chain.name for chain in left if key and chain.segments == key] or [named]


def _in_term(row: Row, start: date, end: date | None) -> date:
    first, last = date.fromisoformat(row["StartDate"]), end
    if start < first or (last is not None and start > last):
        term = f"{first} to {last}" if last else f"from {first}"
        message = f"The amendment's start {start} is outside the term of contract {row['ContractNumber']} ({term})."
        raise refusal(message, "SBQQ__StartDate__c")
    return start


def _is_open(chain: Chain, start: date) -> bool:
    """Return whether anything is left of a chain from a day on."""
    over = (chain.end and chain.end < start) or (chain.renewed and chain.renewed <= start)
    return bool(chain.quantity) and not over


def _decided(
    org: Org, chains: list[Chain], open_chains: list[Chain], changes: Iterable[Change], start: date
) -> dict[str, Change]:
    """Return the change of each chain, by its id; what is in a bundle follows the bundle."""
    decided: dict[str, Change] = {}
    for change in changes:
        for chain in picked(org, chains, open_chains, change):
            if chain.id in decided:
                raise refusal(f"{chain.name} is changed twice.")
            decided[chain.id] = _sensible(org, chain, change, start)
    for chain in parents_first(open_chains):
        parent = next((one for one in open_chains if one.id == chain.original.get("SBQQ__RequiredById__c")), None)
        if parent and parent.id in decided and chain.id not in decided:
            followed = _follows(chain, parent, decided[parent.id])
            if followed is not None:
                decided[chain.id] = Change(quantity=followed)
    return decided


def _follows(chain: Chain, parent: Chain, change: Change) -> Decimal | None:
    """Return the quantity that a part of a bundle has after a change of the bundle, or None when it stays."""
    if change.quantity is None and change.swap is None:
        return None
    if change.quantity == 0 or change.swap:
        return Decimal(0)
    if chain.original.get("SBQQ__Bundled__c") and change.quantity is not None:
        return (chain.quantity * change.quantity / parent.quantity).quantize(_UNIT)
    return None


def _sensible(org: Org, chain: Chain, change: Change, start: date) -> Change:
    """Check what is wanted of a chain."""
    wanted = chain.quantity if change.quantity is None else change.quantity
    if change.uplift is not None:
        raise refusal(f"The uplift of {chain.name} is for a renewal.")
    if wanted < 0:
        raise refusal(f"The quantity of {chain.name} must not be negative.", "SBQQ__Quantity__c")
    if wanted == 0 and change.given:
        raise refusal(f"{chain.name} is cancelled and cannot have another price.", "SBQQ__NetPrice__c")
    if change.swap and (change.given or change.quantity is not None):
        raise refusal(f"The swap of {chain.name} says itself how many and at which price.")
    if chain.is_asset and (wanted < chain.quantity or change.swap or change.given) and not _refundable(org, chain):
        raise refusal(f"The quantity of the asset {chain.name} cannot be reduced.", "SBQQ__Quantity__c")
    delta = wanted - chain.quantity
    steps = [max(start, piece.start) for piece in chain.pieces]
    if wanted and not change.given and any(_on(chain, moment) + delta < 0 for moment in steps):
        message = f"A later amendment of {chain.name} adds units that are not there yet on {start}."
        raise refusal(message, "SBQQ__Quantity__c")
    return change


def _on(chain: Chain, moment: date) -> Decimal:
    return sum((piece.quantity for piece in chain.pieces if piece.start <= moment), Decimal(0))


def _refundable(org: Org, chain: Chain) -> bool:
    product = org.store.get("Product2", chain.product) or {}
    return product.get("SBQQ__AssetAmendmentBehavior__c") == "Allow Refund"


def _lines(head: Head, chains: list[Chain], decided: Mapping[str, Change]) -> list[Line]:
    """Return the lines of what was sold, each followed by what takes its place."""
    lines: list[Line] = []
    again: Counter[str] = Counter()
    for chain in parents_first(chains):
        change = decided.get(chain.id, Change())
        anew = change.given or change.swap is not None
        quantity = chain.quantity if change.quantity is None else change.quantity
        lines.append(amended(head, chain, Decimal(0) if anew else quantity))
        if change.swap:
            instead = but(change.swap, start_date=max(head.start, chain.start), end_date=chain.end)
            lines.append(in_place_of(chain, added(head, instead), chains))
        elif anew:
            key = chain.segments
            again.update([key] if key else [])
            lines.append(sold_again(head, chain, change, again[key] if key else None))
    return lines


def _addition(row: Row, head: Head, chains: list[Chain], addition: Addition) -> Line:
    """Return the line of a new product; it ends with the contract unless that allows otherwise."""
    starts, ends = addition.start_date or head.start, addition.end_date
    late = bool(ends and head.end and ends > head.end)
    if starts < head.start or (ends and ends < starts) or (late and not row["SBQQ__DisableAmendmentCoTerm__c"]):
        message = f"{addition.product} must start and end within the amendment's term ({head.start} to {head.end})."
        raise refusal(message, "SBQQ__EndDate__c")
    return replace(added(head, addition), under=under_of(chains, addition.under))


def _changes(line: Line) -> bool:
    return line.chain is None or line.values["SBQQ__Quantity__c"] != line.values["SBQQ__PriorQuantity__c"]
