"""The REST resources as a table: a call, an answer, and the way from a path to its handler.

Calls come from HTTP and, with the same meaning, from inside a composite, batch or graph body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from cpqbridge.sandbox.salesforce.errors import ParseError, SalesforceError, not_found, wrong_method
from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.salesforce.soql import SoqlError
from cpqbridge.sandbox.wire import decode

OLDEST_VERSION = 31
NEWEST_VERSION = 68
_RETIRED = range(7, OLDEST_VERSION)
_ROOT = re.compile(r"/services/data/v(\d+)\.0(?:/(.*))?$")


@dataclass(frozen=True)
class Answer:
    """Status, JSON body (None for none; text for CSV) and extra headers of a resource."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json;charset=UTF-8"


@dataclass(frozen=True)
class Call:
    """One call of a resource.

    Attributes:
        api: The table of resources and the org.
        method: `GET`, `POST` …
        version: Number such as `67.0`.
        path: Below the version root, no slash at either end, still percent-encoded.
        params: Query parameters.
        headers: Names in lower case.
        body: Bytes from HTTP, or parsed JSON from inside a composite body.
        host: Scheme and host under which the caller reached the org.
    """

    api: Api
    method: str
    version: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = b""
    host: str = ""

    @property
    def org(self) -> Org:
        """The org that is called."""
        return self.api.org

    @property
    def root(self) -> str:
        """Path of the version root, `/services/data/v67.0`."""
        return f"/services/data/v{self.version}"

    def json(self) -> Any:
        """Return the body as parsed JSON.

        Raises:
            ParseError: it is no JSON.
        """
        if not isinstance(self.body, bytes):
            return self.body
        content_type = self.headers.get("content-type", "application/json")
        if "json" not in content_type:
            message = f"Content-Type header specified in HTTP request is not supported: {content_type}"
            raise SalesforceError(415, "UNSUPPORTED_MEDIA_TYPE", message)
        try:
            return decode(self.body)
        except ValueError as error:
            raise ParseError(f"Unexpected character or end of input: {error} at [line:1, column:1]") from error

    def json_object(self) -> dict[str, Any]:
        """Return the body as a JSON object.

        Raises:
            ParseError: it is none.
        """
        value = self.json()
        if not isinstance(value, dict):
            raise ParseError("The HTTP entity body is required, but this request has no entity body.")
        return value

    def json_part(self, name: str, kind: type = list) -> Any:
        """Return a member of the body that must be a list (or another `kind`).

        Raises:
            ParseError: it is absent or of another kind.
        """
        value = self.json_object().get(name)
        if not isinstance(value, kind):
            raise ParseError(f"Cannot deserialize request: '{name}' is missing or has the wrong type")
        return value

    def flag(self, name: str) -> bool:
        """Return a true/false query parameter, false when absent."""
        return self.params.get(name, "false").lower() == "true"

    def inner(self, method: str, url: str, body: Any, headers: Mapping[str, str] | None = None) -> Call:
        """Return the call that a subrequest of this one stands for.

        Raises:
            SalesforceError: the URL is none of this API.
        """
        parts = split_url(url)
        version, path = split_version(parts.path if parts.path.startswith("/") else f"/services/data/{parts.path}")
        lowered = {"content-type": "application/json"} | {k.lower(): v for k, v in (headers or {}).items()}
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        return replace(
            self, method=method.upper(), version=version, path=path, params=params, headers=lowered, body=body
        )


Handler = Callable[..., Answer]


@dataclass(frozen=True)
class Resource:
    """A path pattern below the version root (`sobjects/{sobject}`) and its handlers by method."""

    pattern: str
    handlers: Mapping[str, Handler]

    def __post_init__(self) -> None:
        named = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.pattern)
        object.__setattr__(self, "_regex", re.compile(named + r"\Z"))

    def match(self, path: str) -> dict[str, str] | None:
        """Return the decoded path values, or None when the path is another one's."""
        regex: re.Pattern[str] = self.__dict__["_regex"]
        found = regex.match(path)
        return {name: unquote(value) for name, value in found.groupdict().items()} if found else None


@dataclass(frozen=True)
class Api:
    """All resources of an org."""

    org: Org
    resources: tuple[Resource, ...]

    def dispatch(self, call: Call) -> Answer:
        """Answer a call; a refusal becomes an answer too."""
        try:
            return self.handle(call)
        except SalesforceError as error:
            return Answer(error.status, error.body())
        except SoqlError as error:
            return Answer(400, [{"message": error.message, "errorCode": error.error_code}])

    def handle(self, call: Call) -> Answer:
        """Answer a call.

        Raises:
            SalesforceError: the refusal.
        """
        method = call.method
        if method == "POST" and "_HttpMethod" in call.params:
            method = call.params["_HttpMethod"].upper()
        for resource in self.resources:
            values = resource.match(call.path)
            if values is None:
                continue
            handler = resource.handlers.get("GET" if method == "HEAD" else method)
            if handler is None:
                raise wrong_method(method, [*resource.handlers, *(["HEAD"] if "GET" in resource.handlers else [])])
            return handler(call, **values)
        raise not_found()


def split_url(url: str) -> SplitResult:
    """Split the address of a subrequest.

    Raises:
        SalesforceError: 400 for what is no address.
    """
    try:
        return urlsplit(url)
    except ValueError as error:
        raise SalesforceError(400, "INVALID_INPUT", f"Invalid url: {url}") from error


def split_version(path: str) -> tuple[str, str]:
    """Split `/services/data/v67.0/query/` into `67.0` and `query`.

    Raises:
        SalesforceError: 410 for a retired version, 404 for an unknown one.
    """
    found = _ROOT.match(path)
    if not found:
        raise not_found()
    number = int(found[1])
    if number in _RETIRED:
        message = f"API version v{number}.0 is retired. Use a supported version."
        raise SalesforceError(410, "UNSUPPORTED_API_VERSION", message)
    if not OLDEST_VERSION <= number <= NEWEST_VERSION:
        raise not_found()
    return f"{number}.0", (found[2] or "").strip("/")
