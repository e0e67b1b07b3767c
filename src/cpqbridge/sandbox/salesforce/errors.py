"""What the org refuses, in the words and the two dialects of the real API.

A single call answers with a list of `{"message", "errorCode", "fields"?}`; a row of a collection or tree carries
`{"statusCode", "message", "fields"}`; the OAuth endpoints answer with one object.
"""

from __future__ import annotations

from typing import Any


class SalesforceError(Exception):
    """A refusal of the REST API.

    Attributes:
        status: HTTP status of a single call.
        code: `errorCode` such as `REQUIRED_FIELD_MISSING`.
        message: What a person reads.
        fields: Names of the fields at fault; None where the real answer has no such key.
    """

    def __init__(self, status: int, code: str, message: str, fields: tuple[str, ...] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields

    def body(self) -> list[dict[str, Any]]:
        """Return the answer of a single call."""
        entry: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            entry["fields"] = list(self.fields)
        return [entry]

    def row(self) -> dict[str, Any]:
        """Return the entry of a row's `errors` in a collection, tree or graph of records."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields or ())}


class ParseError(SalesforceError):
    """The body is no JSON, or a value cannot be read as its field's type: the whole request is refused."""

    def __init__(self, message: str) -> None:
        super().__init__(400, "JSON_PARSER_ERROR", message)


class OAuthError(Exception):
    """A refusal of an OAuth endpoint: HTTP status, `error` and `error_description`."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status

    def body(self) -> dict[str, str]:
        """Return the answer of the endpoint."""
        return {"error": self.error, "error_description": self.description}


def not_found(message: str = "The requested resource does not exist") -> SalesforceError:
    """Return the refusal for a path, an object or a record that is not there."""
    return SalesforceError(404, "NOT_FOUND", message)


def deleted() -> SalesforceError:
    """Return the refusal for a record in the recycle bin."""
    return SalesforceError(404, "ENTITY_IS_DELETED", "entity is deleted", ())


def wrong_method(method: str, allowed: list[str]) -> SalesforceError:
    """Return the refusal for a method that the resource does not have."""
    listed = ",".join(sorted(allowed))
    return SalesforceError(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed. Allowed are {listed}")
