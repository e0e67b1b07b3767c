"""`docs/mapping.md`: every mapping table, row by row."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from itertools import groupby
from types import ModuleType
from typing import Any

import cpqbridge.mapping
from cpqbridge.mapping.guide import ADDITIONS, ROWS
from cpqbridge.mapping.guide_row import Row
from cpqbridge.mapping.rule import Rule, Table, always
from cpqbridge.mapping.transforms import BILLING_PERIODS, PAYMENT_TERMS
from tools.pages.markdown import code, document, first_sentence, table

ORDER = ("account", "contact", "order", "subscription", "rate_plan", "usage", "line_item", "product", "usage_product")
"""The nouns in the order in which a reader meets them; new ones come after them by themselves."""

GATHERING = "tables"
"""The module that only gathers the tables of the others."""

HEADER = ("Zuora field", "Target", "From Salesforce", "Rule", "Default", "When", "Notes")

INTRODUCTION = """
How each value gets from Salesforce to Zuora. One row is one rule; `cpqbridge plan` shows the same names in the
lineage of every value.

- **Target** is a JSON pointer into the request body that the table makes. `-` appends an element; `{model}` is the
  pricing key of the charge model, such as `recurringPerUnit`.
- **From Salesforce** is a field path that begins with the object. Of several, the first filled one counts. A part in
  braces is the value of that option.
- **Rule** says how the value is changed; empty: it is taken as it is.
- **Default** stands in where the source is empty. Without one, nothing is sent.
- **Notes** name the error when a needed value is empty, and what is written only when the record is created.

An update writes only what differs. What is empty in Salesforce is never emptied in Zuora.
"""

GUIDE_HEADER = ("Salesforce", "Zuora object", "Zuora", "Rule", "Notes")

GUIDE_PAGE = """
## The guide, row by row

Zuora's mapping guide for its own connector, in its order and wording, and the rules below that carry each row. A test
makes sure that no row lacks a rule and a case, and that each value arrives in a tenant; it prints the table:
`pytest tests/guide -s`.
"""

BEYOND = """
### Beyond the guide

What the tables hold that the guide has no row for.
"""

VALUES = """
## Tables of values

Your own entries in `values` of the configuration go before these. What is in neither is refused (`CPQ-402`).
Country names go by the countries of ISO 3166 as Zuora spells them, their codes, and common other names.
"""


def page() -> str:
    """Return the whole page."""
    shown: set[str] = set()
    blocks = [block for module in modules() for block in _module(module, shown)]
    values = [
        table(("Salesforce", "Zuora"), ((code(key), code(value)) for key, value in known.items()))
        for known in (PAYMENT_TERMS, BILLING_PERIODS)
    ]
    tables = ["### payment_terms", values[0], "### billing_frequencies", values[1]]
    return document("Mapping", INTRODUCTION, *_guide(), *blocks, VALUES, *tables)


def modules() -> list[ModuleType]:
    """Return the modules of `cpqbridge.mapping` that hold tables."""
    names = sorted(module.name for module in pkgutil.iter_modules(cpqbridge.mapping.__path__))
    ordered = [*ORDER, *(name for name in names if name not in (*ORDER, GATHERING))]
    loaded = [import_module(f"cpqbridge.mapping.{name}") for name in ordered]
    return [module for module in loaded if tables(module)]


def tables(module: ModuleType) -> list[Table]:
    """Return the tables that a module defines, in its order."""
    return [value for value in vars(module).values() if isinstance(value, Table)]


def _guide() -> Iterator[str]:
    yield GUIDE_PAGE
    for section, rows in groupby(ROWS, key=lambda row: row.section):
        yield f"### Guide: {section}"
        yield _guide_table(list(rows))
    yield BEYOND
    yield table(("Section", *GUIDE_HEADER), ((row.section, *_guide_row(row)) for row in ADDITIONS))


def _guide_table(rows: list[Row]) -> str:
    """Return the table of a section, without the column of Zuora objects where it has one object only."""
    if any(row.object for row in rows):
        return table(GUIDE_HEADER, (_guide_row(row) for row in rows))
    header, *cells = ((line[0], *line[2:]) for line in (GUIDE_HEADER, *(_guide_row(row) for row in rows)))
    return table(header, cells)


def _guide_row(row: Row) -> tuple[str, ...]:
    notes = (f"with `{row.option}`" if row.option else "", row.note)
    return (row.salesforce, row.object, row.zuora, ", ".join(_linked(row)), "; ".join(filter(None, notes)))


def _linked(row: Row) -> Iterator[str]:
    """Yield the row's rules, each with links to the tables that hold it."""
    places: dict[str, list[str]] = {}
    for rule in row.rules:
        name, _, label = rule.partition(" / ")
        places.setdefault(label, []).append(f"[{name}](#{name.lower().replace(' ', '-')})")
    for label, links in places.items():
        yield f"{label} in {', '.join(links)}" if label else f"all of {', '.join(links)}"


def _module(module: ModuleType, shown: set[str]) -> Iterator[str]:
    """Yield the tables of a module that are not there yet; some modules build theirs on those of others."""
    for one in tables(module):
        if one.name not in shown:
            shown.add(one.name)
            yield f"## {one.name}"
            yield one.about
            yield table(HEADER, (_row(rule) for rule in one.rules))


def _row(rule: Rule) -> tuple[str, ...]:
    sources = (source for source, _ in rule.paths)
    return (
        rule.label,
        code(rule.target),
        ", else ".join(code(source) for source in sources),
        _transform(rule),
        _default(rule),
        "" if rule.when is always else first_sentence(rule.when),
        "; ".join(_notes(rule)),
    )


def _transform(rule: Rule) -> str:
    if rule.transform is None:
        return ""
    return first_sentence(rule.transform).removeprefix("Return ").rstrip(".") or "computed"


def _default(rule: Rule) -> str:
    if rule.default is None:
        return ""
    if callable(rule.default):
        return first_sentence(rule.default).rstrip(".") or "computed by the same rule"
    return code(_constant(rule.default))


def _constant(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def _notes(rule: Rule) -> Iterator[str]:
    for name, value in rule.beside.items():
        yield f"beside it `{name}` = `{value}`"
    if rule.note:
        yield rule.note
    if rule.required:
        yield f"needed ({rule.required})"
    if rule.on == "create":
        yield "only when created"
