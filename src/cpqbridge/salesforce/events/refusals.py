"""How the Pub/Sub API refuses: gRPC statuses, and Salesforce's own codes in the trailing metadata.

Source: Pub/Sub API guide, "Handle Errors". The text of an answer names no secrets; the metadata of the request would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import grpc

from cpqbridge.errors import CallForHelp, CpqBridgeError, FixConfiguration, RetryLater
from cpqbridge.transport.session import Unauthorized

Refusal = Callable[[str, dict[str, str]], CpqBridgeError | Unauthorized]
"""Makes the error of what was said, and its details."""

BUSY_SECONDS = 300.0
"""Seconds to wait when a limit of events or clients is reached: it is counted over a day."""

_REACH = "Let this machine reach the Pub/Sub API (port 7443), or turn events off with `auto_sync.events.mode: off`."
_TRUST = (
    "Name the certificate to trust in `auto_sync.events.ca_certificate`, or mend the address in "
    "`auto_sync.events.address`; until then the poll works alone."
)
TOPIC_REMEDY = (
    "Select the object in Setup under Change Data Capture, and give the integration user read access to it; or take "
    "the topic out of `auto_sync.events.topics`."
)


def _later(code: str, retry_after: float | None = None, remedy: str | None = None) -> Refusal:
    return lambda said, detail: RetryLater(
        code, f"Salesforce's events: {said}", detail=detail, retry_after=retry_after, remedy=remedy
    )


def _topic(said: str, detail: dict[str, str]) -> CpqBridgeError | Unauthorized:
    return FixConfiguration("CPQ-303", f"Salesforce's events: {said}", remedy=TOPIC_REMEDY, detail=detail)


def _certificate(said: str, detail: dict[str, str]) -> CpqBridgeError | Unauthorized:
    message = f"Salesforce's events: the certificate of the address is not trusted ({said})"
    field = "auto_sync.events.ca_certificate"
    return FixConfiguration("CPQ-301", message, field=field, remedy=_TRUST, detail=detail)


def _session(said: str, _detail: dict[str, str]) -> CpqBridgeError | Unauthorized:
    return Unauthorized(said)


def _unforeseen(said: str, detail: dict[str, str]) -> CpqBridgeError | Unauthorized:
    return CallForHelp("CPQ-901", f"Salesforce's events: {said}", detail=detail)


_BY_CODE: tuple[tuple[str, Refusal], ...] = (
    (".service.auth.", _session),
    (".replayid.", _later("CPQ-112")),
    ("limit.exceeded", _later("CPQ-103", BUSY_SECONDS, "Nothing: the poll works alone until the limit has room.")),
    (".topic.", _topic),
)
"""By a part of Salesforce's own code, such as `sfdc.platform.eventbus.grpc.subscription.fetch.replayid.corrupted`."""

_BY_TEXT: tuple[tuple[str, Refusal], ...] = (
    ("CERTIFICATE_VERIFY_FAILED", _certificate),
    ("WRONG_VERSION_NUMBER", _certificate),
    ("Hostname Verification Check failed", _certificate),
)
"""By what gRPC says of a handshake."""

_BY_STATUS: Mapping[grpc.StatusCode, Refusal] = {
    grpc.StatusCode.UNAUTHENTICATED: _session,
    grpc.StatusCode.PERMISSION_DENIED: _topic,
    grpc.StatusCode.NOT_FOUND: _topic,
    grpc.StatusCode.UNIMPLEMENTED: _unforeseen,
    grpc.StatusCode.INVALID_ARGUMENT: _unforeseen,
    grpc.StatusCode.FAILED_PRECONDITION: _unforeseen,
    grpc.StatusCode.RESOURCE_EXHAUSTED: _later("CPQ-103", BUSY_SECONDS),
    grpc.StatusCode.UNAVAILABLE: _later("CPQ-101", remedy=_REACH),
    grpc.StatusCode.DEADLINE_EXCEEDED: _later("CPQ-102", remedy=_REACH),
}


def refusal(error: grpc.aio.AioRpcError, address: str) -> CpqBridgeError | Unauthorized:
    """Return what a failed call means; `Unauthorized` asks for a new session.

    Args:
        error: What gRPC raised.
        address: Where the call went.
    """
    trailing = {str(key): str(value) for key, value in error.trailing_metadata() or ()}
    own = trailing.get("error-code", "")
    status, said = error.code(), _words(error.details())
    detail = {"address": address, "status": status.name}
    detail |= {name: trailing[key] for name, key in (("code", "error-code"), ("rpc_id", "rpc-id")) if key in trailing}
    makers = [
        *(maker for part, maker in _BY_CODE if part in own),
        *(maker for part, maker in _BY_TEXT if part in said),
        _BY_STATUS.get(status, _later("CPQ-104")),
    ]
    return makers[0](f"{status.name}: {said}", detail)


def _words(details: str | None) -> str:
    """Return one line of at most 300 characters."""
    return " ".join((details or "no description").split())[:300]
