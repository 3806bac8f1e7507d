"""Channels that we host: Direct Line 3.0, the web chat page, the terminal."""
