from __future__ import annotations

from pathlib import Path

import pytest

from faq.library import Library
from faq.load import load_library
from program.facts import Program

CONTENT = Path(__file__).parents[2] / "content"


@pytest.fixture(scope="session")
def library() -> Library:
    """The real content; without a matcher, which takes seconds to build."""
    return load_library(CONTENT)


@pytest.fixture(scope="session")
def program(library: Library) -> Program:
    return library.program
