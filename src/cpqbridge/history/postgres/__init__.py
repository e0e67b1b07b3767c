"""A PostgreSQL server that cpqbridge runs itself, for machines without one."""

from cpqbridge.history.postgres.embedded import EmbeddedPostgres

__all__ = ["EmbeddedPostgres"]
