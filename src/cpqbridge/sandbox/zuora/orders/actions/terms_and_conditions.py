"""TermsAndConditions: the present term, the renewal, contacts and payment term of a subscription."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders.amending.amendment import Amendment, begin
from cpqbridge.sandbox.zuora.orders.amending.attributes import changed_attributes, clearings
from cpqbridge.sandbox.zuora.orders.amending.extent import EVERGREEN, change_term
from cpqbridge.sandbox.zuora.orders.amending.owners import accounts_of
from cpqbridge.sandbox.zuora.orders.dates import day
from cpqbridge.sandbox.zuora.orders.reasons import broken, off
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.orders.terms import renewal_terms, term
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]

_OFF = (
    "scheduledCancelDate", "scheduledSuspendDate", "scheduledResumeDate", "clearingScheduledCancelDate",
    "clearingScheduledSuspendDate", "clearingScheduledResumeDate", "termIncreaseToNewContractLine",
)  # fmt: skip

#: Row field of the version -> row field of the ``orderAction``.
_SHOWN = {
    "autoRenew": "autoRenew",
    "renewalSetting": "renewSetting",
    "renewalTerm": "renewalTerm",
    "renewalTermPeriodType": "renewalTermPeriodType",
    "termType": "termType",
    "currentTerm": "currentTerm",
    "currentTermPeriodType": "currentTermPeriodType",
    "termStartDate": "termStartDate",
}


def apply(run: OrderRun, entry: Body, action: Body) -> Row:
    """Change what the body names and leave the rest.

    Raises:
        Refusal: The terms make no term, or an attribute is wrong.
    """
    amendment, body = begin(run, entry, action), action["termsAndConditions"]
    for name in _OFF:
        if body.get(name):
            raise off(f"termsAndConditions.{name} needs a feature that is not enabled for this tenant.")
    attributes = changed_attributes(run.tenant, body, *accounts_of(run.tenant, amendment.subscription))
    changes = dict(attributes)
    if body.get("invoiceSeparately") is not None:
        changes["isInvoiceSeparate"] = body["invoiceSeparately"]
    fields = _term(amendment, body["lastTerm"]) if body.get("lastTerm") else {}
    fields |= _renewal(amendment.subscription | fields, body)
    change_term(amendment, changes | fields)
    shown = {_SHOWN[name]: value for name, value in fields.items() if name in _SHOWN}
    return amendment.result(**clearings(body), **attributes, **shown)


def _term(amendment: Amendment, given: Body) -> Row:
    row = amendment.subscription
    start = given.get("startDate") or row["termStartDate"]
    if start < row["termStartDate"]:
        raise broken(f"lastTerm.startDate {start} lies before the present term's start on {row['termStartDate']}.")
    if given["termType"] == "TERMED":
        return {"termType": "TERMED", "termStartDate": start, **term(given, day(start), "lastTerm")}
    for name in ("period", "endDate"):
        if given.get(name):
            raise broken(f"lastTerm.{name} is not allowed for an EVERGREEN term.")
    return EVERGREEN | {"termStartDate": start}


def _renewal(row: Row, body: Body) -> Row:
    """Row fields of the renewal that the body changes; `row` is the version with its new term."""
    setting, terms, auto = body.get("renewalSetting"), body.get("renewalTerms"), body.get("autoRenew")
    if row["termType"] == "EVERGREEN":
        if terms or auto:
            raise broken("renewalTerms and autoRenew are not allowed for an EVERGREEN subscription.")
        return {} if auto is None else {"autoRenew": False}
    fields: Row = {} if auto is None else {"autoRenew": auto}
    if setting or terms:
        chosen = setting or row.get("renewalSetting") or "RENEW_WITH_SPECIFIC_TERM"
        kept = [] if chosen == "RENEW_TO_EVERGREEN" else row.get("_renewalTerms") or []
        fields |= renewal_terms(chosen, kept if terms is None else terms)
    return fields
