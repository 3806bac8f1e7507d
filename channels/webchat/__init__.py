"""The web chat: our page around Microsoft's Web Chat, and the button that puts it on other sites."""

from __future__ import annotations

from channels.webchat.page import WebChatPage

__all__ = ["WebChatPage"]
