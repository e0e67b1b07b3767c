"""`POST composite/tree/{S}`: records with their children, up to 200 together, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cpqbridge.sandbox.salesforce import records
from cpqbridge.sandbox.salesforce.catalogue.model import SObject
from cpqbridge.sandbox.salesforce.errors import ParseError, SalesforceError
from cpqbridge.sandbox.salesforce.records import require_sobject
from cpqbridge.sandbox.salesforce.rest import Answer, Call

MAX_RECORDS: Final = 200
MAX_DEPTH: Final = 5


@dataclass
class _Tree:
    """What was created and refused so far."""

    call: Call
    created: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    count: int = 0


class _Undo(Exception):
    """Leaves the transaction of a tree with a refused record."""


def create_tree(call: Call, sobject: str) -> Answer:
    """Answer `POST composite/tree/{S}`: 201 with all ids, or 400 with the refused records only."""
    table = require_sobject(call.org, sobject)
    tree = _Tree(call)
    try:
        with call.org.store.transaction():
            _level(tree, table, call.json_part("records"), None, 1)
            if tree.refused:
                raise _Undo
    except _Undo:
        return Answer(400, {"hasErrors": True, "results": tree.refused})
    return Answer(201, {"hasErrors": False, "results": tree.created})


def _level(tree: _Tree, table: SObject, entries: Sequence[Any], parent: tuple[str, str] | None, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise SalesforceError(400, "LIMIT_EXCEEDED", f"The tree is more than {MAX_DEPTH} levels deep")
    for entry in entries:
        reference = _reference(tree, table, entry)
        children = {name: value for name, value in entry.items() if table.child(name) and isinstance(value, Mapping)}
        values = {name: value for name, value in entry.items() if name not in children}
        values |= dict([parent]) if parent else {}
        try:
            record_id = records.insert(tree.call.org, table, values)
        except ParseError:
            raise
        except SalesforceError as error:
            tree.refused.append({"referenceId": reference, "errors": [error.row()]})
            continue
        tree.created.append({"referenceId": reference, "id": record_id})
        for name, nested in children.items():
            link = table.child(name)
            child = tree.call.org.store.catalogue.get(link.child_sobject) if link else None
            entries = nested.get("records") or []
            if not isinstance(entries, list):
                raise ParseError(f"Cannot deserialize instance of tree: the records of {name} must be a list")
            if link and child:
                _level(tree, child, entries, (link.field, record_id), depth + 1)


def _reference(tree: _Tree, table: SObject, entry: Any) -> str:
    tree.count += 1
    if tree.count > MAX_RECORDS:
        raise SalesforceError(400, "LIMIT_EXCEEDED", f"The tree has more than {MAX_RECORDS} records")
    attributes = entry.get("attributes") if isinstance(entry, dict) else None
    if not isinstance(attributes, dict) or not attributes.get("type") or not attributes.get("referenceId"):
        raise SalesforceError(400, "INVALID_INPUT", "Each record needs attributes with type and referenceId")
    if str(attributes["type"]).lower() != table.name.lower():
        raise SalesforceError(400, "INVALID_INPUT", f"The record type must be {table.name}")
    reference = str(attributes["referenceId"])
    if reference in tree.seen:
        raise SalesforceError(400, "INVALID_INPUT", f"Duplicate ReferenceId provided in the request: {reference}")
    tree.seen.add(reference)
    return reference
