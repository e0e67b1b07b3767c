"""Which fields a change event means: Salesforce writes them as bitmaps over the fields of the event's schema.

`0x05` are the first and the third field, since the lowest bit is the first; `7-0x02` is the second field within the
compound field at place 7, from 0. Source: Pub/Sub API guide, event deserialization considerations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

_WHOLE = re.compile(r"0x([0-9A-Fa-f]+)")
_WITHIN = re.compile(r"(\d{1,5})-0x([0-9A-Fa-f]+)")


def names(bitmaps: Sequence[str], fields: Sequence[str], within: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the names of the fields, such as `Status` and `BillingAddress.City`.

    Args:
        bitmaps: As in the header; plain names are returned as they are.
        fields: Names of the schema's fields, in its order.
        within: Names within each compound field, in the schema's order.

    Raises:
        ValueError: A bitmap means a field that is not there.
    """
    return tuple(name for bitmap in bitmaps for name in _names(bitmap, fields, within))


def _names(bitmap: str, fields: Sequence[str], within: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if whole := _WHOLE.fullmatch(bitmap):
        yield from _chosen(whole[1], fields)
    elif part := _WITHIN.fullmatch(bitmap):
        if int(part[1]) >= len(fields) or fields[int(part[1])] not in within:
            raise ValueError(f"{bitmap} means no compound field")
        compound = fields[int(part[1])]
        yield from (f"{compound}.{name}" for name in _chosen(part[2], within[compound]))
    else:
        yield bitmap


def _chosen(digits: str, fields: Sequence[str]) -> Iterator[str]:
    bits = int(digits, 16)
    if bits.bit_length() > len(fields):
        raise ValueError(f"0x{digits[:40]} means more than {len(fields)} fields")
    return (name for place, name in enumerate(fields) if bits >> place & 1)
