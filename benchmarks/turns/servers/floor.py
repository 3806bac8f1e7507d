"""The floor: parse JSON, post one reply through a pooled session. No authentication, no state, no SDK."""

from __future__ import annotations

import asyncio
import json
import sys
from urllib.parse import quote

import aiohttp
from aiohttp import web

TOKEN = "t" * 1200


async def main() -> None:
    """Serve until killed."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def handle(request: web.Request) -> web.Response:
            activity = json.loads(await request.read())
            conversation, number = quote(activity["conversation"]["id"], safe=""), quote(activity["id"], safe="")
            url = f"{activity['serviceUrl']}/v3/conversations/{conversation}/activities/{number}"
            reply = {"type": "message", "text": f"Echo: {activity['text']}", "replyToId": activity["id"]}
            async with session.post(url, data=json.dumps(reply).encode(), headers=headers) as answer:
                await answer.read()
            return web.Response()

        app = web.Application()
        app.router.add_post("/api/messages", handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print("ready", runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
