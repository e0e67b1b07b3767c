"""The heart of composite and graph: subrequests in order of their references, with all-or-nothing on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from cpqbridge.sandbox.salesforce.composite.references import names_in, resolve
from cpqbridge.sandbox.salesforce.errors import ParseError, SalesforceError
from cpqbridge.sandbox.salesforce.rest import Answer, Call, split_url

_METHODS: Final = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})
_HALTED: Final = "The transaction was rolled back since another operation in the same transaction failed."


@dataclass(frozen=True)
class Subrequest:
    """One entry of a composite request."""

    method: str
    url: str
    reference_id: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def needs(self) -> set[str]:
        """Reference ids that this one names."""
        return names_in(self.url) | names_in(self.body) | names_in(dict(self.headers))


class RolledBack(Exception):
    """Leaves a transaction; `answers` are those to give."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        super().__init__("rolled back")
        self.answers = answers


def parse(entries: Sequence[Any]) -> list[Subrequest]:
    """Read the entries of a composite or graph body.

    Raises:
        SalesforceError: an entry lacks a member, or a reference id comes twice.
    """
    parsed: list[Subrequest] = []
    for entry in entries:
        if not isinstance(entry, dict):
            raise ParseError("Cannot deserialize instance of subrequest")
        for name in ("method", "url", "referenceId"):
            if not isinstance(entry.get(name), str):
                raise SalesforceError(400, "INVALID_INPUT", f"Missing required field: {name}")
        if entry["method"].upper() not in _METHODS:
            raise SalesforceError(400, "INVALID_INPUT", f"Invalid method: {entry['method']}")
        split_url(entry["url"])
        if not isinstance(entry.get("httpHeaders") or {}, dict):
            raise ParseError("Cannot deserialize instance of subrequest: httpHeaders must be an object")
        headers = {str(k): str(v) for k, v in (entry.get("httpHeaders") or {}).items()}
        parsed.append(
            Subrequest(entry["method"].upper(), entry["url"], entry["referenceId"], entry.get("body"), headers)
        )
    seen: set[str] = set()
    for item in parsed:
        if item.reference_id in seen:
            message = f"Duplicate referenceId provided: {item.reference_id}. Provide a unique referenceId"
            raise SalesforceError(400, "INVALID_INPUT", message)
        unknown = item.needs - seen
        if unknown:
            message = f"Invalid reference specified. No such reference: {', '.join(sorted(unknown))}"
            raise SalesforceError(400, "INVALID_INPUT", message)
        seen.add(item.reference_id)
    return parsed


def run(call: Call, requests: Sequence[Subrequest], *, all_or_none: bool) -> dict[str, Answer]:
    """Answer the subrequests by reference id.

    Args:
        call: The outer call.
        requests: In order; references look back only.
        all_or_none: Undo everything when one fails; the others then answer `PROCESSING_HALTED`.
    """
    if not all_or_none:
        return _run(call, requests, stop=False)
    try:
        with call.org.store.transaction():
            answers = _run(call, requests, stop=True)
            if any(failed(answer) for answer in answers.values()):
                raise RolledBack(answers)
    except RolledBack as undone:
        return {request.reference_id: _own_or_halted(undone.answers.get(request.reference_id)) for request in requests}
    return answers


def failed(answer: Answer) -> bool:
    """Say whether a subrequest failed; a collection that was rolled back counts too."""
    if answer.status >= 300:
        return True
    rows = answer.body if isinstance(answer.body, list) else []
    return any(isinstance(row, dict) and row.get("success") is False for row in rows)


def as_json(request: Subrequest, answer: Answer) -> dict[str, Any]:
    """Return the entry of a subrequest in the answer."""
    return {
        "body": answer.body,
        "httpHeaders": dict(answer.headers),
        "httpStatusCode": answer.status,
        "referenceId": request.reference_id,
    }


def _run(call: Call, requests: Sequence[Subrequest], *, stop: bool) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    broken: set[str] = set()
    for request in requests:
        if request.needs & broken:
            answer = halted("The request was halted because a request it depends on failed.")
        else:
            answer = _answer(call, request, {name: given.body for name, given in answers.items()}, strict=stop)
        answers[request.reference_id] = answer
        # A collection with a refused record has still answered: those that depend on its other records go on.
        if answer.status >= 300:
            broken.add(request.reference_id)
        if stop and failed(answer):
            break
    return answers


def _answer(call: Call, request: Subrequest, bodies: Mapping[str, Any], *, strict: bool) -> Answer:
    try:
        url, body = resolve(request.url, bodies), resolve(request.body, bodies)
        inner = call.inner(request.method, url, body, request.headers)
        # The outer allOrNone beats that of a collection inside, which has it in the body or, to delete, in the address.
        if strict and inner.path.startswith("composite/sobjects"):
            body = body | {"allOrNone": True} if isinstance(body, dict) else body
            inner = replace(inner, body=body, params={**inner.params, "allOrNone": "true"})
        if inner.path.startswith(("composite/graph", "composite/batch", "composite/tree")) or inner.path == "composite":
            raise SalesforceError(400, "INVALID_INPUT", f"The resource {request.url} can't be used in a subrequest")
    except SalesforceError as error:
        return Answer(error.status, error.body())
    return call.api.dispatch(inner)


def halted(message: str = _HALTED) -> Answer:
    """Return the answer of a subrequest that was not done or was undone."""
    return Answer(400, [{"errorCode": "PROCESSING_HALTED", "message": message}])


def _own_or_halted(answer: Answer | None) -> Answer:
    return answer if answer is not None and failed(answer) else halted()
