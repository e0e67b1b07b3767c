"""Finds the Salesforce field that a refusal of Zuora's is about, by the lineage of the request."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cpqbridge.errors import ERRORS, CpqBridgeError, FixConfiguration, FixData
from cpqbridge.mapping.rule import Lineage
from cpqbridge.planning.plan import Operation, Ref

_NAMED = re.compile(r"[A-Za-z_][\w.\[\]]*[\w\]]")
_QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"")

PER_PERIOD = (
    "only where CPQ's net prices are for one billing period each, set `options: {sfdc_use_list_price_base: false}`"
)
"""With that option off the net price counts once a period: any other org would bill it many times."""

WITHOUT_FEATURE: Mapping[str, str] = {
    "paymentTerm": "leave the payment term to the account: `mapping: {subscription: {paymentTerm: {off: true}}}`",
    "invoiceGroupNumber": "send no group: `mapping: {subscription: {invoiceGroupNumber: {off: true}}}`",
    **{
        f"{role}ContactId": f"leave it to the account: `mapping: {{subscription: {{{role}ContactId: {{off: true}}}}}}`"
        for role in ("billTo", "soldTo")
    },
    "listPriceBase": PER_PERIOD,
    "specificListPriceBase": PER_PERIOD,
    "cap": "take the option `tier_cap_field` out",
}
"""What does without a feature of the tenant, by the last part of the target that needs it."""


def add_field(error: CpqBridgeError, operation: Operation) -> None:
    """Give a refusal the field it is about, when it names the field or its value, and the next step with that field."""
    said_of_data = isinstance(error, FixData | FixConfiguration) and error.field is None
    line = blamed(error.message, operation) if said_of_data else None
    if line is None:
        return
    error.field = line.source or line.target
    if error.remedy != ERRORS[error.code].remedy:
        return
    # A field that only some tenants have is unknown to the others.
    unknown = "unknown field" in error.message.lower() and line.target.rpartition("/")[2] in WITHOUT_FEATURE
    if error.code == "CPQ-304" or unknown:
        error.remedy = f"Ask Zuora to turn the feature on, or {_way_without(line)}; then sync again."
    elif isinstance(error, FixData):
        place = f"Correct {line.source} in Salesforce" if line.source else f"Look at {line.rule} in the settings"
        error.remedy = f"{place}, or let Zuora take {_shown(line.value)} as {line.target}; then sync again."


def _way_without(line: Lineage) -> str:
    """Return what to do where the feature that a value needs stays off."""
    other = f"empty {line.source} in Salesforce" if line.source else f"look at {line.rule} in the settings"
    return WITHOUT_FEATURE.get(line.target.rpartition("/")[2], other)


def blamed(message: str, operation: Operation) -> Lineage | None:
    """Return the lineage of the value that a message is about: by its path, by its name, or by the value in quotes."""
    quoted = {single or double for single, double in _QUOTED.findall(message)}
    paths = [
        word for word in _NAMED.findall(message) if not word.islower() or word in quoted or f"field {word}" in message
    ]
    for path in sorted(paths, key=len, reverse=True):
        pointer = "/" + path.replace("[", ".").replace("]", "").replace(".", "/")
        if found := next((line for line in operation.lineage if line.target.endswith(pointer)), None):
            return found
    return next((line for line in operation.lineage if line.source and _shown(line.value) in quoted), None)


def _shown(value: object) -> str:
    return "" if isinstance(value, Ref) else str(value)
