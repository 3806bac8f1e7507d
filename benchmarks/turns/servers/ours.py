"""Our bot as it is, ``app.serve``, with a registration whose services are at ``argv[1]``, on this machine.

Every part is the real one; only the addresses differ, which no setting may change: a bot that can be told to trust
another issuer, or to send its token to http, is not safe.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import aiohttp
from pydantic import SecretStr

import bot.identity
from bot.credentials import CachedToken, ClientSecret
from bot.identity import Identity
from bot.keys import ConnectorKeys
from bot.service_urls import ServiceUrls
from bot.tokens import ConnectorTokens


def registered_here(
    session: aiohttp.ClientSession,
    *,
    app_type: str,  # noqa: ARG001 - the signature of `bot.identity.registered`
    app_id: str,
    password: SecretStr,
    tenant: str,
    service_urls: Iterable[str],  # noqa: ARG001 - same
) -> Identity:
    """`bot.identity.registered` with the services of the benchmark."""
    address = sys.argv[1]
    urls = ServiceUrls.loopback()
    credentials = CachedToken(ClientSecret(session, app_id, password, tenant, login_url=address))
    return Identity(urls, credentials, ConnectorTokens(app_id, ConnectorKeys(session, f"{address}/openid"), urls))


def main() -> None:
    """Serve until told to stop."""
    gc.disable()  # as app.py does
    bot.identity.registered = registered_here  # before the wiring looks it up
    import app  # noqa: PLC0415
    import wiring  # noqa: PLC0415
    from ops import logs  # noqa: PLC0415
    from settings import load_settings  # noqa: PLC0415

    if var := os.environ.get("BENCHMARK_VAR"):  # a first start has nothing there
        wiring.FITS, wiring.CONTENT = Path(var, "fits"), Path(var, "content")
    settings = load_settings()
    logs.configure(settings.log_level)
    app.run(app.serve(settings))


if __name__ == "__main__":
    main()
