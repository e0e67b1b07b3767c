"""Where an org is and how to sign in to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from cpqbridge.settings.salesforce import SalesforceSettings
from cpqbridge.transport.channel import Timeouts

Flow = Literal["client_credentials", "jwt_bearer", "refresh_token", "access_token"]
"""OAuth flow; `access_token` takes a session that exists already and cannot renew it."""


@dataclass(frozen=True, slots=True)
class SalesforceConnection:
    """One org and one way to sign in. Secrets never show in its text form.

    Attributes:
        login_url: My Domain of the org, such as `https://acme.my.salesforce.com`; no slash at the end.
        client_id: Consumer key of the app.
        flow: How to sign in.
        client_secret: For `client_credentials` and `refresh_token`.
        basic: Send the secret in a Basic header instead of the form.
        username: The user to act for, for `jwt_bearer`.
        private_key: PEM, for `jwt_bearer`.
        audience: Audience of the token, when it is not `login_url`, such as `https://test.salesforce.com`.
        refresh_token: For `refresh_token`.
        on_refresh_token: Keeps the new refresh token of an app that rotates them.
        access_token: For `access_token`.
        api_version: Such as `62.0`; never below `58.0`, where child queries below child queries began.
        timeouts: Seconds for each phase of a call.
        concurrency: Calls at once; the org takes 25 long ones, from all its clients.
    """

    login_url: str
    client_id: str = ""
    flow: Flow = "client_credentials"
    client_secret: str = field(default="", repr=False)
    basic: bool = False
    username: str | None = None
    private_key: str = field(default="", repr=False)
    audience: str | None = None
    refresh_token: str = field(default="", repr=False)
    on_refresh_token: Callable[[str], None] | None = field(default=None, repr=False)
    access_token: str = field(default="", repr=False)
    api_version: str = "62.0"
    timeouts: Timeouts = field(default_factory=Timeouts)
    concurrency: int = 16

    @property
    def root(self) -> str:
        """Path of the version root, `/services/data/v62.0`."""
        return f"/services/data/v{self.api_version}"

    @classmethod
    def of(cls, settings: SalesforceSettings) -> SalesforceConnection:
        """Make a connection from the user's settings, reading only the secrets that its flow needs.

        Raises:
            FixConfiguration: CPQ-302, a secret is missing.
        """
        flow = settings.flow
        needs = {
            "client_credentials": {"client_secret"},
            "jwt_bearer": {"private_key"},
            "refresh_token": {"refresh_token", "client_secret"},
        }[flow]
        secrets = {name: getattr(settings, name).reveal(f"salesforce.{name}") for name in sorted(needs)}
        return cls(
            login_url=settings.login_url,
            client_id=settings.client_id,
            flow=flow,
            username=settings.username,
            audience=settings.audience,
            api_version=settings.api_version,
            **secrets,
        )
