"""Puts the user's own mapping into the guide's tables.

A rule on a target that the guide has goes before the guide's in its place; where it gives nothing, the guide's applies
as ever. Other targets are appended. `off` takes the guide's rules of a target out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from cpqbridge.mapping.conversion import Translation, convert, translation
from cpqbridge.mapping.expressions import Expression, compile_expression, field_expression
from cpqbridge.mapping.pairs import PAIRS, Pair, Place, places
from cpqbridge.mapping.rule import Context, Path, Record, Rule, Table, UnmappableError
from cpqbridge.mapping.tables import GUIDE, Tables
from cpqbridge.mapping.targets import Target
from cpqbridge.settings.mapping import MappingRule, MappingSettings
from cpqbridge.settings.values import ValueTables

RECORD_TYPE = "RecordType.DeveloperName"

Found = tuple[Any, str | None]
"""A value before it is made what the target holds, and the source path below the pair's object."""


@dataclass(frozen=True)
class Alternative:
    """One rule of the user's for a target, compiled.

    Attributes:
        root: Path in `Context.roots` of the record.
        rule: As it stands in the settings.
        translate: The rule's value table.
    """

    root: Path
    rule: MappingRule
    translate: Translation | None

    @cached_property
    def expression(self) -> Expression | None:
        """The compiled expression."""
        return compile_expression(self.rule.expression) if self.rule.expression else None

    @cached_property
    def when(self) -> Expression | None:
        """The compiled condition."""
        return compile_expression(self.rule.when) if self.rule.when else None

    @cached_property
    def fields(self) -> tuple[Expression, ...]:
        """Each source field as the expression that reads it."""
        return tuple(field_expression(path) for path in self.rule.source)

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """Every source path that it looks at, from the object in `Context.roots`."""
        parts = (self.when, self.expression, *self.fields)
        paths = (path for part in parts if part is not None for path in part.fields)
        kinds = (RECORD_TYPE,) if self.rule.record_type else ()
        return tuple(self._named(path) for path in (*paths, *kinds))

    def give(self, context: Context, target: Target) -> Found | None:
        """Return the value and its source, None when the rule does not apply or gives nothing.

        Raises:
            UnmappableError: It cannot be computed, or the target cannot take it.
        """
        record = context.read(self.root)
        if not record or not self._applies(record):
            return None
        value, source = self._value(record)
        if value is None:
            value, source = self.rule.default, None
        return None if value is None else (_told(source, convert, value, target), source)

    def gives(self, context: Context, target: Target) -> bool:
        """Return whether the rule would give a value, be it one that the target refuses."""
        try:
            return self.give(context, target) is not None
        except UnmappableError:
            return True

    def _applies(self, record: Record) -> bool:
        kinds = self.rule.record_type
        if kinds and (record.get("RecordType") or {}).get("DeveloperName") not in kinds:
            return False
        when = self.when
        return when is None or bool(_told(self._sources(when), when.holds, record))

    def _value(self, record: Record) -> Found:
        expression = self.expression
        if expression is not None:
            source = self._sources(expression)
            return self._translated(_told(source, expression.evaluate, record), source)
        for part in self.fields:
            source = self._sources(part)
            value = _told(source, part.evaluate, record)
            if value is not None:
                return self._translated(value, source)
        return self.rule.value, None

    def _translated(self, value: Any, source: str | None) -> Found:
        if value is None or self.translate is None:
            return value, source
        found = self.translate(value)
        if found is None and self.rule.default is None:
            raise UnmappableError(self.translate.refusal(value), source)
        return found, source

    def _sources(self, expression: Expression) -> str | None:
        return ", ".join(self._named(path) for path in expression.fields) or None

    def _named(self, path: str) -> str:
        return ".".join((*self.root, path))


def _told(source: str | None, compute: Callable[..., Any], *values: Any) -> Any:
    """Compute, and name the source in what is refused."""
    try:
        return compute(*values)
    except UnmappableError as refusal:
        raise UnmappableError(str(refusal), refusal.source or source) from None


@dataclass(frozen=True, slots=True)
class OwnMapping:
    """The user's rules for one target: the first that applies and gives a value counts."""

    target: Target
    alternatives: tuple[Alternative, ...]

    def __call__(self, context: Context, creating: bool) -> Found | None:
        """Return the value and its source; None where the guide's rule goes on.

        What only a create may write is nothing for an update, and keeps the guide's rule from overwriting it.

        Raises:
            UnmappableError: A rule that applies cannot give its value.
        """
        for one in self.alternatives:
            if creating or (one.rule.on == "both" and self.target.updatable):
                found = one.give(context, self.target)
            else:
                found = (None, None) if one.gives(context, self.target) else None
            if found is not None:
                return found
        return None

    @property
    def reads(self) -> tuple[str, ...]:
        """Every source path that the rules look at."""
        return tuple(dict.fromkeys(path for one in self.alternatives for path in one.reads))


def tables_for(mapping: MappingSettings, values: ValueTables) -> Tables:
    """Return the guide's tables with the user's mapping in them; the guide itself when there is none.

    Args:
        mapping: The mapping of the settings, in which `check.problems` finds nothing.
        values: The value tables of the settings, which its rules may name.

    Raises:
        ExpressionError: An expression is wrong.
        UnknownTargetError: A target is.
    """
    tables: dict[str, Table] = {}
    given = dict(mapping.pairs())
    for pair in PAIRS.values():
        for name, rules in given.get(pair.name, {}).items():
            compiled = _alternatives(pair, rules, values)
            for place in places(pair, name, off=any(rule.off for rule in rules)):
                before = tables.get(place.table, getattr(GUIDE, place.table))
                tables[place.table] = _merged(before, place, compiled)
    return replace(GUIDE, **tables) if tables else GUIDE


def _alternatives(pair: Pair, rules: Iterable[MappingRule], values: ValueTables) -> tuple[Alternative, ...]:
    """Return the compiled rules; none for `off`."""
    return tuple(
        Alternative(pair.path, rule, translation(rule.values, values) if rule.values else None)
        for rule in rules
        if not rule.off
    )


def _merged(table: Table, place: Place, alternatives: tuple[Alternative, ...]) -> Table:
    position = next((at for at, rule in enumerate(table.rules) if rule.target == place.pointer), None)
    if not alternatives:
        return replace(table, rules=tuple(rule for rule in table.rules if rule.target != place.pointer))
    if position is None:
        new = _with(Rule(place.target.name, place.pointer, note="your own mapping"), place.target, alternatives)
        return replace(table, rules=(*table.rules, new))
    mixed = _with(table.rules[position], place.target, alternatives)
    return replace(table, rules=(*table.rules[:position], mixed, *table.rules[position + 1 :]))


def _with(rule: Rule, target: Target, alternatives: tuple[Alternative, ...]) -> Rule:
    """Return the rule with the user's alternatives; behind those of a pair that writes the same target."""
    earlier = rule.own.alternatives if isinstance(rule.own, OwnMapping) else ()
    own = OwnMapping(target, (*earlier, *alternatives))
    return replace(rule, own=own, column=rule.column or target.column)
