"""The org as an ASGI application: OAuth, the REST resources, the CPQ buttons and the sandbox's settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cpqbridge.sandbox.salesforce import (
    admin,
    auth,
    bulk,
    composite,
    custom_fields,
    hindrances,
    limits,
    query,
    sobjects,
    tooling,
)
from cpqbridge.sandbox.salesforce.cpq.routes import routes as cpq_routes
from cpqbridge.sandbox.salesforce.errors import ParseError, SalesforceError, not_found
from cpqbridge.sandbox.salesforce.events import control as event_control
from cpqbridge.sandbox.salesforce.events import resources as event_resources
from cpqbridge.sandbox.salesforce.events.writes import origin
from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.salesforce.rest import (
    NEWEST_VERSION,
    OLDEST_VERSION,
    Answer,
    Api,
    Call,
    Resource,
    split_version,
)
from cpqbridge.sandbox.salesforce.settings import BESIDE
from cpqbridge.sandbox.salesforce.visibility import reshape
from cpqbridge.sandbox.wire import decode, encode

MAX_URL: Final = 16_384
"""Longest request address in bytes."""

_METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_SEASONS: Final = ("Winter", "Spring", "Summer")


def _root(call: Call) -> Answer:
    """Answer `GET /services/data/vXX.0`; jsforce reads `identity` here."""
    names = ("composite", "jobs", "limits", "query", "queryAll", "sobjects", "tooling")
    identity = f"{call.host}/id/{call.org.organization_id}/{call.org.user_id}"
    return Answer(body={name: f"{call.root}/{name}" for name in names} | {"identity": identity})


RESOURCES: Final = (
    Resource("", {"GET": _root}),
    *query.RESOURCES,
    *tooling.RESOURCES,
    *composite.RESOURCES,
    *bulk.RESOURCES,
    *limits.RESOURCES,
    *event_resources.RESOURCES,
    *sobjects.RESOURCES,
)
"""All resources below the version root, most specific first."""


def create_app(org: Org, extra_routes: Iterable[BaseRoute] = ()) -> Starlette:
    """Return the application that serves an org.

    Args:
        org: The org.
        extra_routes: Further routes, such as those of `control`.
    """
    api = Api(org, RESOURCES)

    async def rest(request: Request) -> Response:
        return _respond(api, request, await request.body())

    async def versions(_: Request) -> Response:
        return Response(encode(_versions()), media_type="application/json;charset=UTF-8")

    async def settings(request: Request) -> Response:
        return _settings(org, request.method, await request.body())

    async def missing(_: Request) -> Response:
        return _render(Answer(404, not_found().body()))

    return Starlette(
        routes=[
            *extra_routes,
            *auth.routes(org),
            *cpq_routes(org),
            *admin.routes(org),
            *event_control.routes(org),
            *hindrances.routes(org),
            Route("/_sandbox/settings", settings, methods=["GET", "POST"]),
            Route("/services/data", versions, methods=["GET"]),
            Route("/services/data/", versions, methods=["GET"]),
            Route("/services/data/{rest:path}", rest, methods=_METHODS),
            Route("/{rest:path}", missing, methods=_METHODS),
        ]
    )


def _respond(api: Api, request: Request, body: bytes) -> Response:
    """Answer one REST request: sign-in, count, resource, headers."""
    org = api.org
    raw_path = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    if len(raw_path) + len(request.scope["query_string"]) > MAX_URL:
        return Response("<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>", 414, media_type="text/html")
    try:
        version, path = split_version(raw_path)
        org.sessions.find(auth.bearer(request.headers.get("authorization", "")), org.clock(), org.settings.idle_time)
        _count(org)
    except SalesforceError as error:
        return _render(Answer(error.status, error.body()))
    call = Call(
        api, request.method, version, path, dict(request.query_params),
        {name.lower(): value for name, value in request.headers.items()}, body, auth.instance_url(request),
    )  # fmt: skip
    org.tick()
    with origin(version, call.headers.get("sforce-call-options", "")):
        answer = api.dispatch(call)
    response = _render(answer)
    usage = f"api-usage={org.usage.used(org.clock())}/{org.settings.max_daily_api_requests}"
    response.headers["Sforce-Limit-Info"] = usage
    return response


def _count(org: Org) -> None:
    now = org.clock()
    if org.usage.used(now) >= org.settings.max_daily_api_requests:
        raise SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    org.usage.count(now)


def _render(answer: Answer) -> Response:
    if answer.body is None:
        return Response(status_code=answer.status, headers=dict(answer.headers))
    content = answer.body if isinstance(answer.body, str | bytes) else encode(answer.body)
    return Response(content, answer.status, dict(answer.headers), answer.media_type)


def _versions() -> list[dict[str, str]]:
    """List the versions: three releases a year, v68.0 being Winter '27."""
    listed = []
    for number in range(OLDEST_VERSION, NEWEST_VERSION + 1):
        year, season = divmod(number - 35, 3)
        label = f"{_SEASONS[season]} '{year + 16}"
        listed.append({"label": label, "url": f"/services/data/v{number}.0", "version": f"{number}.0"})
    return listed


def _settings(org: Org, method: str, body: bytes) -> Response:
    try:
        if method == "POST":
            _change_settings(org, _object(body))
    except SalesforceError as error:
        return _render(Answer(error.status, error.body()))
    added = custom_fields.added(org.store.catalogue)
    return _render(Answer(body=org.settings.as_json() | {"customFields": added}))


def _object(body: bytes) -> dict[str, Any]:
    try:
        changes = decode(body or b"{}")
    except ValueError as error:
        raise ParseError(str(error)) from error
    if not isinstance(changes, dict):
        raise ParseError("The body must be a JSON object.")
    return changes


def _change_settings(org: Org, changes: Mapping[str, Any]) -> None:
    """Set switches; `customFields` adds fields and `expireSessions` ends all sessions."""
    added = custom_fields.definitions(changes.get("customFields", []))
    switches = {name: value for name, value in changes.items() if name not in BESIDE}
    event_resources.check_selection(org, switches.get("changeDataEntities"))
    org.settings.apply(switches)
    org.events.select()
    org.store.note("settings", org.settings.as_json())
    for definition in added:
        custom_fields.add_custom_field(org.store, definition)
    if added or switches.keys() & {"multiCurrency", "stateCountryCodes", "hiddenFields"}:
        reshape(org.store, org.settings)
    if changes.get("expireSessions"):
        org.sessions.expire_all()
