"""A small internet of our own: names that the test answers, and every public address is a server on this machine.

There is no way into the product's code for it: the test stands in for the operating system's resolver and sockets.
What is asked to be connected to is written down first; nothing but the test's servers is ever reached.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import AF_INET, AF_INET6, gaierror
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pagecheck import network

PUBLIC = "93.184.216.34"
OTHER = "151.101.1.69"
PUBLIC_V6 = "2606:2800:220:1:248:1893:25c8:1946"

RealSocket = socket.socket
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]


@dataclass
class Internet:
    """What was asked, what was connected to, and where the servers are."""

    names: Mapping[str, Sequence[Sequence[str]]]
    """Answers by name: the first for the first question, the last for all later ones."""
    asked: list[str] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    ports: dict[int, int] = field(default_factory=dict)
    """Where the server of each port really listens."""

    async def getaddrinfo(self, host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        """In the place of the operating system's resolver."""
        if ":" in host:  # asyncio asks again about what it is to connect to
            return [(AF_INET6, 1, 6, "", (host, port))]
        name = host.removesuffix(".")
        answers = self.names.get(name)
        if answers is None:
            raise gaierror(socket.EAI_NONAME, "Name or service not known")
        place = self.asked.count(name)
        self.asked.append(name)
        found = answers[min(place, len(answers) - 1)]
        return [(AF_INET6 if ":" in ip else AF_INET, 1, 6, "", (ip, port)) for ip in found]

    def socket(self, family: int, kind: int, protocol: int) -> RealSocket:
        """In the place of `socket.socket`: writes down every address, then turns to this machine."""
        internet = self

        class Recording(RealSocket):
            def connect(self, place: Any) -> None:
                internet.reached.append(str(place[0]))
                if place[1] not in internet.ports:
                    raise ConnectionRefusedError
                super().connect(("127.0.0.1", internet.ports[place[1]]))

        del family  # every server of ours speaks IPv4
        return Recording(AF_INET, kind, protocol)


async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    """A page."""
    writer.write(answer(b"<p>hello"))


def answer(body: bytes, status: int = 200, **headers: str) -> bytes:
    """An HTTP response."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in {"Content_Type": "text/html", **headers}.items()]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


@asynccontextmanager
async def internet(
    monkeypatch: pytest.MonkeyPatch,
    names: Mapping[str, Sequence[Sequence[str]]],
    serve: Serve = plain,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Internet]:
    """The names, and one server behind every address: port 80, and 443 with ``tls``."""
    web = Internet(names)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            web.requests.append(request)
            await serve(reader, writer, request)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    servers = [await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context) for context in (None, tls)]
    web.ports = dict(zip((80, 443), (server.sockets[0].getsockname()[1] for server in servers), strict=True))
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", web.getaddrinfo)
    world = SimpleNamespace(**{**vars(socket), "socket": web.socket})
    monkeypatch.setattr(network, "socket", world)
    yield web
    for server in servers:
        server.close()


def certificate(folder: Path, name: str) -> ssl.SSLContext:
    """A server's TLS context for ``name``; its certificate, which is its own authority, is ``folder/ca.pem``."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context
