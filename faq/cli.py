"""Commands of ``python -m faq``. What is slow to import is imported by the command that needs it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from faq.language import choose_language

if TYPE_CHECKING:
    from faq.fitting import FitCache
    from faq.library import Library
    from faq.matcher import Matcher
    from faq.model import Candidate, KnowledgeBase

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Check, ask and measure the curated answers.")
Content = Annotated[Path, typer.Option("--content", help="Folder of the content files.")]
CONTENT = Path(__file__).parents[1] / "content"
REGRESSION = Path(__file__).parents[1] / "tests" / "regression"
FITS = Path(__file__).parents[1] / "var" / "fits"
KEPT = Path(__file__).parents[1] / "var" / "content"


class BadLine(ValueError):
    """Each line is a JSON object with a "text", and optionally an "id" and a "lang" of the content."""

    def __init__(self, question_id: object, why: str) -> None:
        super().__init__(f"{why}. {self.__doc__}")
        self.question_id = question_id


@app.command()
def check(
    quick: Annotated[
        bool, typer.Option("--quick", help="Do not ask every phrasing without itself, which takes half a minute.")
    ] = False,
    doubts: Annotated[
        bool, typer.Option("--doubts", help="Also show phrasings that another entry might answer.")
    ] = False,
    content: Content = CONTENT,
) -> None:
    """Lint all content; every `expect` line is answered by its entry and no entry takes another's phrasings.

    Exit code 1 on errors.
    """
    from datetime import UTC, datetime  # noqa: PLC0415 - see the module

    from faq.check import Severity  # noqa: PLC0415
    from faq.check import check as find  # noqa: PLC0415
    from faq.curate.overmatch import SURELY  # noqa: PLC0415

    findings = find(content, datetime.now(UTC).date(), _matcher, overmatch=None if quick else 0.0 if doubts else SURELY)
    for finding in findings:
        print(finding)
    counts = Counter(finding.severity for finding in findings)
    print(f"{counts[Severity.ERROR]} errors, {counts[Severity.WARNING]} warnings, {counts[Severity.TODO]} to do")
    raise typer.Exit(1 if counts[Severity.ERROR] else 0)


@app.command()
def ask(
    question: str,
    lang: Annotated[str | None, typer.Option(help="Language of the question; detected by default.")] = None,
    why: Annotated[
        bool, typer.Option("--why", help="Show phrasing, evidence and threshold of each candidate.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    content: Content = CONTENT,
) -> None:
    """Answer one question, with scores."""
    from faq.model import Answers  # noqa: PLC0415 - see the module
    from faq.report import report  # noqa: PLC0415

    language = lang or choose_language(question)
    knowledge, matcher = _knowledge(content, language)
    result = matcher.match(question, language)
    reasons = [_reason(candidate, matcher, language) for candidate in result.candidates] if why else []
    if as_json:
        print(json.dumps(report(result) | {"lang": language} | ({"why": reasons} if why else {}), ensure_ascii=False))
        return
    told = report(result)
    print(f"{told['kind']} ({language}, version {knowledge.version}) {told['entry'] or ''}".rstrip())
    if isinstance(result, Answers):
        for part in result.parts:
            print(f"\n{knowledge.entries[part.candidate.entry].answer.rstrip()}\n")
    for candidate in result.candidates:
        print(f"  {candidate.score:6.1%}  {candidate.entry}")
    for reason in reasons:
        print(f"  why: {json.dumps(reason, ensure_ascii=False)}")


@app.command()
def match(
    questions: Annotated[typer.FileText, typer.Argument(help="JSON lines: id, lang, text.", encoding="utf-8")] = "-",  # type: ignore[assignment]  # typer opens it
    content: Content = CONTENT,
) -> None:
    """Match JSON lines; one JSON line out for each. Exit code 1 when a line was bad."""
    for stream, errors in ((questions, "replace"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)  # a lone surrogate leaves as its JSON escape
    _, matcher = _load(content)
    raise typer.Exit(_match_lines(questions, matcher, sys.stdout))


@app.command("test")
def try_questions(
    file: Annotated[Path, typer.Argument(help="JSON lines or CSV: id, lang, text, expect, style.", exists=True)],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    curve: Annotated[Path | None, typer.Option(help="Write the threshold curve to this SVG file.")] = None,
    content: Content = CONTENT,
) -> None:
    """Ask questions whose entries are known: right, offered, wrong, what is mistaken for what."""
    from faq.curate.cli import run_test  # noqa: PLC0415 - see the module

    run_test(file, *_load(content), as_json=as_json, curve=curve)


@app.command()
def effect(
    phrase: str,
    entry: Annotated[str, typer.Option(help="Entry that would get the phrasing.")],
    lang: Annotated[str | None, typer.Option(help="Language of the phrasing; detected by default.")] = None,
    questions: Annotated[
        Path | None, typer.Option(help="Questions to try; the tuning half and the `expect` lines by default.")
    ] = None,
    content: Content = CONTENT,
) -> None:
    """Show what a phrasing would change, before it is added."""
    from faq.curate.cli import run_effect  # noqa: PLC0415 - see the module

    library, matcher = _load(content)
    language = lang or choose_language(phrase)
    tuning = REGRESSION / f"tuning.{language}.jsonl"
    files = [questions] if questions else [tuning] if content == CONTENT and tuning.exists() else []
    run_effect(phrase, language, library, (matcher, _unkept), entry=entry, files=files, expected=questions is None)


@app.command("add-language")
def add_language(
    tag: Annotated[str, typer.Argument(help="Language tag: fr, pt-BR.")],
    name: Annotated[str, typer.Argument(help="What the language is called in itself: Français.")],
    content: Content = CONTENT,
) -> None:
    """Make the folder of a further language; it is served when nothing in it is left to do."""
    from faq.curate.cli import run_add_language  # noqa: PLC0415 - see the module

    run_add_language(tag, name, content)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="QnA Maker's TSV, or a .qna file.", exists=True, dir_okay=False)],
    lang: Annotated[str, typer.Option(help="Language of the file.")],
    to: Annotated[Path | None, typer.Option(help="Draft to write; beside the file by default.")] = None,
    content: Content = CONTENT,
) -> None:
    """Make draft entries of another tool's file, for review. Nothing is overwritten."""
    from faq.curate.exchange.cli import run_import  # noqa: PLC0415 - see the module

    library = _library(content)
    run_import(file, library, _served(lang, library), to)


