"""The forms of what a language has beside its sentences, and the JSON Schemas of all content files for editors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from program.schema import ProgramFile
from program.shape import Day, Line, Name, Prose, Strict
from wording.schema import MessagesFile
from wording.shape import CommandsFile, CountriesFile, FieldsFile

Threshold = Annotated[float, Field(gt=0, le=1)]


class EntryBlock(Strict):
    """One question with its answer."""

    id: Name = Field(description="Contract with tests and measurements: never renamed. The same in every language.")
    kind: Literal["answer", "command", "small-talk"] = Field(
        description="answer: about the program; command: what the bot does or is; small-talk: greetings, never offered."
    )
    title: Line = Field(description="The question in a few words: card heading, button label, and matched as well.")
    answer: Prose = Field(description="Markdown. {name} writes a fact of program.yaml, [words](link:name) a link.")
    steps: list[Prose] = Field(default=[], description="Steps in order, shown as a numbered list.")
    source: Name | None = Field(default=None, description="Section of the page (sources in program.yaml).")
    as_of: Day | None = Field(default=None, description="When the source said so: 2021-02-05.")
    valid_from: Day | None = Field(default=None, description="First day on which the answer holds.")
    valid_until: Day | None = Field(default=None, description="Last day on which the answer may be given as current.")
    erratum: Prose | None = Field(default=None, description="Where and how the page is wrong.")
    related: list[Name] = Field(default=[], max_length=6, description="Ids of entries to offer next, best first.")
    starts: Name | None = Field(default=None, description="Dialog that a command starts or an answer offers.")
    threshold: Threshold | None = Field(default=None, description="Own answer threshold, 0 to 1; rarely needed.")
    phrasings: list[Line] = Field(description="How people ask it, 8 to 40 lines as they type it.")
    expect: list[Line] = Field(default=[], description="Test questions that this entry must answer; never indexed.")


class FaqFile(Strict):
    """Questions and answers of one language."""

    entries: list[EntryBlock] = Field(min_length=1)


class TopicBlock(Strict):
    """A topic that the bot recognizes and does not know."""

    id: Name = Field(description="The same in every language.")
    title: Line = Field(description="The topic in a few words.")
    answer: Prose = Field(description="Who does know it. Markdown, facts and links as in faq.yaml.")
    phrasings: list[Line] = Field(description="How people ask about it.")
    expect: list[Line] = Field(default=[], description="Test questions of this topic; never indexed.")


class OutOfScopeFile(Strict):
    """Recognized topics that the bot does not know, in one language."""

    entries: list[TopicBlock] = Field(min_length=1)


class SynonymsFile(Strict):
    """Words and phrases that mean the same to a partner, in one language."""

    groups: list[Annotated[list[Line], Field(min_length=2)]] = Field(
        description="Each group: two or more words or phrases. They count beside the words, nothing is replaced."
    )


class LanguageFile(Strict):
    """What a language is called, and whether the bot speaks it."""

    name: Line = Field(description="The language's name in itself: Français.")
    served: bool = Field(default=True, description="false while it is being written: nothing of it is said to users.")


_MODELS: Mapping[str, type[BaseModel]] = {
    "program": ProgramFile,
    "faq": FaqFile,
    "messages": MessagesFile,
    "out-of-scope": OutOfScopeFile,
    "synonyms": SynonymsFile,
    "language": LanguageFile,
    "fields": FieldsFile,
    "commands": CommandsFile,
    "countries": CountriesFile,
}


def schemas() -> dict[str, str]:
    """File name and text of every JSON Schema."""
    return {f"{name}.schema.json": _schema(model) for name, model in _MODELS.items()}


def write_schemas(folder: Path) -> list[Path]:
    """Write the schemas into ``folder`` (``content/schema``); returns the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        files.append(folder / name)
    return files


def _schema(model: type[BaseModel]) -> str:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
    return json.dumps(_as_strict_as_the_loader(schema), ensure_ascii=False, indent=2) + "\n"


def _as_strict_as_the_loader(node: Any) -> Any:
    """The schema without nulls, which the loader refuses, and closed where the names of keys have a pattern."""
    if isinstance(node, list):
        return [_as_strict_as_the_loader(item) for item in node]
    if not isinstance(node, dict):
        return node
    strict = {key: _as_strict_as_the_loader(value) for key, value in node.items() if (key, value) != ("default", None)}
    if "patternProperties" in strict:
        strict["additionalProperties"] = False
    match strict.pop("anyOf", []):
        case [kind, {"type": "null"}]:
            return {**kind, **strict}
        case []:
            return strict
        case kinds:
            return {**strict, "anyOf": kinds}
