"""The mark of a record: a digest of what a sync reads of it itself, by which an own write is known again. Pure.

A record that was written back onto, and says the same as the sync had read whose outcome was written, holds nothing
new. Its order products, contacts and so on have changes of their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace

import msgspec

from cpqbridge.mapping.custom import tables_for
from cpqbridge.mapping.rule import Record
from cpqbridge.planning.fingerprint import TIMES
from cpqbridge.salesforce.select import Select
from cpqbridge.settings.settings import Settings
from cpqbridge.sync import wishes
from cpqbridge.sync.write_back import written_fields

_canonical = msgspec.json.Encoder(decimal_format="number", order="deterministic")

MarkOf = Callable[[str, Record], str | None]
"""Gives the mark of a record of an object, such as `Order`."""


def unmarked(_sobject: str, _record: Record) -> None:
    """Give no mark: every write is looked at."""


class Marks:
    """Makes the marks of orders and accounts.

    Args:
        settings: What is read of them, and which fields are written back.

    Attributes:
        selects: What is read for the mark of each object.
    """

    def __init__(self, settings: Settings) -> None:
        wish = settings.options, tables_for(settings.mapping, settings.values)
        wanted = replace(wishes.orders(*wish), children={}, order_by=""), wishes.accounts(*wish)
        self.selects: Mapping[str, Select] = {select.sobject: select for select in wanted}
        written = written_fields(settings)
        self._names = {
            sobject: sorted({path.partition(".")[0] for path in select.fields} - TIMES - written[sobject])
            for sobject, select in self.selects.items()
        }

    def of(self, sobject: str, record: Record) -> str:
        """Return the mark of a record, whatever else was read with it."""
        said = [record.get(name) for name in self._names[sobject]]
        return hashlib.sha256(_canonical.encode(said)).hexdigest()
