"""Events of Salesforce: whether they are used, and where they come from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from cpqbridge.settings.section import Form, Section, in_folder

TOPICS = (
    "/data/OrderChangeEvent",
    "/data/OrderItemChangeEvent",
    "/data/SBQQ__Subscription__ChangeEvent",
    "/data/AccountChangeEvent",
    "/data/ContactChangeEvent",
    "/event/CpqBridge_Order__e",
)
"""What is followed where nothing else is said: change events of five objects, as many as an org may select, and the
platform event that cpqbridge's package publishes when an order has been contracted."""

Topic = Annotated[
    str, Form(r"/(data|event)/[A-Za-z]\w*", "a topic such as /data/OrderChangeEvent or /event/Order_Ready__e")
]
Endpoint = Annotated[
    str, Form(r"(\[[0-9A-Fa-f:]+\]|[\w.-]+):\d{1,5}", "a host and a port, such as api.pubsub.salesforce.com:7443")
]


PEM = "-----BEGIN CERTIFICATE-----"


def _file_or_text(value: str, info: ValidationInfo) -> str:
    """Take a relative path from the folder of the configuration file; certificates themselves stay as they are."""
    return value if PEM in value else str(in_folder(Path(value), info))


Certificates = Annotated[str, AfterValidator(_file_or_text)]
"""Certificates in PEM form, or the file that holds them."""


class EventSettings(Section):
    """Events that Salesforce sends within a second or two; they only make the poll look at once."""

    mode: Literal["auto", "off"] = "auto"
    """`auto` follows each topic that the org lets be subscribed to; `off` follows none, and the poll works alone."""
    topics: Annotated[tuple[Topic, ...], Field(strict=False, max_length=20)] = TOPICS
    """Change events (`/data/…ChangeEvent`) and platform events (`/event/…__e`) to follow; a platform event names
    records by their ids, in whichever of its fields."""
    address: Endpoint | None = None
    """Where the Pub/Sub API is, when it is not api.pubsub.salesforce.com:7443. An org on this machine has none unless
    it is named here."""
    ca_certificate: Certificates | None = None
    """The certificates to trust there, for a proxy that opens TLS or the sandbox: a file in PEM form, or its text."""
