"""The part of the check that tells the package setting Subscription Prorate Precision, which no API shows.

What CPQ has prorated tells it: the stored multipliers of the last order products whose terms are no whole months.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.money.cpq.evidence import Evidence, Prorated, weigh
from cpqbridge.money.cpq.multiplier import DEFAULT_TERM
from cpqbridge.money.cpq.precision import UNPUBLISHED, Precision
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.sync.checkup.finding import Finding, Grade, optional

PRECISION = "Salesforce CPQ Subscription Prorate Precision"
"""What the finding is called."""

RECENT = 200
"""Order products that are looked at."""

_FIELD = "Subscription Prorate Precision"
_PACKAGE = "Salesforce: Setup, Installed Packages, Salesforce CPQ, Configure, Subscriptions and Renewals"
_LOOK = f'Look whether it is "{Precision.CALENDAR}" ({_PACKAGE}), by which Zuora prorates too.'
_SET = f'Set it to "{Precision.CALENDAR}" ({_PACKAGE}), by which Zuora prorates too.'
_PRORATED = (
    "SELECT SBQQ__ProrateMultiplier__c, SBQQ__DefaultSubscriptionTerm__c, ServiceDate, EndDate FROM OrderItem "  # noqa: S608 - a constant
    "WHERE SBQQ__SubscriptionPricing__c != null AND SBQQ__ProrateMultiplier__c != null "
    "AND SBQQ__ProrateMultiplier__c != 1 AND ServiceDate != null AND EndDate != null "
    f"ORDER BY CreatedDate DESC LIMIT {RECENT}"
)


async def told_precision(client: SalesforceClient) -> Sequence[Finding]:
    """Return what recent order products tell of the setting.

    Raises:
        CpqBridgeError: They cannot be read.
    """
    rows = await client.query(_PRORATED)
    return [_told(weigh(_prorated(row) for row in rows))]


def _prorated(row: dict[str, Any]) -> Prorated:
    return Prorated(
        Decimal(row["SBQQ__ProrateMultiplier__c"]),
        date.fromisoformat(row["ServiceDate"]),
        date.fromisoformat(row["EndDate"]),
        Decimal(row["SBQQ__DefaultSubscriptionTerm__c"] or DEFAULT_TERM),
    )


def _told(evidence: Evidence) -> Finding:
    if not evidence.telling:
        message = "no API shows it, and no recent order product has an incomplete month that would tell it"
        return optional(PRECISION, message, _LOOK, _FIELD)
    if not evidence.likely:
        message = (
            f"the last {evidence.telling} prorated order products fit no published formula: it may be "
            f'"{UNPUBLISHED[0]}", terms in days, or prices of your own'
        )
        return optional(PRECISION, message, _SET, _FIELD)
    fitting = " or ".join(f'"{one}"' for one in evidence.likely)
    some = "" if evidence.explained == evidence.telling else f"{evidence.explained} of "
    message = f"{some}the last {evidence.telling} prorated order products fit {fitting}"
    if evidence.likely == (Precision.CALENDAR,):
        return Finding(PRECISION, Grade.OK, f"{message}, by which Zuora prorates too")
    if Precision.CALENDAR in evidence.likely:
        return optional(PRECISION, message, _LOOK, _FIELD)
    return optional(PRECISION, f"{message}: Zuora bills incomplete months in another way", _SET, _FIELD)
