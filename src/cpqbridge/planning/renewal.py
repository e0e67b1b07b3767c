"""Plans the renewal of a subscription: one more term, after its length and an early end of the old one are set.

Source: orders sync, use cases, renewal; decisions 12 and 22.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from cpqbridge.mapping import dates
from cpqbridge.mapping.rule import Record
from cpqbridge.planning.actions import RENEW, TERMS, Action, Changes, has_sent
from cpqbridge.planning.chain import Chain, Sale
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.standing import is_elsewhere
from cpqbridge.planning.term import Term, read_term

_TERM = "OrderItem.SBQQ__Subscription__r.SBQQ__EndDate__c"


def renewal_actions(
    draft: Draft, order: Record, before: Chain, sales: Sequence[Sale], changes: Changes, known: Mapping[str, Any]
) -> list[Action]:
    """Return the actions that renew a subscription; none, with the reason in the draft, where it cannot be.

    Args:
        draft: The plan being made.
        order: The order.
        before: The chain without the order.
        sales: What the order sells on: the renewal, and its later segments.
        changes: The changes of the subscription so far.
        known: What the order has decided.
    """
    held, renewal = changes.standing, sales[0]
    roots = {"Order": order, "OrderItem": renewal.item}
    term = _new_term(draft, roots, renewal, held.number)
    if term is None:
        return []
    on, ends, stands = renewal.start, before.sales[-1].end, held.subscription.get("termEndDate")
    facts = {
        **term.facts(), "on": on, "early": ends is not None and on < ends,
        "end_before": stands, "period_before": held.subscription.get("renewalTerm"),
    }  # fmt: skip
    if is_renewed_by_itself(draft, changes, before):
        until = sales[-1].end
        extent = {"on": on, "until": until, "end_before": stands}
        return [Action(draft.tables.term_extent, on, roots, extent)] if _other_extent(changes, until) else []
    if changes.sent is None and stands and dates.parse(stands) != ends:
        message = (
            f"The term of subscription {held.number} ends on {stands} in Zuora, by Salesforce the day before {ends}: "
            "was it renewed in Zuora?"
        )
        draft.refuse("CPQ-436", _TERM, message)
        return []
    terms = [Action(draft.tables.renewal_terms, on, roots, facts)] if _other_terms(changes, facts) else []
    given = {"on": on, **_contacts(draft, order, changes, known)}
    return [*terms, Action(draft.tables.renew_subscription, on, roots, given)]


def _new_term(draft: Draft, roots: Mapping[str, Record], renewal: Sale, number: str) -> Term | None:
    term = read_term(draft, draft.context(roots), renewal.item)
    if term is not None and term.evergreen:
        product = renewal.item.get("OrderItemNumber")
        message = f"Order product {product} renews subscription {number}, which has a term, without an end"
        draft.refuse("CPQ-434", _TERM, message, "Renew it for a term, or renew it in Zuora by hand.")
        return None
    return term.since(renewal.start) if term else None


def is_renewed_by_itself(draft: Draft, changes: Changes, before: Chain) -> bool:
    """Return whether Zuora has renewed the subscription already, as the option `auto_renew` has it do."""
    ends = before.sales[-1].end
    if not draft.options.auto_renew:
        return False
    if changes.sent is not None:
        return not has_sent(changes.sent, RENEW)
    begins = changes.standing.subscription.get("termStartDate")
    return bool(begins and ends and dates.parse(begins) == ends)


def _other_extent(changes: Changes, until: date | None) -> bool:
    """Return whether the term that Zuora has begun by itself must end on another day."""
    if changes.sent is not None:
        return has_sent(changes.sent, TERMS)
    stands = changes.standing.subscription.get("termEndDate")
    return bool(stands and until and dates.parse(stands) != until)


def _other_terms(changes: Changes, facts: Mapping[str, Any]) -> bool:
    """Return whether a renewal must set the term first: Zuora renews for the renewal term that it has."""
    if changes.sent is not None:
        return has_sent(changes.sent, TERMS)
    held = changes.standing.subscription
    there = (held.get("renewalSetting"), held.get("renewalTerm"), held.get("renewalTermPeriodType"))
    return bool(facts["early"]) or there != ("RENEW_WITH_SPECIFIC_TERM", facts["period"], facts["period_type"])


def _contacts(draft: Draft, order: Record, changes: Changes, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the contacts of a renewal: those of its order, unless a transfer has set them or they are of others."""
    if is_elsewhere(draft, changes.standing, order.get("SubscriptionOwner__c") or order["AccountId"]):
        return {}
    given = changes.owners[0].given if changes.owners else {}
    bill_to = None if given.get("payer_changes") else known.get("bill_to")
    return {"bill_to": bill_to, "sold_to": None if given.get("owner_changes") else known.get("sold_to")}


def stop_of_renewal(draft: Draft, order: Record, chain: Chain, changes: Changes) -> list[Action]:
    """Return the end of automatic renewal of a chain that a renewal leaves out: Zuora would go on by itself."""
    if changes.sent is not None:
        wanted = has_sent(changes.sent, TERMS)
    else:
        wanted = bool(changes.standing.subscription.get("autoRenew"))
    on = dates.parse(order["EffectiveDate"])
    roots = {"Order": order, "OrderItem": chain.sales[-1].item}
    return [Action(draft.tables.renewal_stop, on, roots, {"on": on})] if wanted else []
