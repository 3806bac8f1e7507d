"""An identity provider on loopback that speaks OpenID Connect, and does wrong when told to."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "console-client", "client secret/+ü"


@dataclass
class IdentityProvider:
    """Hands out a token for every code that belongs to a question of the console's."""

    url: str = ""
    keys: dict[str, rsa.RSAPrivateKey] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    """Changed claims; None takes one away."""
    make: Any = None
    """Called with the valid claims: the id token."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """Changed metadata."""
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    """Questions by code."""
    seen: list[str] = field(default_factory=list)
    down: bool = False
    by_form: bool = False
    """Takes the secret in the form only."""

    def add_key(self, name: str = "k1") -> None:
        """Another key."""
        self.keys[name] = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def approve(self, goal: str) -> str:
        """Somebody signed in at the address that the console sent them to: where they are sent back to."""
        question = {name: values[0] for name, values in parse_qs(urlsplit(goal).query).items()}
        code = f"code-{len(self.asked)}"
        self.asked[code] = question
        return f"{question['redirect_uri']}?code={code}&state={question['state']}"

    def valid(self, nonce: str) -> dict[str, Any]:
        """Claims that are right."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "person-1",
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "nonce": nonce,
            "name": "Ann Lee",
            "preferred_username": "Ann.Lee@contoso.com",
            "roles": ["operator"],
            **self.claims,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def sign(self, claims: dict[str, Any], key: str = "k1", algorithm: str = "RS256", **headers: Any) -> str:
        """A token."""
        return jwt.encode(claims, self.keys[key], algorithm, {"kid": key, **headers})

    async def show_metadata(self, _: web.Request) -> web.Response:
        """Discovery."""
        self.seen.append("metadata")
        said = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post" if self.by_form else "client_secret_basic"],
            **self.metadata,
        }
        return web.json_response(said, status=503 if self.down else 200)

    async def show_keys(self, _: web.Request) -> web.Response:
        """The public keys, and some that are of no use."""
        self.seen.append("keys")
        small = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()
        useless = [
            {"kty": "oct", "kid": "shared", "k": "c2VjcmV0", "alg": "HS256"},
            {**RSAAlgorithm.to_jwk(small, as_dict=True), "kid": "small"},
            {"kty": "RSA", "kid": "broken"},
            "text",
        ]
        usable = [
            {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": name, "use": "sig"}
            for name, key in self.keys.items()
        ]
        return web.json_response({"keys": [*useless, *usable]})

    async def give_token(self, request: web.Request) -> web.Response:
        """The code for a token, once, to whoever asked the question."""
        self.seen.append("token")
        form = {name: str(value) for name, value in (await request.post()).items()}
        question = self.asked.pop(form.get("code", ""), None)
        verifier = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        right = (
            question is not None
            and verifier.decode().rstrip("=") == question["code_challenge"]
            and form["redirect_uri"] == question["redirect_uri"]
            and form["grant_type"] == "authorization_code"
            and self._knows(request, form)
        )
        if question is None or not right:
            return web.json_response({"error": "invalid_grant"}, status=400)
        claims = self.valid(question["nonce"])
        return web.json_response({"id_token": self.make(claims) if self.make else self.sign(claims)})

    def _knows(self, request: web.Request, form: dict[str, str]) -> bool:
        if self.by_form:
            return form.get("client_secret") == SECRET
        kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
        name, _, secret = base64.b64decode(encoded).decode().partition(":")
        return (kind, unquote_plus(name), unquote_plus(secret)) == ("Basic", CLIENT, SECRET)


@asynccontextmanager
async def identity_provider() -> AsyncIterator[IdentityProvider]:
    """It serves."""
    provider = IdentityProvider()
    provider.add_key()
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", provider.show_metadata)
    app.router.add_get("/keys", provider.show_keys)
    app.router.add_post("/token", provider.give_token)
    async with TestServer(app) as server:
        provider.url = str(server.make_url("")).rstrip("/")
        yield provider
