"""`docs/mapping.md`: every mapping table, row by row."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from types import ModuleType
from typing import Any

import cpqbridge.mapping
from cpqbridge.mapping.rule import Rule, Table, always
from cpqbridge.mapping.transforms import BILLING_PERIODS, PAYMENT_TERMS
from tools.pages.markdown import code, document, first_sentence, table

ORDER = ("account", "contact", "order", "subscription", "line_item", "product")
"""The nouns in the order in which a reader meets them; new ones come after them by themselves."""

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

VALUES = """
## Tables of values

Your own entries in `values` of the configuration go before these. What is in neither is refused (`CPQ-402`).
Country names go by the countries of ISO 3166 as Zuora spells them, their codes, and common other names.
"""


def page() -> str:
    """Return the whole page."""
    blocks = [block for module in modules() for block in _module(module)]
    values = [
        table(("Salesforce", "Zuora"), ((code(key), code(value)) for key, value in known.items()))
        for known in (PAYMENT_TERMS, BILLING_PERIODS)
    ]
    tables = ["### payment_terms", values[0], "### billing_frequencies", values[1]]
    return document("Mapping", INTRODUCTION, *blocks, VALUES, *tables)


def modules() -> list[ModuleType]:
    """Return the modules of `cpqbridge.mapping` that hold tables."""
    names = sorted(module.name for module in pkgutil.iter_modules(cpqbridge.mapping.__path__))
    ordered = [*ORDER, *(name for name in names if name not in ORDER)]
    loaded = [import_module(f"cpqbridge.mapping.{name}") for name in ordered]
    return [module for module in loaded if tables(module)]


def tables(module: ModuleType) -> list[Table]:
    """Return the tables that a module defines, in its order."""
    return [value for value in vars(module).values() if isinstance(value, Table)]


def _module(module: ModuleType) -> Iterator[str]:
    for one in tables(module):
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
