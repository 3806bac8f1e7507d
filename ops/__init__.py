"""Running it: logs, metrics, health, the guard in front of every endpoint."""
