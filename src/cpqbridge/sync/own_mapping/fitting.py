"""Whether what Salesforce holds fits what Zuora takes: kinds, lengths, picklists. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cpqbridge.mapping.conversion import KINDS, convert
from cpqbridge.mapping.expressions import FIELD_KINDS
from cpqbridge.mapping.operations import DATE, NUMBER, TEXT, TRUTH, Kind, kind_of, shown
from cpqbridge.mapping.rule import UnmappableError
from cpqbridge.mapping.targets import Target
from cpqbridge.salesforce.describe import FieldDescribe
from cpqbridge.zuora.describe import ZuoraField

_HOLDS: Mapping[str, str] = {
    "boolean": "truth",
    "date": "date",
    "datetime": "datetime",
    "decimal": "number",
    "integer": "whole",
    "picklist": "choice",
}
"""Zuora's describe types to what they hold; all others hold texts."""

_SHOWN: Mapping[str, str] = {
    "choice": "one of a list of values",
    "date": "a date",
    "datetime": "a date with time",
    "number": "a number",
    "prose": "a text",
    "text": "a text",
    "truth": "true or false",
    "whole": "a whole number",
}
_FROM_TEXT = {"date": "date", "number": "number", "whole": "number"}
_FEW = 5


@dataclass(frozen=True, slots=True)
class Nature:
    """What a source gives, as far as it is known.

    Attributes:
        kind: `a text`, `a number`, `a date`, `true or false`; None if unknown.
        length: The most characters.
        values: All values that there may be.
        fraction: Whether a number may have digits after the point.
        text_date: `date` or `datetime` for a text that holds one.
    """

    kind: Kind | None
    length: int | None = None
    values: tuple[Any, ...] | None = None
    fraction: bool = True
    text_date: str | None = None

    @classmethod
    def of_field(cls, field: FieldDescribe | None) -> Nature:
        """Return what a field gives."""
        if field is None:
            return cls(TEXT)
        kind = FIELD_KINDS.get(field.type, TEXT)
        closed = field.type in ("picklist", "combobox") and field.values
        return cls(
            kind,
            length=(field.length or None) if kind == TEXT else None,
            values=field.values if closed else None,
            fraction=field.scale > 0 or field.type not in ("int", "long", "double", "currency", "percent"),
            text_date=field.type if field.type in ("date", "datetime") else None,
        )

    @classmethod
    def of_values(cls, values: Iterable[Any]) -> Nature:
        """Return what a constant or a table of values gives."""
        given = tuple(dict.fromkeys(values))
        kinds = {kind_of(value) for value in given}
        return cls(kinds.pop() if len(kinds) == 1 else None, values=given)


