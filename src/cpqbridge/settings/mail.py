"""The mail server that takes cpqbridge's alerts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from cpqbridge.settings.secret import Secret
from cpqbridge.settings.section import Form, Section

_PART = r"[^@\s,;:<>()\[\]\"\\\x00-\x1f\x7f]+"
_ADDRESS = rf"{_PART}@{_PART}\.{_PART}"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Recipients = Annotated[
    str, Form(rf"{_ADDRESS}(\s*,\s*{_ADDRESS})*", "an e-mail address, or several with commas between them")
]
"""One e-mail address, or several with commas between them."""


def addresses(recipients: str) -> tuple[str, ...]:
    """Return each address of a list once, in the order given."""
    return tuple(dict.fromkeys(address.strip() for address in recipients.split(",")))


class MailSettings(Section):
    """The mail server for `options.customer_alert_email` and e-mail channels of alerts, and how to sign in there."""

    host: Annotated[str, Form(r"[\w.:-]+", "a host name or address, without a port")] = "localhost"
    """The mail server."""
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    """Its port; mostly 25 for `none`, 587 for `starttls`, 465 for `tls`."""
    security: Literal["none", "starttls", "tls"] = "none"
    """`starttls` begins in clear and must turn to TLS before anything else is said; `tls` is TLS from the start."""
    username: Annotated[str, Field(min_length=1)] | None = None
    """The user to sign in as; without it nobody signs in."""
    password: Secret | None = None
    """The password of that user."""
    sender: Annotated[str, Form(rf"{_PART}@{_PART}", "an e-mail address")] | None = None
    """The address alerts come from; by default cpqbridge at the mail server's name."""
    timeout: Annotated[int, Field(ge=1, le=600)] = 30
    """Seconds that one e-mail may take in all, from connecting to the end."""

    @model_validator(mode="after")
    def _agree(self) -> MailSettings:
        if (self.username is None) != (self.password is None):
            raise PydanticCustomError("together", "needs both `username` and `password`, or neither")
        if self.password is not None and self.security == "none" and self.host not in _LOOPBACK:
            raise PydanticCustomError(
                "password_in_clear", "would send the password in clear: set `security: starttls` or `security: tls`"
            )
        return self

    @property
    def from_address(self) -> str:
        """The address that alerts come from."""
        # an address of a machine, other than a name, cannot stand behind the @ as it is
        named = self.host if any(sign.isalpha() for sign in self.host) and ":" not in self.host else "localhost"
        return self.sender or f"cpqbridge@{named}"
