"""How much of both systems' limits cpqbridge may use."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cpqbridge.settings.section import Section

Share = Annotated[float, Field(strict=False, gt=0, le=1, allow_inf_nan=False)]
"""A part of a whole: more than 0, at most 1."""

Rest = Annotated[float, Field(strict=False, ge=0, lt=1, allow_inf_nan=False)]
"""A part of a whole that is left alone: from 0, less than 1."""

AtOnce = Annotated[int, Field(ge=1, le=1000)]


class ZuoraLimits(Section):
    """How much of the tenant's limits may be used, by all processes together."""

    share: Share = 0.8
    """The part of the tenant's limits of calls at once that is used; the rest is left to its other clients."""
    calls_at_once: AtOnce = 100
    """Most calls at once, even where the tenant takes more."""
    live_reserve: Rest = 0.2
    """The part of the calls at once that a back-fill leaves free while there is live work."""


class SalesforceLimits(Section):
    """How much of the org's limits may be used, by all processes together."""

    share: Share = 0.5
    """The part of the 25 long calls at once, that an org takes, that is used."""
    calls_at_once: AtOnce = 25
    """Most calls at once."""
    live_reserve: Rest = 0.2
    """The part of the calls at once that a back-fill leaves free while there is live work."""
    daily_calls: Annotated[int, Field(ge=1)] | None = None
    """Most calls in any 24 hours; by default `daily_share` decides."""
    daily_share: Share = 0.5
    """The part of the org's calls of 24 hours that is used at most, where `daily_calls` is not given."""
    backfill_share: Share = 0.7
    """The part of the calls of 24 hours after which back-fills wait, so that live work goes on."""
    keep_free: Rest = 0.1
    """The part of the org's calls of 24 hours that is left to its other clients, however many calls they have made."""


class LimitSettings(Section):
    """Shares and budgets of both systems' limits; the rest is left to others."""

    zuora: ZuoraLimits = Field(default_factory=ZuoraLimits)
    """The limits of Zuora."""
    salesforce: SalesforceLimits = Field(default_factory=SalesforceLimits)
    """The limits of Salesforce."""
    down_after: Annotated[int, Field(ge=1, le=100)] = 5
    """Failures in a row, of different requests, after which a system is taken to be down and only probed."""
