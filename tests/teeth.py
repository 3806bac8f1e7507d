"""What a check says of a build whose guard is broken: its assertion fails, or what it expects is not raised."""

from __future__ import annotations

import pytest

FOUND_OUT = (AssertionError, pytest.fail.Exception)
