"""Reads regression sets: JSON lines or CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from faq.curate.trial import Question
from faq.language import choose_language


class BadQuestions(ValueError):
    """Write JSON lines, or CSV with a header: id, lang, text, expect (entries, in CSV separated by spaces), style."""

    def __init__(self, file: Path, line: int, why: str) -> None:
        super().__init__(f"{file.name}:{line}: {why}. {self.__doc__}")


def read_questions(file: Path) -> list[Question]:
    """All questions of ``file`` (``.csv``, else JSON lines). Raises `BadQuestions` and `OSError`."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadQuestions(file, 1, "this is not UTF-8") from None
    rows = _csv_rows(text) if file.suffix.lower() == ".csv" else _json_rows(file, text)
    return [_question(file, line, row) for line, row in rows]


def _csv_rows(text: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    reader = csv.DictReader(text.splitlines())
    for row in reader:
        expect = (row.get("expect") or "").replace(",", " ").split()
        yield reader.line_num, {**row, "expect": expect, "all": row.get("all") in {"true", "1", "yes"}}


def _json_rows(file: Path, text: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise BadQuestions(file, number, "this is not JSON") from None
        if not isinstance(row, dict):
            raise BadQuestions(file, number, "this is not an object")
        yield number, row


def _question(file: Path, line: int, row: Mapping[str, object]) -> Question:
    text, expect, language = row.get("text"), row.get("expect"), row.get("lang")
    if not isinstance(text, str) or not text.strip():
        raise BadQuestions(file, line, "the text is missing")
    if not isinstance(expect, list) or not all(isinstance(entry, str) for entry in expect):
        raise BadQuestions(file, line, "`expect` is not a list of entries")
    if language and not isinstance(language, str):
        raise BadQuestions(file, line, "the language is not a string")
    told = str(language) if language else choose_language(text)
    name, style = str(row.get("id") or line), str(row.get("style") or "")
    return Question(name, told, text, tuple(expect), row.get("all") is True, style)
