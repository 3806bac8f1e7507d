"""The table of docs/architecture.md: who may import what, and how long things may be."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST_MODULE = 400
LONGEST_FUNCTION = 40
SKIPPED = {".venv", "var", "node_modules", ".git", ".tools"}


@dataclass(frozen=True)
class Rule:
    """What the modules of a package may import: our packages, and others' beside the standard library."""

    kind: str
    ours: frozenset[str]
    theirs: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _rule(kind: str, ours: str, theirs: str = "") -> Rule:
    return Rule(kind, _words(ours), _words(theirs))


_INWARDS = "turn dialogs cases faq wording program"
_TYPED = "pydantic pydantic_core structlog"
TABLE = {
    "program": _rule("pure", ""),
    "wording": _rule("pure", "program"),
    "faq": _rule("pure", "wording program", "numpy rapidfuzz"),
    "cases": _rule("pure", "program"),
    "desk": _rule("pure", "cases faq wording program"),
    "dialogs": _rule("pure", "cases faq wording program", "rapidfuzz"),
    "turn": _rule("core", "dialogs cases faq wording program"),
    "bot": _rule("edge", _INWARDS, f"aiohttp jwt cryptography yarl multidict {_TYPED}"),
    "channels": _rule("edge", _INWARDS, f"aiohttp yarl multidict jwt rich typer {_TYPED}"),
    "console": _rule(
        "edge", f"{_INWARDS} desk", f"aiohttp yarl multidict jinja2 markupsafe argon2 jwt openpyxl {_TYPED}"
    ),
    "storage": _rule("edge", f"{_INWARDS} desk", f"sqlalchemy alembic asyncpg {_TYPED}"),
    "teams": _rule("edge", _INWARDS, "typer"),
    "pagecheck": _rule("edge", _INWARDS, "aiohttp yarl"),
    "ops": _rule("edge", _INWARDS, "aiohttp structlog prometheus_client"),
}
EDGE_MODULES = _words("load files reload cache yaml_source cli check schema shape reading __main__")
"""Modules that are edges in any package."""
EDGE_LIBRARIES = _words("ruamel pydantic pydantic_core structlog typer rich")
WIRING = _words("cases/__main__.py console/__main__.py teams/__main__.py")
"""Entry points that wire like ``app.py``."""
SDK = _words("botbuilder botframework msrest")
SDK_MODULES = _words("bot/adapter.py bot/handler.py")
WORLD = _words(
    "asyncio glob http io locale logging multiprocessing os pathlib platform queue random select selectors shutil"
    " signal socket sqlite3 ssl subprocess sys tempfile threading time urllib uuid"
)
"""Standard library that reads the world: not for pure modules."""
INNOCENT = frozenset({"urllib.parse"})
CLOCKS = re.compile(r"\b(datetime\.(now|utcnow)|date\.today|time\.time)\(|(?<![\w.])(open|print|input)\(")


def _package(place: str) -> str:
    return place.partition("/")[0]


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of every import, also of those inside functions and for types only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield node.lineno, module
            if module in TABLE:
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def wrong_imports(place: str, source: str) -> list[str]:
    """What the module at ``place`` (as in ``faq/matcher.py``) imports against the table."""
    if place in WIRING:
        return []
    package, edge = _package(place), Path(place).stem in EDGE_MODULES
    rule = TABLE[package]
    theirs = rule.theirs | (EDGE_LIBRARIES if edge else frozenset()) | (SDK if place in SDK_MODULES else frozenset())
    found = []
    for line, name in imported(ast.parse(source)):
        root, _, inner = name.partition(".")
        if name in INNOCENT:
            continue
        if root in TABLE:
            # A pure module that imported an edge would not be pure any more.
            wrong = root not in rule.ours | {package} or (rule.kind == "pure" and not edge and inner in EDGE_MODULES)
        elif root in sys.stdlib_module_names:
            wrong = root in WORLD and rule.kind == "pure" and not edge
        else:
            wrong = root not in theirs
        if wrong:
            found.append(f"{place}:{line} imports {name}")
    return found


def world_readers(place: str, source: str) -> list[str]:
    """Where a pure module asks the clock, opens a file or prints."""
    if TABLE[_package(place)].kind != "pure" or Path(place).stem in EDGE_MODULES:
        return []
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [f"{place}:{call.lineno} {ast.unparse(call)}" for call in calls if CLOCKS.match(ast.unparse(call))]


