"""The TSV of QnA Maker and Custom Question Answering: one row for each question, rows of one answer share a ``QnaId``.

A cell is one line: line breaks are written as ``\\n``. Metadata are ``name:value|name:value`` or, in files made by
migration scripts, a JSON list; prompts are a JSON list. Older files have the first three or four columns only.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from faq.curate.exchange.pairs import MAX_PAIRS, BadFile, Pair, Pairs, Prompt, fitting

COLUMNS = (
    *("Question", "Answer", "Source", "Metadata", "SuggestedQuestions"),
    *("IsContextOnly", "Prompts", "QnaId", "SourceDisplayName"),
)
_FORMULA = re.compile(r"\s*(?:[=@]|[+-]\s*(?:[A-Za-z_.]+\(|\w+\|))")
"""What a spreadsheet would run when the file is opened in it; a Markdown list or a phone number is none."""
_ESCAPED = re.compile(r"\\(\\|n|r|t)")
_PLAIN = {"\\": "\\", "n": "\n", "r": "", "t": "\t"}
_MAX_ROWS = 10 * MAX_PAIRS

Row = Mapping[str, str]
"""Cells by column, in small letters."""


def parse_tsv(text: str) -> Pairs:
    """The pairs of a file. Raises `BadFile`."""
    lost: list[str] = []
    found: dict[tuple[str, ...], Pair] = {}
    for line, row in _rows(text, lost):
        pair = fitting(_pair(line, row), lost)
        if pair is None:
            continue
        key = (pair.id,) if pair.id else (pair.answer, pair.source)
        known = found.setdefault(key, pair)
        if known.answer != pair.answer:
            raise BadFile(line, f"QnaId {pair.id} has another answer in line {known.line}")
        if pair.questions[0] not in known.questions:
            found[key] = replace(known, questions=(*known.questions, *pair.questions))
        if row.get("suggestedquestions", "").strip() not in {"", "[]"}:
            lost.append(f"line {line}: suggested questions; look through them, and add those that fit as phrasings")
    if len(found) > MAX_PAIRS:
        raise BadFile(1, f"there are {len(found)} answers, and {MAX_PAIRS} is the most")
    return Pairs(tuple(found.values()), tuple(lost))


def write_tsv(pairs: Iterable[Pair]) -> str:
    """The pairs as a file with all columns. Raises `BadFile` for a text that a spreadsheet would run as a formula."""
    lines = ["\t".join(COLUMNS)]
    for pair in pairs:
        prompts = [
            {"displayOrder": order, "qnaId": int(prompt.to), "displayText": prompt.text}
            for order, prompt in enumerate(pair.prompts)
        ]
        rest = [
            pair.answer,
            pair.source,
            "|".join(f"{name}:{value}" for name, value in pair.metadata),
            "[]",
            str(pair.context_only),
            json.dumps(prompts, ensure_ascii=False),
            pair.id,
            pair.source,
        ]
        for question in pair.questions:
            lines.append("\t".join(_cell(pair.line, cell) for cell in (question, *rest)))
    return "\n".join(lines) + "\n"


def _rows(text: str, lost: list[str]) -> Iterator[tuple[int, Row]]:
    reader = csv.reader((f"{line}\n" for line in text.split("\n")), delimiter="\t")
    header: list[str] = []
    try:
        for cells in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = _header(line, cells, lost)
            elif [cell.strip().lower() for cell in cells[:2]] == header[:2]:
                continue  # files joined by hand repeat their first row
            elif len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                raise BadFile(line, f"there are {len(cells)} cells under {len(header)} columns")
            else:
                yield line, dict(zip(header, cells, strict=False))
            if line > _MAX_ROWS:
                raise BadFile(line, f"there are more than {_MAX_ROWS} rows")
    except csv.Error as error:
        raise BadFile(reader.line_num, f"this cell cannot be read ({error}), perhaps for a quote left open") from None
    if not header:
        raise BadFile(1, "the file is empty")


def _header(line: int, cells: list[str], lost: list[str]) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    if not {"question", "answer"} <= set(header):
        raise BadFile(line, f"the first row names no columns Question and Answer, separated by tabs, but {cells[:9]}")
    known = {column.lower() for column in COLUMNS}
    lost += [f"the column {name!r}" for name, low in zip(cells, header, strict=True) if low and low not in known]
    return header


def _pair(line: int, row: Row) -> Pair:
    for column in ("question", "answer"):
        if _FORMULA.match(row.get(column, "")):
            raise BadFile(line, f"the {column} is a spreadsheet formula")
    question = _unescaped(row.get("question", "")).strip()
    return Pair(
        id=row.get("qnaid", "").strip(),
        questions=(question,) if question else (),
        answer=_unescaped(row.get("answer", "")).strip(),
        line=line,
        source=row.get("source", "").strip(),
        metadata=tuple(_metadata(line, row.get("metadata", "").strip())),
        prompts=tuple(_prompts(line, row.get("prompts", "").strip())),
        context_only=row.get("iscontextonly", "").strip().lower() == "true",
    )


def _metadata(line: int, cell: str) -> Iterator[tuple[str, str]]:
    if cell.startswith("["):
        yield from ((item["name"], item["value"]) for item in _objects(line, cell, "metadata", ("name", "value")))
        return
    for part in filter(None, cell.split("|")):
        name, colon, value = part.partition(":")
        if not colon or not name.strip():
            raise BadFile(line, "metadata are not written as name:value|name:value")
        yield name.strip(), value.strip()


def _prompts(line: int, cell: str) -> Iterator[Prompt]:
    prompts = _objects(line, cell, "prompts", ("displayorder", "qnaid", "displaytext")) if cell else []
    for prompt in sorted(prompts, key=lambda prompt: prompt["displayorder"].zfill(9)):
        yield Prompt(" ".join(prompt["displaytext"].split()), prompt["qnaid"])


def _objects(line: int, cell: str, what: str, keys: tuple[str, ...]) -> list[dict[str, str]]:
    """A JSON list of objects, as texts by key in small letters."""
    try:
        items = json.loads(cell)
        found = [{key.lower(): str(value) for key, value in item.items()} for item in items]
    except (ValueError, RecursionError, AttributeError, TypeError):
        raise BadFile(line, f"the {what} are not a JSON list of objects") from None
    if any(key not in item for item in found for key in keys):
        raise BadFile(line, f"the {what} need {', '.join(keys)} each")
    return found


def _unescaped(cell: str) -> str:
    return _ESCAPED.sub(lambda match: _PLAIN[match[1]], cell)


def _cell(line: int, text: str) -> str:
    if _FORMULA.match(text):
        raise BadFile(line, "a spreadsheet would take this text for a formula")
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped.replace(chr(34), chr(34) * 2)}"' if escaped.startswith('"') else escaped
