"""The stock SDK's `EchoBot` on `CloudAdapter`, as in the sample ``02.echo-bot``. Runs in the peers' environment.

It checks tokens with the SDK's own code against the keys of ``argv[1]``. For its replies it is given a token: MSAL
speaks https only. In real use the SDK makes a new MSAL application and asks for a new token every turn, so this side
is measured faster than it is.
"""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web
from botbuilder.core import ActivityHandler, MessageFactory, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botframework.connector.auth import MicrosoftAppCredentials, PasswordServiceClientCredentialFactory


class Configuration:
    """What the SDK reads of a bot's settings."""

    APP_ID = "00000000-0000-0000-0000-00000000b071"
    APP_PASSWORD = "secret"
    APP_TYPE = "MultiTenant"
    VALIDATE_AUTHORITY = True
    TO_CHANNEL_FROM_BOT_LOGIN_URL = "https://login.microsoftonline.com/botframework.com"
    TO_CHANNEL_FROM_BOT_OAUTH_SCOPE = "https://api.botframework.com"
    TO_BOT_FROM_CHANNEL_TOKEN_ISSUER = "https://api.botframework.com"
    OAUTH_URL = "https://token.botframework.com"
    CALLER_ID = "urn:botframework:azure"

    def __init__(self, issuer: str) -> None:
        self.TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL = f"{issuer}/openid"
        self.TO_BOT_FROM_EMULATOR_OPENID_METADATA_URL = f"{issuer}/openid"


class GivenToken(MicrosoftAppCredentials):  # type: ignore[misc]
    """Credentials that have their token already."""

    def get_access_token(self, force_refresh: bool = False) -> str:  # noqa: ARG002 - the SDK's signature
        """The same for ever."""
        return "t" * 1200


class GivenTokens(PasswordServiceClientCredentialFactory):  # type: ignore[misc]
    """Makes credentials for every turn, as the SDK's own factory does."""

    async def create_credentials(
        self,
        app_id: str,
        oauth_scope: str,
        login_endpoint: str,  # noqa: ARG002 - the SDK's signature
        validate_authority: bool,  # noqa: ARG002 - same
    ) -> GivenToken:
        """Credentials of the bot."""
        return GivenToken(app_id, self.password, self.tenant_id, oauth_scope)


class EchoBot(ActivityHandler):  # type: ignore[misc]
    """Says what it hears."""

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        """Echo."""
        await turn_context.send_activity(MessageFactory.text(f"Echo: {turn_context.activity.text}"))


async def main(issuer: str) -> None:
    """Serve until killed."""
    configuration = Configuration(issuer)
    factory = GivenTokens(configuration.APP_ID, configuration.APP_PASSWORD)
    adapter = CloudAdapter(ConfigurationBotFrameworkAuthentication(configuration, credentials_factory=factory))
    bot = EchoBot()

    async def messages(request: web.Request) -> web.Response:
        answer = await adapter.process(request, bot)
        return answer or web.Response()

    app = web.Application()
    app.router.add_post("/api/messages", messages)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print("ready", runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
