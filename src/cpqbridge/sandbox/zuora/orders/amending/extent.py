"""The extent of a subscription: its charges follow when its end moves."""

from __future__ import annotations

from collections.abc import Iterator

from cpqbridge.sandbox.zuora.orders.amending.amendment import Amendment
from cpqbridge.sandbox.zuora.orders.amending.segments import finish, set_end
from cpqbridge.sandbox.zuora.orders.amending.versions import charges_of
from cpqbridge.sandbox.zuora.orders.dates import day
from cpqbridge.sandbox.zuora.orders.rate_plans import REMOVED
from cpqbridge.sandbox.zuora.store import Row


def chains(amendment: Amendment) -> Iterator[list[Row]]:
    """The charges of all rate plans that are not removed, each as the list of its segments."""
    for plan in amendment.plans:
        if plan["amendmentType"] != REMOVED:
            yield from charges_of(amendment.run.store, plan)


def change_term(amendment: Amendment, fields: Row) -> Row:
    """Give the subscription another term and move the ends of its charges; returns the version's row.

    Args:
        amendment: The action.
        fields: Row fields of the term, with ``subscriptionEndDate`` (None: evergreen).
    """
    row = amendment.update(fields)
    before, after = amendment.subscription["subscriptionEndDate"], row["subscriptionEndDate"]
    store = amendment.run.store
    for chain in chains(amendment):
        set_end(store, chain, before, after)
    if after:
        # Removed products and one-time charges too have no day beyond the subscription.
        for chain in (chain for plan in amendment.plans for chain in charges_of(store, plan)):
            finish(store, chain, day(after))
    return row


#: Row fields of a term without an end.
EVERGREEN: Row = {
    "termType": "EVERGREEN",
    "currentTerm": 0,
    "termEndDate": None,
    "subscriptionEndDate": None,
    "autoRenew": False,
}
