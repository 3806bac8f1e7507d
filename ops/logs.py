"""Logs: one JSON object per line on stderr, of known fields only.

Whatever is not in `FIELDS` is dropped, and so are the words of exceptions and of other libraries' messages: a user's
text, a token or an address cannot slip in by accident. Events are constant words; a test reads the source for that.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from pathlib import PurePath
from types import TracebackType
from typing import TextIO

import structlog
from aiohttp.http_exceptions import HttpProcessingError
from structlog.typing import EventDict, WrappedLogger

FIELDS = frozenset(
    {
        "at", "level", "event", "logger", "line",  # every line
        "error", "error_id", "where",  # failures: the exception's class and the places in the code
        "method", "route", "status", "ms", "address", "port", "version", "setting",  # serving
        "channel", "scope", "kind", "happening", "outcome", "language", "entry", "score", "margin",  # turns
        "knowledge_version",
        "count", "waiting", "parked", "attempts", "post", "reason",  # outbox
        "file", "column", "problem", "entries", "languages",  # content
    }
)  # fmt: skip
OURS = frozenset({"app", "bot", "cases", "channels", "dialogs", "faq", "ops", "program", "storage", "turn", "wording"})
LONGEST = 200
DEEPEST = 8
_JSON = json.JSONEncoder(ensure_ascii=False)
_AS_THEY_ARE = frozenset({int, float, bool, type(None)})

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Log at ``level`` and above to ``stream`` (stderr): our events, and that other libraries had something to say."""
    out = stream or sys.stderr
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            describe_error,
            allow_known,
            structlog.processors.JSONRenderer(serializer=_dump),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=out),
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(_RecordFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(threshold, logging.INFO))
    # Libraries speak up from warnings on; ours as configured.
    for name in ("aiohttp", "asyncio", "sqlalchemy", "alembic", "msrest", "msal", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(threshold)
    server = logging.getLogger("aiohttp.server")
    if refuse_bad_requests not in server.filters:
        server.addFilter(refuse_bad_requests)


def describe_error(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace ``exc_info`` by the exception's class and where it came from; its words are left out."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event.update(error=type(error).__name__, where=places(error))
    return event


def allow_known(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keep the fields of `FIELDS`, with plain and short values."""
    return {
        name: value if type(value) in _AS_THEY_ARE or (type(value) is str and len(value) <= LONGEST) else _plain(value)
        for name, value in event.items()
        if name in FIELDS
    }


def places(error: BaseException) -> list[str]:
    """The innermost frames of an exception as ``folder/file.py:line function``: code only, no values."""
    found = []
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        found.append(f"{'/'.join(PurePath(code.co_filename).parts[-2:])}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return found[-DEEPEST:]


def refuse_bad_requests(record: logging.LogRecord) -> bool:
    """Filter of ``aiohttp.server``: what a client wrote wrongly is answered with 400 and is no event of ours."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)


def _plain(value: object) -> object:
    if isinstance(value, str):
        return str(value)[:LONGEST]
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value[:LONGEST]]
    return f"<{type(value).__name__}>"


def _dump(event: Mapping[str, object], **_: object) -> str:
    return _JSON.encode(event)


class _RecordFormatter(logging.Formatter):
    """Brings records of the standard library's logging into the same form.

    Ours keep their message (without its arguments) and known extras; of others only the place is told.
    """

    def format(self, record: logging.LogRecord) -> str:
        event: EventDict = {
            "event": "library",
            "level": record.levelname.lower(),
            "at": structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")(None, "", {})["at"],
            "logger": record.name,
            "line": record.lineno,
            "exc_info": record.exc_info,
        }
        if record.name.partition(".")[0] in OURS:
            event.update((name, value) for name, value in vars(record).items() if name in FIELDS)
            event["event"] = str(record.msg)
        return _dump(allow_known(None, "", describe_error(None, "", event)))
