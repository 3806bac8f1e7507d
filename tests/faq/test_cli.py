"""The command line's contract."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from faq.cli import app

ROOT = Path(__file__).parents[2]
BAD = ["nonsense", '{"id": 4, "lang": "xx", "text": "a"}', '{"id": 5}', "[1]", '{"id": 6, "text": "a", "lang": 3}']


def test_match_answers_every_line_and_reports_the_bad_ones() -> None:
    good = [
        '{"id": 1, "lang": "en", "text": "who can enroll"}',
        '{"id": "b", "text": "谁可以注册"}',
        '{"id": 3, "text": "\\ud800"}',
    ]
    result = CliRunner().invoke(app, ["match"], input="\n".join([*good, "", *BAD]))
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["id"] for line in lines] == [1, "b", 3, None, 4, 5, None, 6]
    for line in lines[:3]:
        assert set(line) == {"id", "kind", "entry", "score", "candidates", "parts", "ms"}
        assert line["kind"] in {"answer", "suggestions", "no_match"}
    assert all(set(line) == {"id", "error"} for line in lines[3:])
    assert result.exit_code == 1


def test_match_succeeds_without_bad_lines() -> None:
    assert CliRunner().invoke(app, ["match"], input='{"id": 1, "text": "who can enroll"}').exit_code == 0


def test_ask_tells_why() -> None:
    result = CliRunner().invoke(app, ["ask", "who can enroll", "--why", "--json"])
    told = json.loads(result.stdout)
    assert told["why"][0].keys() == {"entry", "score", "phrasing", "evidence", "threshold"}


def test_broken_content_is_told_and_not_thrown(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["version", "--content", str(tmp_path)])
    assert result.exit_code == 1
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_help_starts_without_the_engine() -> None:
    code = "import sys, faq.cli; sys.exit('numpy' in sys.modules or 'pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
