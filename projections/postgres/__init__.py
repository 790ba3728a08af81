"""Postgres: connections, migrations, generations, and the transaction that a flush is."""