@dataclass(frozen=True, slots=True)
class Slot:
    """What a field of Zuora takes.

    Attributes:
        name: For messages, such as `Account.Segment__c`.
        holds: `text`, `prose`, `number`, `whole`, `truth`, `date`, `datetime`, `choice`.
        length: The most characters.
        choices: The values that there are.
        target: The standard target, whose values are converted; None for a custom field, which takes them as they are.
    """

    name: str
    holds: str
    length: int | None = None
    choices: tuple[str, ...] = ()
    target: Target | None = None

    @property
    def kind(self) -> Kind:
        """The kind of value that suits it."""
        return KINDS.get(self.holds, TEXT)

    @classmethod
    def of_custom(cls, name: str, field: ZuoraField) -> Slot:
        """Return what a custom field takes, as the tenant describes it."""
        return cls(name, _HOLDS.get(field.type, "text"), field.maxlength, field.options)

    @classmethod
    def of_standard(cls, name: str, target: Target, field: ZuoraField | None) -> Slot:
        """Return what a standard field takes; the tenant's own length counts where it is shorter."""
        lengths = [length for length in (target.length, field.maxlength if field else None) if length]
        return cls(name, target.holds, min(lengths, default=None), target.choices, target)


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a source does not fit, and what would."""

    message: str
    remedy: str


def misfits(nature: Nature, slot: Slot, source: str) -> Iterator[Misfit]:
    """Yield why what a source gives does not fit; nothing where it does, or where that cannot be known.

    Args:
        nature: What the source gives.
        slot: What the target takes.
        source: The source in words, such as `Account.Tier__c` or `the expression`.
    """
    if nature.values is not None:
        yield from _refused(nature.values, slot, source)
    elif (misfit := _kind_misfit(nature, slot, source)) is not None:
        yield misfit
    elif slot.holds == "text" and slot.length and (nature.length or 0) > slot.length:
        longer = "take another target" if slot.target else "make the field in Zuora longer"
        yield Misfit(
            f"{source} may have {nature.length} characters, {slot.name} takes {slot.length}",
            f"Cut it by the expression left({_field(source)}, {slot.length}), or {longer}.",
        )


def _refused(values: tuple[Any, ...], slot: Slot, source: str) -> Iterator[Misfit]:
    reasons = {shown(value): reason for value in values if (reason := _refusal(value, slot)) is not None}
    if reasons:
        names = ", ".join(repr(name) for name in list(reasons)[:_FEW])
        more = f" and {len(reasons) - _FEW} more" if len(reasons) > _FEW else ""
        remedy = f"Take a `values` table whose results {slot.name} takes" + (
            f": {', '.join(slot.choices)}." if slot.choices else ", or another target."
        )
        reason = next(iter(reasons.values()))
        yield Misfit(f"{source} gives {names}{more}, which {slot.name} does not take: {reason}", remedy)


def _refusal(value: Any, slot: Slot) -> str | None:
    """Return why a value is not taken, None where it is."""
    if slot.target is not None and slot.target.holds != "any":
        try:
            convert(value, slot.target)
        except UnmappableError as refusal:
            return str(refusal)
        return None
    if slot.holds == "choice":
        return None if value in slot.choices else f"its values are {', '.join(slot.choices)}"
    if slot.holds in ("text", "prose"):
        if not isinstance(value, str):
            return "it takes texts: write the value in quotes, or text(…) in an expression"
        fits = not slot.length or len(value) <= slot.length
        return None if fits else f"it takes {slot.length} characters"
    if slot.holds in ("date", "datetime") and isinstance(value, str):
        return None
    return None if kind_of(value) == slot.kind else f"it takes {_SHOWN[slot.holds]}"


def _kind_misfit(nature: Nature, slot: Slot, source: str) -> Misfit | None:
    """Return why the kind of a source does not suit."""
    kind, custom, name = nature.kind, slot.target is None, _field(source)
    if kind is None or (kind == TEXT and slot.holds == "choice"):
        return None
    if slot.holds in ("text", "prose"):
        if kind in (TEXT, DATE) or not custom:
            return None
        return _other(kind, slot, source, f"Write the expression text({name}).")
    if slot.holds in ("date", "datetime") and (kind == DATE or nature.text_date):
        same = not custom or slot.holds == (nature.text_date or "date")
        return (
            None
            if same
            else _other(_SHOWN[nature.text_date or "date"], slot, source, f"Write the expression date({name}).")
        )
    if kind == NUMBER and slot.holds == "whole" and nature.fraction:
        return _other("a number with decimals", slot, source, f"Write the expression round({name}, 0).")
    if kind == slot.kind:
        return None
    function = _FROM_TEXT.get(slot.holds) if kind == TEXT else None
    remedy = (
        f"Write the expression {function}({name}) if it always holds {_SHOWN[slot.holds]}, or take another field."
        if function
        else "Take another field, or an expression or `values` table that makes the right thing of it."
    )
    return _other(kind, slot, source, remedy)


def _other(kind: str, slot: Slot, source: str, remedy: str) -> Misfit:
    return Misfit(f"{source} gives {kind}, {slot.name} takes {_SHOWN[slot.holds]}", remedy)


def _field(source: str) -> str:
    """Return the path below the object, as expressions write it."""
    return source.partition(".")[2] or "…"


def wanted(nature: Nature) -> str:
    """Return the type with which a custom field for this source should be created, such as `Text, 255 characters`."""
    if nature.kind == NUMBER:
        return "Number"
    if nature.kind == TRUTH:
        return "Boolean"
    if nature.kind == DATE or nature.text_date:
        return "Datetime" if nature.text_date == "datetime" else "Date"
    return f"Text, {nature.length or 255} characters"
