"""The channels of a connection: which there are, what each is told, and sending a notice by one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from cpqbridge.alerts import forms
from cpqbridge.alerts.mail import send
from cpqbridge.alerts.notice import Notice
from cpqbridge.alerts.post import post
from cpqbridge.errors import FixConfiguration
from cpqbridge.settings.alerts import Channel
from cpqbridge.settings.mail import addresses
from cpqbridge.settings.secret import Secret
from cpqbridge.settings.settings import Settings

OPTION = "customer_alert_email"
"""What the channel of the option of that name is called; it is told of failed and held records."""

_encoder = msgspec.json.Encoder(decimal_format="number")


def channels(settings: Settings) -> dict[str, Channel]:
    """Return the channels of one connection, by name.

    Args:
        settings: The connection's.
    """
    own = settings.alerts.channels.items()
    chosen = {name: one for name, one in own if not one.connections or settings.name in one.connections}
    recipients = settings.options.customer_alert_email
    return chosen | ({OPTION: Channel(kind="email", to=recipients, kinds=("records",))} if recipients else {})


def by_name(settings: Settings, name: str) -> Channel:
    """Return a channel of a connection.

    Raises:
        FixConfiguration: CPQ-301, there is none of that name.
    """
    found = channels(settings)
    if name not in found:
        known = f"there are: {', '.join(found)}" if found else "there is none"
        raise FixConfiguration("CPQ-301", f"There is no channel {name!r} for alerts; {known}", field="alerts.channels")
    return found[name]


async def deliver(settings: Settings, name: str, notice: Notice) -> Mapping[str, str]:
    """Send a notice by a channel.

    Args:
        settings: The connection's, with the mail server.
        name: The channel.
        notice: What to say.

    Returns:
        Recipients of an e-mail that were refused, with the server's answers; the others have it.

    Raises:
        FixConfiguration: CPQ-301 or CPQ-302, the channel's settings are wrong or a secret is missing.
        RetryLater: CPQ-108 or CPQ-113, it was not delivered; `unknown_result` where it may have been all the same.
    """
    channel = by_name(settings, name)
    if channel.kind == "email":
        return await send(settings.mail, addresses(channel.to or ""), forms.email(notice), message_id=notice.id)
    url = await revealed(channel.url, field_of(name, "url"))
    content = forms.slack(notice) if channel.kind == "slack" else forms.document(notice)
    body = _encoder.encode(content)
    headers = {"Cpqbridge-Id": notice.id}
    if channel.kind == "webhook":
        stamp = str(int(datetime.now(UTC).timestamp()))
        signed = forms.signature(await revealed(channel.key, field_of(name, "key")), stamp, body)
        headers |= {"Cpqbridge-Timestamp": stamp, "Cpqbridge-Signature": signed}
    await post(url, body, headers, field_of(name, "url"), allow_private=channel.allow_private)
    return {}


async def revealed(kept: Secret | None, field: str) -> str:
    """Return a secret of a channel, read at the moment of use: a command may take its time.

    Raises:
        FixConfiguration: CPQ-302, it is missing.
    """
    if kept is None:
        raise FixConfiguration("CPQ-302", f"`{field}` is missing", field=field)
    return await asyncio.to_thread(kept.reveal, field)


def field_of(name: str, key: str) -> str:
    """Return what a setting of a channel is called."""
    return f"alerts.channels.{name}.{key}"
