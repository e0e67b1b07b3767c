"""Finds what is wrong in the user's mapping without asking Salesforce or Zuora: targets, expressions, constants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cpqbridge.mapping.conversion import convert, fits
from cpqbridge.mapping.expressions import Expression, ExpressionError, compile_expression
from cpqbridge.mapping.operations import TRUTH
from cpqbridge.mapping.pairs import PAIRS, Pair, Place, UnknownTargetError, places
from cpqbridge.mapping.rule import UnmappableError
from cpqbridge.mapping.tables import GUIDE
from cpqbridge.mapping.targets import Target, folded
from cpqbridge.settings.mapping import MappingRule
from cpqbridge.settings.settings import Settings

Where = tuple[str | int, ...]
"""Keys from the top of the settings: `("mapping", "account", "notes", 0, "when")`; the number only among several."""
Found = tuple[Where, str]


def problems(settings: Settings) -> list[Found]:
    """Return what is wrong in the mapping of the settings: where, and what in words."""
    return [found for name, rules in settings.mapping.pairs() for found in _of_pair(PAIRS[name], rules, settings)]


def _of_pair(pair: Pair, targets: dict[str, tuple[MappingRule, ...]], settings: Settings) -> Iterator[Found]:
    spelt: dict[str, str] = {}
    for name, rules in targets.items():
        where: Where = ("mapping", pair.name, name)
        earlier = spelt.setdefault(folded(name), name)
        if earlier != name:
            yield where, f"is the same as `{earlier}`, which is there too"
            continue
        try:
            found = places(pair, name, off=any(rule.off for rule in rules))
        except UnknownTargetError as refusal:
            yield where, _without_name(str(refusal), name)
            continue
        if pair.name == "account" and folded(name) == folded(settings.options.account_key_field):
            yield where, "cannot be mapped: the option `account_key_field` makes it the key of accounts"
        if pair.name == "opportunity" and folded(name) in map(folded, settings.mapping.order):
            yield where, "is mapped by `order` too: keep one of them"
        for position, rule in enumerate(rules):
            place: Where = (*where, position) if len(rules) > 1 else where
            yield from _of_rule(rule, found, place)


def _without_name(message: str, name: str) -> str:
    """Drop the name at the start, which stands before every message already."""
    return message.removeprefix(f"`{name}` ")


def _of_rule(rule: MappingRule, found: tuple[Place, ...], where: Where) -> Iterator[Found]:
    if rule.off:
        yield from _off(found, where)
        return
    target = found[0].target
    if rule.when:
        yield from _of_condition(rule.when, (*where, "when"))
    if rule.expression:
        yield from _of_expression(rule, target, (*where, "expression"))
    for key, constant in (("value", rule.value), ("default", rule.default)):
        if constant is not None:
            yield from _unfit([constant], target, (*where, key))
    if isinstance(rule.values, dict):
        yield from _unfit(rule.values.values(), target, (*where, "values"))


def _off(found: Iterable[Place], where: Where) -> Iterator[Found]:
    guide = [rule for place in found for rule in getattr(GUIDE, place.table).rules if rule.target == place.pointer]
    if not guide:
        yield where, "has nothing to switch off: the mapping guide has no rule for it"
    elif any(place.target.needed for place in found) or any(rule.required for rule in guide):
        yield where, "cannot be switched off: Zuora needs it"


def _unfit(constants: Iterable[object], target: Target, where: Where) -> Iterator[Found]:
    for constant in constants:
        try:
            convert(constant, target)
        except UnmappableError as refusal:
            yield where, f"does not suit `{target.name}`: {refusal}"


def _compiled(text: str) -> Expression | str:
    try:
        return compile_expression(text)
    except ExpressionError as fault:
        return fault.message


def _of_condition(text: str, where: Where) -> Iterator[Found]:
    compiled = _compiled(text)
    if isinstance(compiled, str):
        yield where, compiled
        return
    yield from ((where, fault) for fault in compiled.check())
    kind = compiled.kind()
    if kind not in (None, TRUTH):
        yield where, f"must be a condition: it gives {kind}, not true or false"


def _of_expression(rule: MappingRule, target: Target, where: Where) -> Iterator[Found]:
    compiled = _compiled(rule.expression)
    if isinstance(compiled, str):
        yield where, compiled
        return
    yield from ((where, fault) for fault in compiled.check())
    kind = compiled.kind()
    if not rule.values and not fits(kind, target):
        yield where, f"gives {kind}, which does not suit `{target.name}`"
