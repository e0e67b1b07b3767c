"""Zuora's five envelopes: what an answer says, whichever family of the API gave it.

| family | success | failure |
| --- | --- | --- |
| `/v1/*` | `success: true` and fields | mostly HTTP 200 with `success: false` and `reasons[{code, message}]` |
| `/v1/object/*` | `Success: true`, `Id`; bare objects | `Success: false`, `Errors[{Code, Message}]` |
| `/v1/action/*` | an array of the same | an array; queries: `FaultCode`, `FaultMessage` |
| `/object-query/*` and others | bare data | `{code, message}` |
| gateway | | `{message}`, or HTML |

They are told apart by their shape, so that an answer in an unexpected one is still understood.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cpqbridge.errors import CallForHelp
from cpqbridge.transport.exchange import Reply, Request
from cpqbridge.zuora.refusals import Fault, refusal

XML = frozenset({"text/xml", "application/xml"})
"""Media types of the answers of describe."""


def read(request: Request, reply: Reply) -> dict[str, Any]:
    """Return the document of an answer; an array comes as `{"results": […]}`, none as `{}`, XML as `{"xml": …}`.

    Raises:
        Unauthorized: The session is not taken.
        CpqBridgeError: The refusal.
    """
    document = reply.document
    good = 200 <= reply.status < 300
    if not good or is_refused(document):
        raise refusal(request, reply, list(faults(document)))
    if isinstance(document, list):
        return {"results": document}
    if isinstance(document, dict):
        return document
    if reply.status == 204 or (document is None and reply.is_json):
        return {}
    if reply.headers.get("content-type", "").partition(";")[0].strip().lower() in XML:
        return {"xml": reply.content}
    message = f"Zuora answered {request.method} {request.path} with something that is no JSON object"
    raise CallForHelp("CPQ-901", message, detail=reply.detail)


def is_refused(document: Any) -> bool:
    """Say whether a document that came with a good status is a failure all the same."""
    if isinstance(document, list):
        return any(isinstance(item, dict) and is_refused(item) for item in document)
    if not isinstance(document, dict):
        return False
    return document.get("success") is False or document.get("Success") is False or "FaultCode" in document


def faults(document: Any) -> Iterator[Fault]:
    """Give the reasons in a failure, in any of the envelopes."""
    if isinstance(document, list):
        for item in document:
            yield from faults(item)
        return
    if not isinstance(document, Mapping):
        return
    listed = document.get("reasons") or document.get("Errors") or document.get("errors")
    if isinstance(listed, list):
        for reason in listed:
            yield _fault(reason) if isinstance(reason, Mapping) else Fault("", str(reason))
    elif any(name in document for name in ("FaultCode", "code", "message", "Message")):
        yield _fault(document)


def _fault(reason: Mapping[str, Any]) -> Fault:
    code = _first(reason, "code", "Code", "FaultCode")
    message = _first(reason, "message", "Message", "FaultMessage")
    return Fault(str(code) if code is not None else "", str(message or "no reason given"))


def _first(reason: Mapping[str, Any], *names: str) -> Any:
    return next((reason[name] for name in names if reason.get(name) is not None), None)
