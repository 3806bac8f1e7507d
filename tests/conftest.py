"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest
import structlog

from dialogs.decision import Knowledge
from dialogs.load import load_guiding
from faq.cache import FitFolder
from faq.load import load_library
from faq.matcher import Matcher
from tests.trust.figures import in_order
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
def knowledge(request: pytest.FixtureRequest) -> Knowledge:
    """The real content, as a running bot knows it; fitted once for all runs of the tests."""
    library = load_library(CONTENT)
    fits = request.config.cache.mkdir("fits")
    return Knowledge(library, Matcher(library.knowledge_bases, cache=FitFolder(fits)), load_guiding(CONTENT, library))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `tests.trust.suite` names."""
    for item in items:
        if item.path in FILES:
            item.add_marker(pytest.mark.trust)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what `tests.trust.figures` remembers."""
    if lines := in_order():
        terminalreporter.section("measured")
        terminalreporter.write_line("\n".join(lines))