@app.command("export")
def export_file(
    kind: Annotated[str, typer.Argument(metavar="FORMAT", help="tsv or qna.")],
    lang: Annotated[str, typer.Option(help="Language to export.")],
    to: Annotated[Path | None, typer.Option(help="File to write; printed by default.")] = None,
    content: Content = CONTENT,
) -> None:
    """Write the entries of a language for QnA Maker, Custom Question Answering or the Bot Framework tools."""
    from faq.curate.exchange.cli import run_export  # noqa: PLC0415 - see the module

    library = _library(content)
    run_export(kind, library, _served(lang, library), to)


@app.command()
def schema(content: Content = CONTENT) -> None:
    """Write the JSON Schemas for editors."""
    from faq.schema import write_schemas  # noqa: PLC0415 - see the module

    for file in write_schemas(content / "schema"):
        print(file)


@app.command()
def version(content: Content = CONTENT) -> None:
    """Print the version of the content."""
    print(_library(content).version)


def _match_lines(lines: Iterable[str], matcher: Matcher, out: TextIO) -> int:
    failed = 0
    for line in lines:
        if not line.strip():
            continue
        try:
            answer = _matched(line, matcher)
        except BadLine as bad:
            answer, failed = {"id": bad.question_id, "error": str(bad)}, 1
        out.write(json.dumps(answer, ensure_ascii=False) + "\n")
        out.flush()
    return failed


