"""Sends alerts through the mail server of the settings. Whatever goes wrong is one error: CPQ-108."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from aiosmtplib import SMTP, SMTPException, SMTPRecipientRefused, SMTPRecipientsRefused, SMTPResponseException

from cpqbridge.alerts.message import Alert, one_line
from cpqbridge.errors import CpqBridgeError, RetryLater
from cpqbridge.settings.mail import MailSettings
from cpqbridge.settings.settings import Settings

GOODBYE = 5
"""Seconds to wait for the server's goodbye."""

_REFUSALS = (SMTPRecipientsRefused, SMTPRecipientRefused, SMTPResponseException)
"""What a server says that has not taken an e-mail; where it says nothing, it may have."""

HIDDEN = "[redacted]"
"""What stands where a server repeats the password."""


async def send(
    mail: MailSettings, recipients: Sequence[str], alert: Alert, *, message_id: str | None = None
) -> Mapping[str, str]:
    """Send an alert as one e-mail to all recipients.

    Args:
        mail: The mail server.
        recipients: E-mail addresses, at least one.
        alert: What to say.
        message_id: What the e-mail is known by, the same for each attempt at it; by default one of its own.

    Returns:
        The recipients that the server refused with what it said; the others got the e-mail.

    Raises:
        RetryLater: CPQ-108, nobody got it; `unknown_result` where somebody may have.
    """
    async with _connected(mail) as server:
        refused, _ = await server.send_message(
            _message(mail, recipients, alert, message_id), sender=mail.from_address, recipients=list(recipients)
        )
    return {address: one_line(f"{answer.code} {answer.message}") for address, answer in refused.items()}


async def check_mail(settings: Settings) -> str:
    """Try the mail server without sending anything: connect, greet, and sign in where there is a user.

    Returns:
        What was found, in words.

    Raises:
        RetryLater: CPQ-108, no e-mail could be sent.
    """
    if settings.options.customer_alert_email is None:
        return "no alerts are wanted: `options.customer_alert_email` is empty"
    return await check_server(settings.mail)


async def check_server(mail: MailSettings) -> str:
    """Try a mail server without sending anything: connect, greet, and sign in where there is a user.

    Returns:
        What was found, in words.

    Raises:
        RetryLater: CPQ-108, no e-mail could be sent.
    """
    async with _connected(mail) as server:
        if server.is_ehlo_or_helo_needed:
            await server.ehlo()
    return f"{mail.host} port {mail.port} answers{f' and knows {mail.username}' if mail.username else ''}"


@asynccontextmanager
async def _connected(mail: MailSettings) -> AsyncIterator[SMTP]:
    """Connect and sign in, all within the time of the settings; everything that goes wrong inside becomes CPQ-108."""
    password: str | None = None
    server: SMTP | None = None
    sending = False
    try:
        async with asyncio.timeout(mail.timeout):
            # a secret command may take its time
            password = await asyncio.to_thread(mail.password.reveal, "mail.password") if mail.password else None
            server = _server(mail, password)
            await server.connect()
            sending = True
            yield server
        # the work is done: a server that does not say goodbye changes nothing
        with suppress(SMTPException, OSError):
            await server.quit(timeout=GOODBYE)
    except CpqBridgeError as error:
        raise _failure(error.message, error.field or "mail") from error
    except TimeoutError as error:
        raise _failure(
            f"{mail.host} port {mail.port} gave no answer in {mail.timeout} seconds", "mail.timeout", doubtful=sending
        ) from error
    except (SMTPException, OSError, ValueError) as error:
        said = _said(error).replace(password, HIDDEN) if password else _said(error)
        doubtful = sending and not isinstance(error, _REFUSALS)
        raise _failure(one_line(f"{mail.host} port {mail.port}: {said}"), "mail", doubtful=doubtful) from None
    finally:
        if server is not None:
            server.close()


def _server(mail: MailSettings, password: str | None) -> SMTP:
    return SMTP(
        hostname=mail.host,
        port=mail.port,
        username=mail.username,
        password=password,
        use_tls=mail.security == "tls",
        start_tls=mail.security == "starttls",
        timeout=mail.timeout,
    )


def _failure(message: str, field: str, *, doubtful: bool = False) -> RetryLater:
    return RetryLater("CPQ-108", f"No e-mail can be sent: {message}", field=field, unknown_result=doubtful)


def _said(error: Exception) -> str:
    """Return what the server, or the network, said."""
    if isinstance(error, SMTPRecipientsRefused):
        return "; ".join(_said(one) for one in error.recipients)
    if isinstance(error, SMTPRecipientRefused):
        return f"{error.recipient} was refused: {error.code} {error.message}"
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {error.message}"
    return str(error) or type(error).__name__


def _message(mail: MailSettings, recipients: Sequence[str], alert: Alert, message_id: str | None) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = one_line(alert.subject)
    message["From"] = mail.from_address
    message["To"] = ", ".join(recipients)
    message["Date"] = format_datetime(datetime.now(UTC))
    domain = mail.from_address.rpartition("@")[2]
    message["Message-ID"] = f"<{message_id}@{domain}>" if message_id else make_msgid(domain=domain)
    # so that no out-of-office assistant answers (RFC 3834)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(alert.text)
    message.add_alternative(alert.html, subtype="html")
    return message
