"""`POST composite/graph`: graphs of record writes, each all-or-nothing on its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from cpqbridge.sandbox.salesforce.composite.subrequests import Subrequest, as_json, failed, parse, run
from cpqbridge.sandbox.salesforce.errors import ParseError, SalesforceError
from cpqbridge.sandbox.salesforce.rest import Answer, Call

MAX_GRAPHS: Final = 75
MAX_NODES: Final = 500
MAX_DEPTH: Final = 15
MAX_KINDS: Final = 15


def graphs(call: Call) -> Answer:
    """Answer `POST composite/graph`; each graph says by `isSuccessful` whether it was kept."""
    entries = call.json_part("graphs")
    if len(entries) > MAX_GRAPHS:
        raise _too_many("graphs in the payload", len(entries), MAX_GRAPHS)
    parsed = [_graph(entry) for entry in entries]
    identifiers = [identifier for identifier, _ in parsed]
    if len(set(identifiers)) < len(identifiers):
        raise SalesforceError(400, "INVALID_INPUT", "Each graphId must be unique")
    nodes = sum(len(requests) for _, requests in parsed)
    if nodes > MAX_NODES:
        raise _too_many("nodes in the payload", nodes, MAX_NODES)
    kinds = {(item.method, _kind(item)) for _, requests in parsed for item in requests}
    if len(kinds) > MAX_KINDS:
        raise _too_many("different nodes in the payload", len(kinds), MAX_KINDS)
    return Answer(body={"graphs": [_run(call, identifier, requests) for identifier, requests in parsed]})


def _too_many(what: str, count: int, limit: int) -> SalesforceError:
    return SalesforceError(400, "LIMIT_EXCEEDED", f"Too many {what}: {count}. The limit is {limit}.")


def _graph(entry: Any) -> tuple[str, list[Subrequest]]:
    if not isinstance(entry, dict) or not isinstance(entry.get("compositeRequest"), list):
        raise ParseError("Cannot deserialize instance of graph: compositeRequest is required")
    if not isinstance(entry.get("graphId"), str):
        raise SalesforceError(400, "INVALID_INPUT", "Missing required field: graphId")
    requests = parse(entry["compositeRequest"])
    for item in requests:
        if "/sobjects/" not in urlsplit(item.url).path:
            message = f"Unsupported resource in a graph: {item.url}. Only sobjects resources are allowed"
            raise SalesforceError(400, "INVALID_INPUT", message)
    depth = _depth(requests)
    if depth > MAX_DEPTH:
        raise _too_many(f"levels in graph {entry['graphId']}", depth, MAX_DEPTH)
    return entry["graphId"], requests


def _depth(requests: Sequence[Subrequest]) -> int:
    levels: dict[str, int] = {}
    for item in requests:
        levels[item.reference_id] = 1 + max((levels[name] for name in item.needs), default=0)
    return max(levels.values(), default=0)


def _kind(request: Subrequest) -> str:
    """Return the object that a node writes."""
    return urlsplit(request.url).path.partition("/sobjects/")[2].partition("/")[0].lower()


def _run(call: Call, identifier: str, requests: Sequence[Subrequest]) -> dict[str, Any]:
    answers = run(call, requests, all_or_none=True)
    return {
        "graphId": identifier,
        "graphResponse": {"compositeResponse": [as_json(item, answers[item.reference_id]) for item in requests]},
        "isSuccessful": not any(failed(answer) for answer in answers.values()),
    }
