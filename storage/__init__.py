"""Where turns, requests, the outbox and conversations are kept: SQLite, PostgreSQL, and an in-memory twin."""
