"""The successor SDK's echo: `ActivityHandler` on `CloudAdapter` of ``microsoft-agents-hosting-aiohttp``.

Runs in the peers' environment. It checks tokens with the SDK's own middleware; only the address of the signing keys
is changed, to those of ``argv[1]``. For its replies it is given a token; in real use MSAL keeps one in memory.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from aiohttp import web
from microsoft_agents.hosting.aiohttp import CloudAdapter, jwt_authorization_middleware
from microsoft_agents.hosting.core import ActivityHandler, MessageFactory, TurnContext
from microsoft_agents.hosting.core.authorization import AgentAuthConfiguration
from microsoft_agents.hosting.core.authorization.jwt import jwt_token_validator

APP_ID = "00000000-0000-0000-0000-00000000b071"


class GivenToken:
    """A token provider that has its token already."""

    def __init__(self, configuration: AgentAuthConfiguration) -> None:
        self.configuration = configuration

    async def get_access_token(self, *_: Any, **__: Any) -> str:
        """The same for ever."""
        return "t" * 1200


class OneConnection:
    """The SDK's `Connections` with a single provider."""

    def __init__(self, provider: GivenToken) -> None:
        self._provider = provider

    def get_connection(self, _name: str) -> GivenToken:
        """The provider."""
        return self._provider

    def get_default_connection(self) -> GivenToken:
        """The provider."""
        return self._provider

    def get_token_provider(self, *_: Any) -> GivenToken:
        """The provider."""
        return self._provider

    get_token_provider_from_activity = get_token_provider

    def get_default_connection_configuration(self) -> AgentAuthConfiguration:
        """The bot's registration."""
        return self._provider.configuration


class EchoAgent(ActivityHandler):  # type: ignore[misc]
    """Says what it hears."""

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        """Echo."""
        await turn_context.send_activity(MessageFactory.text(f"Echo: {turn_context.activity.text}"))


async def main(issuer: str) -> None:
    """Serve until killed."""
    jwt_token_validator.BOTFRAMEWORK_JWKS_URIS["https://api.botframework.com"] = f"{issuer}/keys"
    configuration = AgentAuthConfiguration(client_id=APP_ID, tenant_id="t-1", client_secret="secret")
    adapter = CloudAdapter(connection_manager=OneConnection(GivenToken(configuration)))
    agent = EchoAgent()

    async def messages(request: web.Request) -> web.Response:
        answer = await adapter.process(request, agent)
        return answer or web.Response()

    app = web.Application(middlewares=[jwt_authorization_middleware])
    app["agent_configuration"] = configuration
    app.router.add_post("/api/messages", messages)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print("ready", runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