def _matched(line: str, matcher: Matcher) -> dict[str, object]:
    from faq.report import report  # noqa: PLC0415 - see the module

    question_id, text, language = _question(line)
    language = language or choose_language(text)
    started = time.perf_counter()
    try:
        result = matcher.match(text, language)
    except KeyError:
        raise BadLine(question_id, f"there is no language {language}") from None
    ms = round(1000 * (time.perf_counter() - started), 3)
    return {"id": question_id, **report(result), "ms": ms}


def _question(line: str) -> tuple[object, str, str | None]:
    try:
        question = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLine(None, "this is not JSON") from None
    if not isinstance(question, dict):
        raise BadLine(None, "this is not an object")
    text, language = question.get("text"), question.get("lang")
    if not isinstance(text, str):
        raise BadLine(question.get("id"), "the text is missing")
    if language is not None and not isinstance(language, str):
        raise BadLine(question.get("id"), "the language is not a string")
    return question.get("id"), text, language


def _reason(candidate: Candidate, matcher: Matcher, language: str) -> dict[str, object]:
    return {
        "entry": candidate.entry,
        "score": candidate.score,
        "phrasing": candidate.phrasing,
        "evidence": dict(candidate.evidence),
        "threshold": round(matcher.threshold(candidate, language), 4),
    }


def _knowledge(content: Path, language: str) -> tuple[KnowledgeBase, Matcher]:
    """What is known in ``language``: as the bot knows it, or what is written so far of one that is not served."""
    from faq.files import unserved_languages  # noqa: PLC0415 - see the module
    from faq.load import load_unserved  # noqa: PLC0415
    from program.document import ContentErrors  # noqa: PLC0415

    if language not in unserved_languages(content):
        library, matcher = _load(content)
        return library.languages[_served(language, library)].knowledge, matcher
    try:
        progress = load_unserved(content, language)
    except ContentErrors as errors:
        typer.echo(str(errors), err=True)
        raise typer.Exit(1) from None
    written = len(progress.knowledge.entries)
    typer.echo(f"{language} is not served yet: {written} of {progress.entries} entries are written", err=True)
    return progress.knowledge, _matcher({language: progress.knowledge})


def _served(language: str, library: Library) -> str:
    if language not in library.languages:
        raise typer.BadParameter(f"there is no language {language}; there are {', '.join(library.languages)}")
    return language


def _load(content: Path) -> tuple[Library, Matcher]:
    library = _library(content)
    return library, _matcher(library.knowledge_bases)


def _matcher(bases: Mapping[str, KnowledgeBase]) -> Matcher:
    from faq.cache import FitFolder  # noqa: PLC0415 - see the module

    return _fitted(bases, FitFolder(FITS))


def _unkept(bases: Mapping[str, KnowledgeBase]) -> Matcher:
    """For a trial: the fits of what is served stay."""
    from faq.fitting import NoCache  # noqa: PLC0415 - see the module

    return _fitted(bases, NoCache())


def _fitted(bases: Mapping[str, KnowledgeBase], cache: FitCache) -> Matcher:
    """With the embedders that the bot has: ``EMBEDDINGS`` of the environment."""
    from faq.embedders.load import EmbedderError, load_embedders  # noqa: PLC0415 - see the module
    from faq.matcher import Matcher  # noqa: PLC0415

    try:
        return Matcher(bases, cache, load_embedders(os.environ.get("EMBEDDINGS", "")))
    except EmbedderError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _library(content: Path) -> Library:
    from faq.load import load_library  # noqa: PLC0415 - see the module
    from program.cache import KeptContent  # noqa: PLC0415
    from program.document import ContentErrors  # noqa: PLC0415

    try:
        return load_library(content, KeptContent(KEPT))
    except ContentErrors as errors:
        typer.echo(str(errors), err=True)
        raise typer.Exit(1) from None
