"""Access and refresh tokens of the org: issued, looked up, expired, revoked."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from cpqbridge.sandbox.salesforce.errors import SalesforceError


@dataclass
class Session:
    """A signed-in user. `used` is the last call in UTC, from which idle time counts; a permanent one never ends."""

    token: str
    user_id: str
    used: datetime
    permanent: bool = False


class Sessions:
    """All live sessions and refresh tokens of one org.

    Tokens are derived from a counter, so that a run is repeatable; they have the real ones' shape.
    """

    def __init__(self, organization_id: str) -> None:
        self._organization = organization_id[:15]
        self._live: dict[str, Session] = {}
        self._refresh: dict[str, str] = {}
        self._issued = 0

    def issue(self, user_id: str, now: datetime) -> Session:
        """Open a session for a user."""
        session = Session(f"{self._organization}!AQ4AQ{self._secret('access', 80)}", user_id, now)
        self._live[session.token] = session
        return session

    def admit(self, token: str, user_id: str, now: datetime) -> None:
        """Open a permanent session under a given token (the fixed test token)."""
        self._live[token] = Session(token, user_id, now, permanent=True)

    def find(self, token: str, now: datetime, idle: timedelta | None) -> Session:
        """Return the live session of a token and note its use.

        Raises:
            SalesforceError: 401 `INVALID_SESSION_ID` when there is none, or it idled too long.
        """
        session = self._live.get(token)
        if session and idle is not None and not session.permanent and now - session.used >= idle:
            del self._live[token]
            session = None
        if session is None:
            raise SalesforceError(401, "INVALID_SESSION_ID", "Session expired or invalid")
        session.used = now
        return session

    def expire_all(self) -> None:
        """End every session but the permanent ones; refresh tokens stay."""
        self._live = {token: session for token, session in self._live.items() if session.permanent}

    def allow_refresh(self, token: str, user_id: str) -> None:
        """Accept a given refresh token (the fixed test token)."""
        self._refresh[token] = user_id

    def issue_refresh(self, user_id: str) -> str:
        """Make a refresh token for a user."""
        token = f"5Aep861{self._secret('refresh', 80)}"
        self._refresh[token] = user_id
        return token

    def refresh_user(self, token: str) -> str | None:
        """Return the user of a refresh token, or None when it was revoked or never given."""
        return self._refresh.get(token)

    def revoke(self, token: str) -> bool:
        """End an access or refresh token; say whether there was one."""
        return (self._live.pop(token, None) or self._refresh.pop(token, None)) is not None

    def _secret(self, purpose: str, length: int) -> str:
        self._issued += 1
        digest = hashlib.sha512(f"{purpose} {self._issued} {self._organization}".encode()).digest()
        return base64.urlsafe_b64encode(digest + digest).decode().replace("-", ".")[:length]
