from __future__ import annotations

import pytest

from faq.library import Library
from program.facts import Program


@pytest.fixture(scope="session")
def program(library: Library) -> Program:
    return library.program
