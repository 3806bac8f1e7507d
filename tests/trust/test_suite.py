"""T24: every test of the table is there, and every guard has been seen to fail."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.trust.suite import FILES, ROOT, SUITE, TEETH

HERE = Path(__file__).parent
NAMES = [*(f"T{number}" for number in range(1, 13)), "T12b", *(f"T{number}" for number in range(13, 25))]


def _functions(module: Path) -> set[str]:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_the_table_is_whole() -> None:
    assert list(SUITE) == NAMES
    assert [str(file) for file in FILES if not file.is_file()] == []
    rows = re.findall(r"^\| (T\d+b?) \|", (HERE / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == NAMES


def test_every_module_here_is_in_the_table() -> None:
    assert [file.name for file in HERE.glob("test_*.py") if file not in FILES] == []


def test_the_guards_have_teeth() -> None:
    assert [name for name in NAMES if name not in TEETH] == ["T24"], "which is this"
    for tests in TEETH.values():
        for test in tests:
            module, _, name = test.partition("::")
            assert name in _functions(ROOT / "tests" / module), test
