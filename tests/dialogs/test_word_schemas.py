"""Editors check the words of guided dialogs against JSON Schemas as strict as the loader."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from faq.schema import schemas
from program.yaml_source import parse_yaml
from tests.conftest import CONTENT

FILES = [
    ("fields", "en/fields.yaml"),
    ("fields", "zh-CN/fields.yaml"),
    ("commands", "en/commands.yaml"),
    ("commands", "zh-CN/commands.yaml"),
    ("countries", "countries.yaml"),
]


def faults(schema: str, text: str, file: str) -> list[str]:
    validator = Draft202012Validator(json.loads(schemas()[f"{schema}.schema.json"]))
    return [error.message for error in validator.iter_errors(parse_yaml(text.encode(), file).value)]


@pytest.mark.parametrize(("schema", "file"), FILES)
def test_the_files_fit_and_name_their_schema(schema: str, file: str) -> None:
    text = (CONTENT / file).read_text("utf-8")
    assert faults(schema, text, file) == []
    folder = "../" if "/" in file else ""
    assert text.startswith(f"# yaml-language-server: $schema={folder}schema/{schema}.schema.json\n")


@pytest.mark.parametrize("schema", ["fields", "commands", "countries"])
def test_the_schemas_are_written_out(schema: str) -> None:
    name = f"{schema}.schema.json"
    assert (CONTENT / "schema" / name).read_text("utf-8") == schemas()[name], "run `python -m faq schema`"


@pytest.mark.parametrize(
    ("schema", "file", "old", "new"),
    [
        ("fields", "en/fields.yaml", "only_alone:", "only_allone:"),
        ("commands", "en/commands.yaml", "joints:", "joint:"),
        ("countries", "countries.yaml", "iso3: AND", "iso3: and"),
    ],
)
def test_a_slip_is_noticed(schema: str, file: str, old: str, new: str) -> None:
    text = (CONTENT / file).read_text("utf-8")
    assert faults(schema, text.replace(old, new, 1), file)
