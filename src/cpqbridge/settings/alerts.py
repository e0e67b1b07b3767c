"""Who is told of trouble, by what, and when."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from cpqbridge.settings.mail import Recipients
from cpqbridge.settings.secret import Secret
from cpqbridge.settings.section import Form, Section

AlertKind: TypeAlias = Literal[
    "records",
    "failure_share",
    "queue_age",
    "not_read",
    "upstream_down",
    "budget_low",
    "write_back",
    "events_lost",
]
"""What is told of: `docs/alerts.md` says when."""

KINDS: tuple[AlertKind, ...] = get_args(AlertKind)

ChannelName = Annotated[str, Form(r"[a-z][a-z0-9_-]{0,39}", "a name of small letters, digits, - and _, such as ops")]

_NEEDS: dict[str, frozenset[str]] = {
    "email": frozenset({"to"}),
    "slack": frozenset({"url"}),
    "webhook": frozenset({"url", "key"}),
}
"""What each kind of channel needs; what only others need, it may not have."""

_OWN = frozenset[str]().union(*_NEEDS.values())


class Channel(Section):
    """One way by which people, or a program, are told."""

    kind: Literal["email", "slack", "webhook"]
    """`email` goes through the server under `mail`; `slack` is an incoming webhook of Slack or of what understands the
    same, such as Mattermost; `webhook` is a signed JSON document."""
    to: Recipients | None = None
    """Who gets the e-mail: one address, or several with commas between them."""
    url: Secret | None = None
    """Where it is sent to, for `slack` and `webhook`: an address with https, or with http on this machine. Whoever
    knows it can write there, so it is kept like a secret."""
    key: Secret | None = None
    """What a `webhook` is signed with, so that its receiver knows that it comes from here."""
    kinds: Annotated[tuple[AlertKind, ...], Field(strict=False)] = ()
    """What is told of by this channel; none for all."""
    connections: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Only these connections; none for all."""
    allow_private: bool = False
    """Allow an address inside a private network."""

    def tells(self, kind: str) -> bool:
        """Return whether this channel is for such an incident."""
        return not self.kinds or kind in self.kinds

    def strangers(self, known: Collection[str]) -> Iterator[tuple[int, str]]:
        """Yield the connections of the channel that are none of the known ones, each with its place in the list."""
        return ((place, name) for place, name in enumerate(self.connections) if name not in known)

    @model_validator(mode="after")
    def _complete(self) -> Channel:
        needed, given = _NEEDS[self.kind], {name for name in _OWN if getattr(self, name) is not None}
        if missing := sorted(needed - given):
            raise PydanticCustomError(
                "needed", "needs `{name}`: it is of the kind {kind}", {"name": missing[0], "kind": self.kind}
            )
        if needless := sorted(given - needed):
            raise PydanticCustomError(
                "needless", "must not have `{name}`: it is of the kind {kind}", {"name": needless[0], "kind": self.kind}
            )
        return self


class AlertSettings(Section):
    """Who is told of what while the service runs, beside the option `customer_alert_email`."""

    channels: dict[ChannelName, Channel] = Field(default_factory=dict)
    """The ways by which people are told, each under a name of your own."""
    every_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    """Minutes from one message about failed and held records to the next at least."""
    gather_seconds: Annotated[int, Field(ge=0, le=3600)] = 60
    """Seconds for which failed and held records are gathered before the first message about them."""
    remind_hours: Annotated[int, Field(ge=1, le=720)] = 24
    """Hours after which people are told again of what still goes on."""
    failure_share: Annotated[float, Field(strict=False, gt=0, le=1, allow_inf_nan=False)] = 0.2
    """The part of the last hour's records that must have failed or be held to be told of as a whole."""
    failure_least: Annotated[int, Field(ge=1, le=1000)] = 10
    """Fewer records of the last hour say nothing about their share."""
    queue_age_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    """Minutes that a changed record may wait for its turn."""
    not_read_minutes: Annotated[int, Field(ge=2, le=1440)] = 15
    """Minutes for which Salesforce may not have been read for changes."""
    down_seconds: Annotated[int, Field(ge=0, le=86_400)] = 60
    """Seconds for which a system must be down to be told of."""
    budget_share: Annotated[float, Field(strict=False, gt=0, lt=1, allow_inf_nan=False)] = 0.8
    """The part of the daily budget of Salesforce calls from which on it is told of."""
    events_minutes: Annotated[int, Field(ge=10, le=1440)] = 15
    """Minutes for which nothing may be heard of a stream of events, not even its sign of life."""
