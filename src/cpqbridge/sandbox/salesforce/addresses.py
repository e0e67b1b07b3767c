"""State and country picklists: codes give names and names give codes, and what is on neither list is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cpqbridge.sandbox.salesforce.catalogue.geography import COUNTRIES, STATES, code_of
from cpqbridge.sandbox.salesforce.catalogue.model import SObject
from cpqbridge.sandbox.salesforce.errors import SalesforceError
from cpqbridge.sandbox.salesforce.store import Store

Row = Mapping[str, Any]

_UNKNOWN = (
    "There's a problem with this {}, even though it may appear correct. Please select a {} from the list of valid {}."
)


def completed(sobject: SObject, before: Row, values: Row) -> dict[str, Any]:
    """Return values with the other half of each state and country that they set.

    Args:
        sobject: The object; without the picklists there is nothing to complete.
        before: The stored row, empty for a new one.
        values: What is written.

    Raises:
        SalesforceError: `FIELD_INTEGRITY_EXCEPTION` for a state or country that the org does not have.
    """
    done = dict(values)
    for prefix in _prefixes(sobject):
        _country(prefix, done)
        country = done.get(f"{prefix}CountryCode", before.get(f"{prefix}CountryCode"))
        _state(prefix, country, before, done)
    return done


def derived(sobject: SObject, values: Row) -> dict[str, Any]:
    """Return values completed as far as they are known; what is not known stays as it is."""
    try:
        return completed(sobject, {}, values)
    except SalesforceError:
        return dict(values)


def convert(store: Store) -> None:
    """Give the records that were there before the picklists their codes, as Setup's conversion does."""
    for sobject in store.catalogue.objects():
        for prefix in _prefixes(sobject):
            code, names = f"{prefix}CountryCode", (f"{prefix}Country", f"{prefix}State")
            for row in store.find(sobject.name, code, None):
                found = derived(sobject, {name: row[name] for name in names if row[name]})
                if found.get(code):
                    store.update(sobject.name, row["Id"], found, system=True)


def _prefixes(sobject: SObject) -> Iterator[str]:
    for field in sobject.every:
        if field.name.endswith("CountryCode") and field.compound_field_name:
            yield field.name.removesuffix("CountryCode")


def _country(prefix: str, values: dict[str, Any]) -> None:
    code, name = values.get(f"{prefix}CountryCode"), values.get(f"{prefix}Country")
    if code:
        if code.upper() not in COUNTRIES:
            raise _no_code(f"{prefix}CountryCode", code, "country/territory")
        values |= {f"{prefix}CountryCode": code.upper(), f"{prefix}Country": COUNTRIES[code.upper()]}
    elif name:
        found = code_of(COUNTRIES, name)
        if found is None:
            raise _refusal(_UNKNOWN.format("country", "country/territory", "countries"), f"{prefix}Country")
        values |= {f"{prefix}CountryCode": found, f"{prefix}Country": COUNTRIES[found]}
    elif f"{prefix}Country" in values or f"{prefix}CountryCode" in values:
        values |= {f"{prefix}CountryCode": None, f"{prefix}Country": None}


def _state(prefix: str, country: str | None, before: Row, values: dict[str, Any]) -> None:
    code, name = values.get(f"{prefix}StateCode"), values.get(f"{prefix}State")
    touched = any(f"{prefix}{part}" in values for part in ("State", "StateCode", "CountryCode"))
    if not (code or name):
        if any(f"{prefix}{part}" in values for part in ("State", "StateCode")):
            values |= {f"{prefix}StateCode": None, f"{prefix}State": None}
            return
        code = before.get(f"{prefix}StateCode")
    if not touched or not (code or name):
        return
    if not country:
        label = f"{prefix} State/Province"
        message = f"A country/territory must be specified before specifying a state value for field: {label}"
        raise _refusal(message, f"{prefix}State")
    states = STATES.get(country, {})
    if code and code.upper() not in states:
        raise _no_code(f"{prefix}StateCode", code, "state")
    found = code.upper() if code else code_of(states, str(name))
    if found is None:
        raise _refusal(_UNKNOWN.format("state", "state", "states"), f"{prefix}State")
    values |= {f"{prefix}StateCode": found, f"{prefix}State": states[found]}


def _no_code(field: str, code: str, what: str) -> SalesforceError:
    return _refusal(f"The {field} field contains {code}, which isn't an available {what}.", field)


def _refusal(message: str, field: str) -> SalesforceError:
    return SalesforceError(400, "FIELD_INTEGRITY_EXCEPTION", message, (field,))
