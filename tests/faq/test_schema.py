from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from faq.schema import schemas, write_schemas
from program.yaml_source import parse_yaml

ROOT = Path(__file__).parents[2]
GOOD = ROOT / "tests" / "content" / "good"
FILES = {
    "program.schema.json": ["program.yaml"],
    "faq.schema.json": ["en/faq.yaml", "zh-CN/faq.yaml"],
    "messages.schema.json": ["en/messages.yaml", "zh-CN/messages.yaml"],
    "out-of-scope.schema.json": ["en/out_of_scope.yaml", "zh-CN/out_of_scope.yaml"],
    "synonyms.schema.json": ["en/synonyms.yaml"],
}


def test_the_committed_schemas_are_current() -> None:
    committed = {path.name: path.read_text("utf-8") for path in (ROOT / "content" / "schema").glob("*.json")}
    assert committed == schemas(), "run `python -m faq schema`"


def test_schemas_are_written(tmp_path: Path) -> None:
    written = write_schemas(tmp_path / "schema")
    assert {path.name: path.read_text("utf-8") for path in written} == schemas()


@pytest.mark.parametrize("name", list(FILES))
def test_an_editor_takes_what_the_loader_takes(name: str) -> None:
    schema = json.loads(schemas()[name])
    Draft202012Validator.check_schema(schema)
    for file in FILES[name]:
        document = parse_yaml((GOOD / file).read_bytes(), file)
        assert list(Draft202012Validator(schema).iter_errors(document.value)) == []


@pytest.mark.parametrize(
    ("name", "file", "old", "new"),
    [
        ("faq.schema.json", "en/faq.yaml", "phrasings: [hi", "phrasing: [hi"),
        ("faq.schema.json", "en/faq.yaml", "id: hello", "id: Hello"),
        ("faq.schema.json", "en/faq.yaml", "small-talk", "talk"),
        ("messages.schema.json", "en/messages.yaml", "no-match:", "No_Match:"),
        ("program.schema.json", "program.yaml", "https://example.com/help", "http://example.com/help"),
        ("program.schema.json", "program.yaml", "report_day: 15", "report_day: 1.5"),
        ("out-of-scope.schema.json", "en/out_of_scope.yaml", "title: The weather", "title: 5"),
    ],
)
def test_an_editor_marks_what_the_loader_refuses(name: str, file: str, old: str, new: str) -> None:
    text = (GOOD / file).read_text("utf-8")
    assert old in text
    document = parse_yaml(text.replace(old, new, 1).encode(), file)
    assert list(Draft202012Validator(json.loads(schemas()[name])).iter_errors(document.value))
