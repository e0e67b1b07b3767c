"""Terms of a new subscription: initial term, renewal, and the dates that follow from them."""

from __future__ import annotations

from datetime import date
from typing import Any

from cpqbridge.sandbox.zuora.orders.dates import add, day
from cpqbridge.sandbox.zuora.orders.reasons import broken, invalid, missing

Fields = dict[str, Any]


def subscription_terms(terms: Fields, start: date, *, auto_renew: bool) -> Fields:
    """Row fields of a new subscription's terms.

    Args:
        terms: ``terms`` of the request, checked against its table.
        start: Contract effective date; the term starts then unless it names its own start.
        auto_renew: The tenant's default for ``autoRenew``.

    Raises:
        Refusal: The combination makes no term.
    """
    initial = terms["initialTerm"]
    term_start = day(initial["startDate"]) if initial.get("startDate") else start
    kind = initial.get("termType")
    if not kind:
        raise missing("terms.initialTerm.termType is required.")
    common = {
        "termType": kind,
        "subscriptionStartDate": term_start.isoformat(),
        "termStartDate": term_start.isoformat(),
    }
    if kind == "EVERGREEN":
        return common | _evergreen(terms, initial)
    return common | _termed(initial, term_start) | _renewal(terms, auto_renew=auto_renew)


def _evergreen(terms: Fields, initial: Fields) -> Fields:
    for name in ("period", "endDate"):
        if initial.get(name) is not None:
            raise broken(f"terms.initialTerm.{name} is not allowed for an EVERGREEN subscription.")
    if terms.get("renewalTerms"):
        raise broken("terms.renewalTerms is not allowed for an EVERGREEN subscription.")
    if terms.get("autoRenew"):
        raise broken("terms.autoRenew must be false for an EVERGREEN subscription.")
    return {"autoRenew": False, "initialTerm": 0, "currentTerm": 0, "termEndDate": None, "subscriptionEndDate": None}


def _termed(initial: Fields, start: date) -> Fields:
    fields = term(initial, start, "terms.initialTerm")
    return fields | {
        "initialTerm": fields["currentTerm"],
        "initialTermPeriodType": fields["currentTermPeriodType"],
    }


def term(given: Fields, start: date, field: str) -> Fields:
    """Row fields of a term that begins on a day: its length and its end.

    Args:
        given: ``period`` and ``periodType``, ``endDate``, or both.
        start: First day of the term.
        field: Request field that holds it, for the messages.

    Raises:
        Refusal: They make no term, or not the same one.
    """
    period, unit, end = given.get("period"), given.get("periodType"), given.get("endDate")
    if period is None and end:
        period, unit = (day(end) - start).days, "Day"
    if period is None:
        raise missing(f"{field}.period is required for a TERMED subscription.")
    if not unit:
        raise missing(f"{field}.periodType is required for a TERMED subscription.")
    if period <= 0:
        raise invalid(f"{field} must be longer than nothing: check period, startDate and endDate.")
    last = add(start, period, unit)
    if end and day(end) != last:
        raise broken(f"{field}.endDate {end} does not agree with its period, which ends on {last}.")
    return {
        "currentTerm": period,
        "currentTermPeriodType": unit,
        "termEndDate": last.isoformat(),
        "subscriptionEndDate": last.isoformat(),
    }


def _renewal(terms: Fields, *, auto_renew: bool) -> Fields:
    setting = terms.get("renewalSetting") or "RENEW_WITH_SPECIFIC_TERM"
    chosen = terms.get("autoRenew")
    return {
        "autoRenew": auto_renew if chosen is None else chosen,
        **renewal_terms(setting, terms.get("renewalTerms") or []),
    }


def renewal_terms(setting: str, renewals: list[Fields]) -> Fields:
    """Row fields of a renewal setting and its terms, of which the first is that of the next renewal.

    Raises:
        Refusal: A term lacks its length, or there is one for a renewal to evergreen.
    """
    if renewals and setting == "RENEW_TO_EVERGREEN":
        raise broken("terms.renewalTerms is not allowed when renewalSetting is RENEW_TO_EVERGREEN.")
    for renewal in renewals:
        if not renewal.get("period") or not renewal.get("periodType"):
            raise missing("Each of terms.renewalTerms needs period and periodType.")
        if renewal["period"] < 0:
            raise invalid("terms.renewalTerms: period must not be negative.")
    first = renewals[0] if renewals else {}
    return {
        "renewalSetting": setting,
        "renewalTerm": first.get("period") or 0,
        "renewalTermPeriodType": first.get("periodType"),
        "_renewalTerms": renewals,
    }
