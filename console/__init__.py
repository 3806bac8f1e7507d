"""The operators' console: pages under ``/console`` for those who work behind the bot."""

from __future__ import annotations

from console.console import Console
from console.settings import ConsoleSettings, ProviderSettings

__all__ = ["Console", "ConsoleSettings", "ProviderSettings"]
