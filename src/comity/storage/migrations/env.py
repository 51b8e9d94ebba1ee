"""Runs the revisions on the connection that :mod:`comity.storage.migrate` hands in."""

from __future__ import annotations

from alembic import context

from comity.storage.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
