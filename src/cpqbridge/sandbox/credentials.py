"""How to sign in to the sandbox: fixed, public values that open nothing but a server on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives import serialization

from cpqbridge.sandbox.salesforce.events.authority import CA_CERTIFICATE

_PRIVATE_KEY = """\
-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDImxHufkW1PtAn
OpCvyLOe6d96/haitJgjgBiLSpV5f5IoCD+Be+vUsUlGrkFxjUEx299tefhb0/jL
lDMwRzw0wEfNoWKQX4xGziKyHq/UsRNnF/1H/gWHUF52TBkEdfW/6dHHe3wz2438
XUk6TjnSARJBOH1efEbrfZBIw9sNPshp4n8iMFZRz80mql6pblLTXQ5KWJr3EtvQ
tFUqEp8nNk58RzHXwmlifiuuSBhHsJ7shQrBrxMHtfhzuklApW/Sgu9OVwNk2dpQ
RZrJmjH5clxM2La0qVLhBuR6Yej/BiCtaYmjIV5j6HGCLpE4kcRAHv/KqIq4xGNI
h2UDqCzBAgMBAAECggEAKhtCfEjM4Oo6TsGgNQVvjl+QpQRIRAacGHd+r14MWeBJ
EVYJ3mfgbFh6BPf2jJsVoB2CnDwJwVyQ0EpfJDcPkBL7/1FsmtkzXHlQFwsR5Rb1
96G1bDMJfgmEilgWuDT6TDoL6k8lFs1y1BHQmQhqYoYPCtmMlxSG3k8QxfU2OWUg
c9sSBQxVvqTJYnN1DcrljlCqWfmqtzQsg6Rz58k7VQ9zLwJfMrvHWs9O0snbs5Vv
LjnZApVYPG2UnDcXO/T4qgj0cnyAvWbQz763e78Jk7i2kzAaH1E2vYpF2rU4xevT
1tlCJnwIg4NZk1oyu23NxGuLVsxXgsdyogRiZFGbsQKBgQD970hJOpqUQybpEwwS
4j1V6Dgd/4chavICSJJjKrjKhIjSPduRzgFJ0xVmsWg4upsUe0bbwMwEk96TdijY
7yjTSNeEHc6LAUi26T1A2qXJf5KPfD+X5aduz1N57Wg32E1FBA4N/tYnVV95+zBN
H9Mg7rN3TCG8EkQp+F4Kj0y0awKBgQDKPMBdDth6nRdcFqecOYhRiNeCJV/duk1L
uf1UQQ97MKhrOcay7OP/NHfZt7TzBxIQqhibAhvNSMf3Tn1/vsLfGxiAfWmEfLxr
3A+8OR/uV7zrVlFC2TfSYCRadA4ZKQTBHGvqaeRbd2yCricrWirtHxL0KmpA7rov
weytSx4OgwKBgGac8fX9g4eUFz4qHz/mQmjbnQmqP33mjIMVtmnyUpgrtGpY6shh
ma2uacCEwhvidFZzdm/I2eijpFascdcv1ayDi+tsbBFJ5Itddw4lDMd/EMeAquYD
vIQPrajgobOnaZoRCGjpaLqeSiWttpgD2zo8mzMDBcLNEtRu8/mKbLGfAoGAcY2W
/Slex8n42c4mooNzVUSerQbLQzZePEzcPzigtqzlg/9W4BQ/GIafXPHXejXYIN9B
HZgbgDKDhQrfUKENzjPqmArS+n8HVRClDSyOD0fYXdODoSNSQp+VCezsFZiAgOWy
elamz+zIUr/yYlcojyfJfqtqKbdhd3tNpyfsYn0CgYEAheE27Klcps2rX9/urZJ+
vWIrk9h5pVWVxq2rZeJ+6A40CcQdF1dwnph2lUt3ei1TgHyn1XTcHB+33klF81/m
3MJMRZ96a7caZW5SMxZ4HMd3rWoJiJ/G9BamKGCKAABH0H81WC5yVF28XahfKJa3
2CS4RY4sXfEeeXpZxpuYVrc=
-----END PRIVATE KEY-----
"""


@dataclass(frozen=True)
class SalesforceCredentials:
    """What the org accepts: every sign-in flow, and one session that exists from the start."""

    client_id: str
    client_secret: str
    username: str
    password: str
    access_token: str
    refresh_token: str
    jwt_private_key: str

    @cached_property
    def jwt_public_key(self) -> str:
        """The public half of the JWT bearer flow's key, PEM."""
        private = serialization.load_pem_private_key(self.jwt_private_key.encode(), password=None)
        public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return public.decode()


@dataclass(frozen=True)
class ZuoraCredentials:
    """The tenant's one OAuth client."""

    client_id: str
    client_secret: str


SALESFORCE = SalesforceCredentials(
    client_id="3MVG9sandbox.cpqbridge.connected.app.consumer.key",
    client_secret="5A0D0000SANDBOX0CONSUMER0SECRET0CPQBRIDGE",  # noqa: S106 - a public value of the sandbox
    username="integration@cpqbridge.example",
    password="sandbox-password",  # noqa: S106 - a public value of the sandbox
    access_token="00D5e000001N20Q!AQEAQsandboxSessionIdThatNeverExpires",  # noqa: S106 - a public value of the sandbox
    refresh_token="5Aep861sandboxRefreshToken",  # noqa: S106 - a public value of the sandbox
    jwt_private_key=_PRIVATE_KEY,
)

ZUORA = ZuoraCredentials(
    client_id="3f1c2d9e-7b64-4a58-9d0e-c0ffee5a2d10",
    client_secret="sandbox=Secret/Of+The+Zuora+OAuth+Client1",  # noqa: S106 - a public value of the sandbox
)


def credentials(salesforce_port: int, zuora_port: int, pubsub_port: int | None = None) -> dict[str, dict[str, Any]]:
    """All of it in the shape of ``cpqbridge sandbox credentials --json``, for servers on these ports.

    Args:
        salesforce_port: Port of the org.
        zuora_port: Port of the tenant.
        pubsub_port: Port of the org's Pub/Sub API; None leaves its address out.
    """
    address = {} if pubsub_port is None else {"pubsub_address": f"127.0.0.1:{pubsub_port}"}
    return {
        "salesforce": {
            "login_url": f"http://127.0.0.1:{salesforce_port}",
            "client_id": SALESFORCE.client_id,
            "client_secret": SALESFORCE.client_secret,
            "username": SALESFORCE.username,
            "password": SALESFORCE.password,
            "refresh_token": SALESFORCE.refresh_token,
            "jwt_private_key": SALESFORCE.jwt_private_key,
            "access_token": SALESFORCE.access_token,
            **address,
            "pubsub_ca_certificate": CA_CERTIFICATE,
        },
        "zuora": {
            "base_url": f"http://127.0.0.1:{zuora_port}",
            "client_id": ZUORA.client_id,
            "client_secret": ZUORA.client_secret,
        },
    }
