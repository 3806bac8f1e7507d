"""What the console is told at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from desk.access import Role

ROOT = "/console"


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """An OpenID Connect provider that vouches for the operators."""

    issuer: str
    """As in ``https://login.microsoftonline.com/<tenant>/v2.0``: tokens must say exactly this."""
    client_id: str
    client_secret: str = field(repr=False)
    roles_claim: str = "roles"
    roles: Mapping[str, Role] = field(default_factory=dict)
    """Role by value of the claim; besides these, the roles' own names count."""


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """Where the console is, and who vouches for those who use it."""

    public_url: str = ""
    """Our address as browsers see it; empty: this machine only, by plain HTTP."""
    provider: ProviderSettings | None = None

    @property
    def secure(self) -> bool:
        """Whether browsers come by TLS."""
        return self.public_url.startswith("https://")

    @property
    def origin(self) -> str:
        """The origin of `public_url`, or nothing."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else ""

    @property
    def base(self) -> str:
        """Path of the console as browsers see it."""
        return urlsplit(self.public_url).path.rstrip("/") + ROOT
