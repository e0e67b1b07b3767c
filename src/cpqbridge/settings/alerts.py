"""Who is told of trouble, by what, and when."""

from __future__ import annotations

from cpqbridge.settings.section import Section


class AlertSettings(Section):
    """Who is told of what, beside the option `customer_alert_email`."""
