"""Fixtures shared by all tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog

from dialogs.decision import Knowledge
from dialogs.load import load_guiding
from faq.cache import FitFolder
from faq.library import Library
from faq.load import load_library
from faq.matcher import Matcher
from tests.trust.figures import in_order, measured
from tests.trust.suite import FILES

# The default shows every local variable of a traceback: minutes, where a library of answers is among them.
structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])

# How fast examples come and go says something of the machine, nothing of the code.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")

CONTENT = Path(__file__).parent.parent / "content"


@pytest.fixture(scope="session")
def library() -> Library:
    """The real content; without a matcher, which takes seconds to build."""
    return load_library(CONTENT)


@pytest.fixture(scope="session")
def knowledge(request: pytest.FixtureRequest, library: Library) -> Knowledge:
    """The real content, as a running bot knows it; fitted once for all runs of the tests."""
    fits = request.config.cache.mkdir("fits")
    return Knowledge(library, Matcher(library.knowledge_bases, cache=FitFolder(fits)), load_guiding(CONTENT, library))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `tests.trust.suite` names."""
    for item in items:
        if item.path in FILES:
            item.add_marker(pytest.mark.trust)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around the guard of pytest-timeout: who waits does not hang
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """A worker waits until the test may run beside what the others run."""
    folder = workers_folder(item.config)
    if folder is None:
        return (yield)
    from tests.machine import place_for_a_test

    with place_for_a_test(folder, alone=item.get_closest_marker("alone") is not None):
        return (yield)


def workers_folder(config: pytest.Config) -> Path | None:
    """What this worker shares with the others; None in a run without workers."""
    told: dict[str, str] = getattr(config, "workerinput", {})
    return Path(told["machine"]) if told else None


FOLDER = pytest.StashKey[str]()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a new worker where the folder is. The first one's coming makes it."""
    if FOLDER not in node.config.stash:
        node.config.stash[FOLDER] = tempfile.mkdtemp(prefix="tests-machine-")
    node.workerinput["machine"] = node.config.stash[FOLDER]


def pytest_unconfigure(config: pytest.Config) -> None:
    """The workers have ended."""
    if FOLDER in config.stash:
        shutil.rmtree(config.stash[FOLDER], ignore_errors=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands over what it measured."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["measured"] = measured


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker has ended; one that crashed has nothing to hand over."""
    handed_over: dict[str, Any] = getattr(node, "workeroutput", {})
    measured.extend((test, words) for test, words in handed_over.get("measured", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what `tests.trust.figures` remembers."""
    if lines := in_order():
        terminalreporter.section("measured")
        terminalreporter.write_line("\n".join(lines))
