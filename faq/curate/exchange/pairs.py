"""Questions with an answer, as the files of other tools hold them."""

from __future__ import annotations

from dataclasses import dataclass, replace

MAX_PAIRS = 5_000
MAX_QUESTION = 200
"""Characters of a title or phrasing."""
MAX_ANSWER = 4_000
"""Characters of an answer."""


class BadFile(ValueError):
    """Correct the line in the tool that wrote the file, export it again and import that."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}. {self.__doc__}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Prompt:
    """A follow-up that is offered under an answer."""

    text: str
    to: str
    """Id of the pair that it leads to; ``?`` and a question when it is named by one."""
    context_only: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """Questions and the answer to all of them."""

    id: str
    questions: tuple[str, ...]
    answer: str
    """Markdown."""
    line: int = 0
    """Where it begins in its file."""
    source: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    prompts: tuple[Prompt, ...] = ()
    context_only: bool = False
    """Whether it is an answer only after another one."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """A file's pairs, and what else it holds that has no place here: for a person to look at."""

    pairs: tuple[Pair, ...]
    lost: tuple[str, ...] = ()


def fitting(pair: Pair, lost: list[str]) -> Pair | None:
    """``pair`` as far as it can be an entry, or None; what cannot is told in ``lost``.

    Files made of documents have headings without an answer, and whole pages as an answer.
    """
    at = f"line {pair.line}"
    questions = tuple(question for question in pair.questions if len(question) <= MAX_QUESTION and "\n" not in question)
    if len(questions) < len(pair.questions):
        lost.append(f"{at}: a question of several lines or more than {MAX_QUESTION} characters is left out")
    if not pair.answer.strip():
        lost.append(f"{at}: {' '.join(pair.questions)[:60]!r} has no answer and is left out")
    elif len(pair.answer) > MAX_ANSWER:
        lost.append(f"{at}: an answer of {len(pair.answer)} characters is left out, {MAX_ANSWER} is the most")
    elif not questions:
        lost.append(f"{at}: an answer without a question is left out")
    else:
        return replace(pair, questions=questions)
    return None
