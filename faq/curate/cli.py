"""The curators' commands ``test`` and ``effect`` of ``python -m faq``."""

from __future__ import annotations

import errno
import json
import re
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from faq.curate.trial import Question, Summary
    from faq.library import Library
    from faq.matcher import Matcher
    from faq.model import KnowledgeBase

_CONFUSIONS = 15


def run_test(
    file: Path, library: Library, matcher: Matcher, *, as_json: bool = False, curve: Path | None = None
) -> None:
    """Ask the questions of ``file`` and print how it went."""
    from faq.curate.curve import curve_svg  # noqa: PLC0415 - as in faq.cli
    from faq.curate.trial import Summary, ask_all  # noqa: PLC0415 - as in faq.cli

    outcomes = ask_all(_questions(file, library), matcher)
    if curve:
        curve.write_text(curve_svg(outcomes, f"{file.name}, content {library.version}"), encoding="utf-8")
    languages = dict.fromkeys(outcome.question.language for outcome in outcomes)
    summaries = {name: Summary.of(o for o in outcomes if o.question.language == name) for name in languages}
    if as_json:
        print(json.dumps({name: asdict(summary) for name, summary in summaries.items()}, ensure_ascii=False))
        return
    for language, summary in summaries.items():
        _tell(language, summary)


def run_effect(
    phrase: str,
    language: str,
    library: Library,
    matchers: tuple[Matcher, Callable[[Mapping[str, KnowledgeBase]], Matcher]],
    *,
    entry: str,
    files: Sequence[Path],
    expected: bool,
) -> None:
    """Print what the phrasing would change on the questions of ``files`` and, if ``expected``, the `expect` lines.

    ``matchers`` are the one without the phrasing, and what makes one with it.
    """
    from faq.curate.effect import effect_of, expected_questions, with_phrasing  # noqa: PLC0415 - as in faq.cli
    from faq.curate.trial import ask_all  # noqa: PLC0415 - as in faq.cli

    base = library.knowledge_bases.get(language)
    if base is None or entry not in base.entries:
        raise typer.BadParameter(f"there is no entry {entry} in {language}")
    asked = [question for file in files for question in _questions(file, library)]
    questions = [q for q in (*asked, *(expected_questions(base) if expected else ())) if q.language == language]
    matcher, made_of = matchers
    after = made_of({language: with_phrasing(base, entry, phrase)})
    effect = effect_of(ask_all(questions, matcher), ask_all(questions, after))
    gets = "gets" if len(effect.worse) == 1 else "get"
    print(f"changes {len(effect.changed)} of {effect.asked}, {len(effect.worse)} {gets} worse")
    for old, new in effect.changed:
        sign = "-" if old.is_better_than(new) else "+"
        print(f"  {sign} {old.verdict} -> {new.verdict}  {old.question.text}  ({old.first} -> {new.first})")


def run_add_language(tag: str, name: str, content: Path) -> None:
    """Copy the files of the default language into a folder of the new one, all at once or not at all."""
    from faq.curate.languages import copied, language_file  # noqa: PLC0415 - as in faq.cli
    from faq.files import LANGUAGE_FILE  # noqa: PLC0415 - as in faq.cli
    from faq.library import DEFAULT_LANGUAGE  # noqa: PLC0415
    from program.document import LANGUAGE  # noqa: PLC0415 - as in faq.cli

    if not re.search(LANGUAGE, tag):
        raise typer.BadParameter(f"{tag} is no language tag: write it as in fr, zh-CN or sr-Latn")
    if not name.strip() or not name.isprintable() or set(name) & set('"\\'):
        raise typer.BadParameter("write the name of the language as its speakers do, without quotes: Français")
    folder, model = content / tag, content / DEFAULT_LANGUAGE
    files = {path.name: copied(path.read_text("utf-8"), DEFAULT_LANGUAGE) for path in sorted(model.glob("*.yaml"))}
    files[LANGUAGE_FILE] = language_file(name.strip())
    unfinished = content / f".{tag}.part"
    try:
        unfinished.mkdir()
        for file, text in files.items():
            (unfinished / file).write_text(text, encoding="utf-8", newline="\n")
        if folder.exists():
            raise FileExistsError(errno.EEXIST, "it exists already")
        unfinished.rename(folder)
    except OSError as error:
        typer.echo(f"{folder} cannot be made ({error.strerror})", err=True)
        raise typer.Exit(1) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    print(f"{folder}: {len(files)} files. It is not served yet; what to do: python -m faq check --quick")


def _questions(file: Path, library: Library) -> list[Question]:
    from faq.curate.reading import BadQuestions, read_questions  # noqa: PLC0415 - as in faq.cli

    try:
        questions = read_questions(file)
    except (BadQuestions, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    for question in questions:
        known = library.knowledge_bases.get(question.language)
        strange = [entry for entry in question.expect if known and entry not in known.entries]
        if known is None or strange:
            what = f"entry {strange[0]}" if strange else f"language {question.language}"
            typer.echo(f"{file.name}: question {question.id}: there is no {what}", err=True)
            raise typer.Exit(1)
    return questions


def _tell(language: str, summary: Summary) -> None:
    print(f"{language}: {summary.questions} questions, {summary.strangers} out of scope")
    counts = {"right first": summary.ranked_right} | {
        str(verdict): count for verdict, count in summary.verdicts.items()
    }
    for name, count in counts.items():
        print(f"  {name:<12} {count:5}  {count / max(summary.questions, 1):6.1%}")
    if summary.strangers:
        answered, offered = summary.strangers_answered, summary.strangers_offered
        print(f"  out of scope: answered {answered / summary.strangers:.1%}, offered {offered / summary.strangers:.1%}")
    for expected, got, count in summary.confusions[:_CONFUSIONS]:
        print(f"  {count} x {expected} -> {got}")
