"""Which fields the API user sees: multi-currency, state and country codes, field-level security.

A field that is hidden by field-level security is gone from describe, query and writes, but formulas and the package
still use it. One that the org does not have (currencies, state codes) is gone altogether; both keep their values.
"""

from __future__ import annotations

from collections.abc import Iterable

from cpqbridge.sandbox.salesforce.addresses import convert
from cpqbridge.sandbox.salesforce.catalogue import Field, standard_catalogue
from cpqbridge.sandbox.salesforce.settings import OrgSettings
from cpqbridge.sandbox.salesforce.store import Store


def reshape(store: Store, settings: OrgSettings) -> None:
    """Show and hide fields so that the org has the shape its settings say."""
    catalogue = store.catalogue
    for table in catalogue.objects():
        catalogue.hide_fields(table.name, ())
    full = standard_catalogue(multi_currency=True, state_country_codes=True)
    wanted = standard_catalogue(
        multi_currency=settings.multi_currency, state_country_codes=settings.state_country_codes
    )
    for table in full.objects():
        present = wanted.get(table.name)
        for item in table.fields.values():
            _have(store, table.name, item, present=present is not None and present.field(item.name) is not None)
    if settings.state_country_codes:
        convert(store)
    for sobject, names in _secured(settings.hidden_fields).items():
        if catalogue.get(sobject):
            catalogue.hide_fields(sobject, names)


def _secured(paths: Iterable[str]) -> dict[str, set[str]]:
    """Return the lower-case names of hidden fields by object."""
    found: dict[str, set[str]] = {}
    for path in paths:
        sobject, _, name = path.lower().partition(".")
        found.setdefault(sobject, set()).add(name)
    return found


def _have(store: Store, sobject: str, item: Field, *, present: bool) -> None:
    """Have a field in the org, or not at all; its values are kept."""
    table = store.catalogue.get(sobject)
    if table is None or (table.field(item.name) is not None) == present:
        return
    if present:
        store.add_field(sobject, item)
    else:
        store.catalogue.remove_field(sobject, item.name)