def long_functions(place: str, source: str) -> list[str]:
    """Functions of more than `LONGEST_FUNCTION` lines, docstrings not counted."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = ast.get_docstring(node, clean=False) is not None
            words = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
            size = (node.end_lineno or 0) - node.lineno + 1 - words
            if size > LONGEST_FUNCTION:
                found.append(f"{place}:{node.lineno} {node.name} has {size} lines")
    return found


def modules(folder: Path = ROOT) -> list[str]:
    """Every Python file of the project."""
    paths = (path.relative_to(ROOT) for path in folder.rglob("*.py"))
    return sorted(path.as_posix() for path in paths if not SKIPPED & set(path.parts))


def read(place: str) -> str:
    return (ROOT / place).read_text(encoding="utf-8")


OURS = [place for place in modules() if _package(place) in TABLE]


def test_every_package_is_in_the_table() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages <= TABLE.keys()
    assert OURS


def test_the_table_is_the_documented_one() -> None:
    rows = re.findall(r"^\| `(\w+)/` \| (\w+) \|", read("docs/architecture.md"), re.MULTILINE)
    assert dict(rows) == {name: rule.kind for name, rule in TABLE.items()}


def test_the_edges_are_the_documented_ones() -> None:
    sentence = re.search(r"In any package a module named (.+?) is an edge", read("docs/architecture.md"), re.DOTALL)
    assert sentence
    assert set(re.findall(r"`(\w+)\.py`", sentence[1])) == EDGE_MODULES


def test_arrows_point_inwards() -> None:
    assert [line for place in OURS for line in wrong_imports(place, read(place))] == []


def test_pure_modules_ask_nothing_of_the_world() -> None:
    assert [line for place in OURS for line in world_readers(place, read(place))] == []


def test_modules_and_functions_are_short() -> None:
    everything = modules()
    long_modules = [place for place in everything if read(place).count("\n") > LONGEST_MODULE]
    assert long_modules == []
    assert [
        line for place in everything if not place.startswith("tests/") for line in long_functions(place, read(place))
    ] == []


@pytest.mark.parametrize(
    ("place", "source", "caught"),
    [
        ("faq/matcher.py", "import turn.engine", True),
        ("faq/matcher.py", "from wording.fill import fill", False),
        ("faq/matcher.py", "import ruamel.yaml", True),
        ("faq/load.py", "import ruamel.yaml", False),
        ("faq/load.py", "import storage", True),
        ("cases/cli.py", "import storage", True),
        ("cases/cli.py", "from turn.desk import Desk", True),
        ("cases/__main__.py", "import storage", False),
        ("cases/usecases.py", "from dialogs.reply import JsonObject", True),
        ("faq/matcher.py", "from faq.load import load_library", True),
        ("faq/matcher.py", "from program import load", True),
        ("faq/matcher.py", "from . import load", True),
        ("faq/reload.py", "from faq.load import load_library", False),
        ("program/facts.py", "import numpy", True),
        ("program/facts.py", "import os", True),
        ("program/load.py", "import os", False),
        ("dialogs/router.py", "def f():\n    from aiohttp import web", True),
        ("turn/engine.py", "import asyncio", False),
        ("turn/engine.py", "from storage.turns import SqlTurnStore", True),
        ("turn/engine.py", "if TYPE_CHECKING:\n    import aiohttp", True),
        ("bot/adapter.py", "from botbuilder.core import TurnContext", False),
        ("bot/render.py", "from botbuilder.schema import Activity", True),
        ("bot/render.py", "import channels.terminal", True),
        ("ops/guard.py", "import settings", True),
    ],
)
def test_a_wrong_import_is_caught(place: str, source: str, caught: bool) -> None:
    assert bool(wrong_imports(place, source)) is caught


@pytest.mark.parametrize(
    ("place", "source", "caught"),
    [
        ("faq/matcher.py", "now = datetime.now(UTC)", True),
        ("faq/matcher.py", "text = open('x').read()", True),
        ("faq/matcher.py", "reopen('x')", False),
        ("faq/load.py", "text = open('x').read()", False),
        ("turn/engine.py", "datetime.now(UTC)", False),
    ],
)
def test_a_look_at_the_world_is_caught(place: str, source: str, caught: bool) -> None:
    assert bool(world_readers(place, source)) is caught


def test_a_long_function_is_caught() -> None:
    body = "    x = 1\n" * LONGEST_FUNCTION
    assert long_functions("faq/matcher.py", f"def f():\n{body}")
    assert not long_functions("faq/matcher.py", f'def f():\n    """Say\n    much.\n    """\n{body[10:]}')
