"""Alembic's entry: runs the revisions on the connection it was handed."""

from alembic import context
from sqlalchemy import Connection

connection: Connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table_schema="handover")
with context.begin_transaction():
    context.run_migrations()
