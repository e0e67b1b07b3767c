"""Alembic's entry: runs the migrations in the transaction of the connection that `upgrade` hands over."""

from __future__ import annotations

from alembic import context

from cpqbridge.history import service_tables  # noqa: F401 - its tables belong to the metadata
from cpqbridge.history.tables import SCHEMA, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table_schema=SCHEMA,
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
