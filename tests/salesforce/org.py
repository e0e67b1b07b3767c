"""An org played by a handler: signs in, then answers as told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import httpx

from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.connection import SalesforceConnection
from tests.transport.stage import Answer, Stage, playing, reply

T = TypeVar("T")

LOGIN = "https://acme.my.salesforce.com"
CONNECTION = SalesforceConnection(LOGIN, client_id="key", client_secret="s3cret", api_version="62.0")
ROOT = "/services/data/v62.0"


def signed_in(_: httpx.Request) -> Answer:
    return reply({"access_token": "00Dx!token", "instance_url": LOGIN, "token_type": "Bearer"})


def play(
    answers: Iterable[Answer], work: Callable[[SalesforceClient], Awaitable[T]], connection: Any = CONNECTION
) -> tuple[T, Stage]:
    """Do some work with a client whose calls get these answers."""
    stage = Stage(playing(answers, token=signed_in))

    async def story() -> T:
        async with SalesforceClient(connection, stage.wiring()) as client:
            return await work(client)

    return asyncio.run(story()), stage


def errors(code: str, message: str = "what was wrong", **more: Any) -> list[dict[str, Any]]:
    return [{"errorCode": code, "message": message, **more}]


def page(*records: dict[str, Any], more: str | None = None) -> dict[str, Any]:
    """A page of a query; `more` is the locator of the next one."""
    shown: dict[str, Any] = {"totalSize": len(records), "done": more is None, "records": list(records)}
    return shown if more is None else {**shown, "nextRecordsUrl": f"{ROOT}/query/{more}"}


def record(sobject: str, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": sobject, "url": f"{ROOT}/sobjects/{sobject}/x"}, **fields}


def composite(*bodies: Any, status: int = 200, names: Iterable[str] | None = None) -> dict[str, Any]:
    named = list(names) if names else [f"q{number}" for number in range(len(bodies))]
    return {
        "compositeResponse": [
            {"body": body, "httpHeaders": {}, "httpStatusCode": status, "referenceId": name}
            for name, body in zip(named, bodies, strict=True)
        ]
    }


def sent(request: httpx.Request) -> Any:
    return json.loads(request.content)


def described(name: str, fields: dict[str, Any], children: dict[str, str] | None = None) -> dict[str, Any]:
    """A describe; a field is a type, or `(relationship name, objects…)` for a reference."""
    return {
        "name": name,
        "queryable": True,
        "fields": [
            {"name": field, "type": "reference", "relationshipName": kind[0], "referenceTo": list(kind[1:])}
            if isinstance(kind, tuple)
            else {"name": field, "type": kind, "length": 80, "nillable": True}
            for field, kind in fields.items()
        ],
        "childRelationships": [
            {"relationshipName": relationship, "childSObject": child, "field": f"{name}Id"}
            for relationship, child in (children or {}).items()
        ],
    }
