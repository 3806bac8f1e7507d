"""Logs hold known fields and constant words, whatever is pushed into them."""

from __future__ import annotations

import ast
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from aiohttp.http_exceptions import BadStatusLine

from ops import logs

ROOT = Path(__file__).parents[2]
CANARY = "canary-7f3a"
METHODS = {"debug", "info", "warning", "error", "exception", "critical"}


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, server = logging.getLogger(), logging.getLogger("aiohttp.server")
    before, level = list(root.handlers), root.level
    out = io.StringIO()
    logs.configure("debug", out)
    yield out
    root.handlers[:], root.level = before, level
    server.removeFilter(logs.refuse_bad_requests)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail() -> None:
    raise KeyError(CANARY)


def test_known_fields_pass(stream: io.StringIO) -> None:
    structlog.get_logger().info("turn done", channel="webchat", ms=1.5, candidates=[CANARY], languages=("en", "zh-CN"))
    (line,) = lines(stream)
    assert {"event": "turn done", "level": "info", "channel": "webchat", "ms": 1.5}.items() <= line.items()
    assert line["languages"] == ["en", "zh-CN"]
    assert "at" in line
    assert "candidates" not in line


@pytest.mark.parametrize("field", ["text", "user", "token", "Authorization", "name", "from", "activity", "value"])
def test_unknown_fields_are_dropped(stream: io.StringIO, field: str) -> None:
    structlog.get_logger().bind(**{field: CANARY}).error("went wrong", **{field + "_2": CANARY})
    logging.getLogger("bot.handler").error("went wrong %s", CANARY, extra={f"x_{field}": CANARY, "channel": "webchat"})
    assert CANARY not in stream.getvalue()
    ours, standard = lines(stream)
    assert ours["event"] == "went wrong"
    assert standard["channel"] == "webchat"


def test_objects_in_known_fields_are_not_shown(stream: io.StringIO) -> None:
    structlog.get_logger().info("odd", entry={"text": CANARY}, reason=KeyError(CANARY), kind=[{"a": CANARY}])
    assert CANARY not in stream.getvalue()


def test_exceptions_are_told_by_class_and_place(stream: io.StringIO) -> None:
    try:
        fail()
    except KeyError as error:
        structlog.get_logger().error("failed", exc_info=error)
        structlog.get_logger().exception("failed")
        logging.getLogger("turn.engine").exception("failed")
        logging.getLogger("sqlalchemy.pool").exception(f"about {CANARY}")
    assert CANARY not in stream.getvalue()
    for line in lines(stream):
        assert line["error"] == "KeyError"
        assert str(line["where"]).count("test_logs.py") == 2
        assert str(ROOT) not in str(line)


def test_other_libraries_are_told_by_place_only(stream: io.StringIO) -> None:
    logging.getLogger("urllib3.connectionpool").warning(f"retrying {CANARY}")
    logging.getLogger("aiohttp.access").info("GET /%s", CANARY)
    (line,) = lines(stream)
    assert (line["event"], line["logger"]) == ("library", "urllib3.connectionpool")


def test_what_clients_write_wrongly_is_no_event(stream: io.StringIO) -> None:
    server = logging.getLogger("aiohttp.server")
    server.error("Error handling request from %s", "10.0.0.1", exc_info=BadStatusLine(CANARY))
    assert stream.getvalue() == ""
    server.error("Error handling request from %s", "10.0.0.1", exc_info=ValueError(CANARY))
    (line,) = lines(stream)
    assert line["error"] == "ValueError"


def test_long_values_are_cut(stream: io.StringIO) -> None:
    structlog.get_logger().info("odd", reason="x" * 5000)
    assert len(stream.getvalue()) < 500


def _spoken_events(source: str) -> list[int]:
    """Lines that log words made at run time."""
    found = []
    for call in ast.walk(ast.parse(source)):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr in METHODS
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id in {"log", "logger", "_log", "_logger", "LOG", "logging"}
            and not (call.args and isinstance(call.args[0], ast.Constant))
        ):
            found.append(call.lineno)
    return found


def test_events_in_our_source_are_constant_words() -> None:
    sources = [
        *(ROOT / name for name in ("app.py", "wiring.py", "doors.py")),
        *(path for name in logs.OURS for path in (ROOT / name).rglob("*.py")),
    ]
    spoken = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in sources
        if path.is_file()
        for line in _spoken_events(path.read_text(encoding="utf-8"))
    }
    assert spoken == set()


def test_the_check_of_events_has_teeth() -> None:
    assert _spoken_events("log.info(f'hello {name}')\nlog.info('hello', kind=name)\nlog.warning(text)") == [1, 3]
