from __future__ import annotations

import socket
from itertools import count

import pytest

from tests import ports


def test_every_port_is_given_once_and_is_below_those_of_the_system() -> None:
    given = [ports.own_port() for _ in range(50)]
    assert len(set(given)) == 50
    assert all(ports.FIRST <= port < ports.FIRST + ports.MANY <= 32_768 for port in given)


def test_a_taken_port_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port := ports.own_port()))
        taken.listen()
        monkeypatch.setattr(ports, "_numbers", count(port - ports.FIRST))
        assert ports.own_port() > port
