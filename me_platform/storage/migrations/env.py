"""Alembic's environment: migrations run on a connection that is passed in, as ``me_owner``."""

from __future__ import annotations

from alembic import context

from me_platform.storage.models import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
