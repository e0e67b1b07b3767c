"""The connection to Salesforce."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from cpqbridge.settings.secret import Secret
from cpqbridge.settings.section import Address, Form, Section


def _as_text(value: object) -> object:
    """Take `62.0` without quotes for what it means: YAML reads it as a number."""
    return value if isinstance(value, (str, bool)) or value is None else str(value)


Version = Annotated[str, BeforeValidator(_as_text), Form(r"[1-9]\d\.0", "a version such as 62.0")]
Flow = Literal["client_credentials", "jwt_bearer", "refresh_token"]


class SalesforceSettings(Section):
    """Where the org is and how to sign in."""

    login_url: Address
    """The org's own address, such as https://example.my.salesforce.com."""
    flow: Flow = "client_credentials"
    """How to sign in."""
    client_id: Annotated[str, Field(min_length=1)]
    """The consumer key of the connected app."""
    client_secret: Secret = Secret(env="CPQBRIDGE_SALESFORCE_CLIENT_SECRET")
    """The consumer secret (flows `client_credentials` and, when the app asks for it, `refresh_token`)."""
    username: str | None = None
    """The integration user (flow `jwt_bearer`)."""
    private_key: Secret = Secret(env="CPQBRIDGE_SALESFORCE_PRIVATE_KEY")
    """The private key in PEM form (flow `jwt_bearer`)."""
    refresh_token: Secret = Secret(env="CPQBRIDGE_SALESFORCE_REFRESH_TOKEN")
    """The refresh token (flow `refresh_token`)."""
    audience: Address | None = None
    """The audience of the JSON Web Token, when it is not `login_url`, such as https://test.salesforce.com."""
    api_version: Version = "62.0"
    """The version of the Salesforce API."""

    @model_validator(mode="after")
    def _complete(self) -> SalesforceSettings:
        if self.flow == "jwt_bearer" and not self.username:
            raise PydanticCustomError("incomplete", "needs `username` with the flow jwt_bearer")
        return self
