from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from faq.check import Severity, check
from faq.curate.overmatch import SURELY, Taken
from faq.model import Answer, Answers, Candidate, KnowledgeBase, MatchResult, NoMatch, Suggestions

GOOD = Path(__file__).parents[1] / "content" / "good"
TODAY = date(2025, 1, 1)


class Scripted:
    """A matcher that knows whose test question it is asked, and may be told to fail on some."""

    def __init__(self, bases: Mapping[str, KnowledgeBase], wrong: Mapping[str, MatchResult]) -> None:
        self.bases = bases
        self.wrong = wrong
        self.asked: list[str] = []

    def match(self, utterance: str, language: str) -> MatchResult:
        self.asked.append(utterance)
        if utterance in self.wrong:
            return self.wrong[utterance]
        owner = next(e.id for e in self.bases[language].entries.values() if utterance in e.expect)
        return NoMatch((), topic=owner) if owner == "weather" else answered(owner)


def answered(*entries: str) -> Answers:
    return Answers(tuple(Answer(Candidate(entry, 0.9), "part") for entry in entries), ())


def told(wrong: Mapping[str, MatchResult]) -> list[str]:
    return [finding.text for finding in check(GOOD, TODAY, lambda bases: Scripted(bases, wrong))]


def test_every_expected_line_is_asked_in_its_language() -> None:
    made: list[Scripted] = []

    def make(bases: Mapping[str, KnowledgeBase]) -> Scripted:
        made.append(Scripted(bases, {}))
        return made[0]

    assert check(GOOD, TODAY, make) == []
    assert len(made[0].asked) == 6


QUESTION = "how expensive is it"


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (answered("opening"), "is answered by `opening`, and belongs to `fee`"),
        (answered("opening", "fee"), "is answered by `opening`"),
        (Suggestions((Candidate("fee", 0.5), Candidate("hello", 0.4))), "only offers `fee`, `hello`"),
        (NoMatch(()), "finds nothing"),
        (NoMatch((), topic="weather"), "finds the topic `weather`"),
        (NoMatch((), topic="fee"), "finds the topic `fee`"),
    ],
)
def test_another_result_is_an_error_at_the_line(result: MatchResult, words: str) -> None:
    (finding,) = check(GOOD, TODAY, lambda bases: Scripted(bases, {QUESTION: result}))
    assert words in finding.text
    assert (finding.severity, finding.file, finding.line, finding.column) == (
        Severity.ERROR,
        "good/en/faq.yaml",
        36,
        14,
    )


def test_the_first_of_several_answers_counts() -> None:
    assert told({QUESTION: answered("fee", "opening")}) == []


def test_a_topic_is_not_answered() -> None:
    assert told({"how cold is it": answered("weather")}) == [
        "this test question is answered by `weather`, and belongs to `weather`: add phrasings"
    ]


def test_questions_are_not_asked_while_content_cannot_be_loaded(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(GOOD, tmp_path / "content"))
    (folder / "program.yaml").write_text("facts: {}\n")

    def never(bases: Mapping[str, KnowledgeBase]) -> Scripted:
        raise AssertionError(bases)

    assert {finding.severity for finding in check(folder, TODAY, never)} == {Severity.ERROR}


@pytest.mark.parametrize(
    ("count", "severity"), [(4, "error"), (5, "warning"), (7, "warning"), (8, ""), (40, ""), (41, "warning")]
)
def test_answers_have_a_good_number_of_phrasings(count: int, severity: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(GOOD, tmp_path / "content"))
    path = folder / "en" / "faq.yaml"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    (at,) = [number for number, line in enumerate(lines) if "how much" in line]
    lines[at] = f"    phrasings: [{', '.join(f'way {number} of it' for number in range(count))}]\n"
    path.write_text("".join(lines), "utf-8")
    assert [str(f.severity) for f in check(folder, TODAY)] == ([severity] if severity else [])


def test_a_long_answer_and_a_repeated_title_are_warnings(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(GOOD, tmp_path / "content"))
    path = folder / "en" / "faq.yaml"
    text = path.read_text("utf-8").replace("answer: Good day.", f"answer: {'Good day. ' * 91}")
    path.write_text(text.replace("[hi,", "[hello!,"), "utf-8")
    findings = check(folder, TODAY)
    assert [str(f.severity) for f in findings] == ["warning", "warning"]
    assert ["people read about 900" in findings[0].text, "the title says the same" in findings[1].text] == [True, True]


def severities(folder: Path, overmatch: float | None) -> list[tuple[str, str, int]]:
    findings = check(folder, TODAY, lambda bases: Scripted(bases, {}), overmatch=overmatch)
    return [(str(finding.severity), finding.file.rpartition("/")[2], finding.line) for finding in findings]


@pytest.mark.parametrize(
    ("overmatch", "found"),
    [(None, []), (SURELY, ["error"] * 2), (0.0, ["error", "warning"] * 2)],
)
def test_a_phrasing_that_is_surely_anothers_is_an_error_at_its_line(
    overmatch: float | None, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = [Taken("fee", 1, "opening", "opening day", SURELY), Taken("hello", 0, "fee", "fees", SURELY - 0.01)]
    monkeypatch.setattr("faq.check.overmatched", lambda _base: iter(taken))
    told = severities(GOOD, overmatch)
    assert [severity for severity, _, _ in told] == found
    assert {(file, line) for _, file, line in told} <= {("faq.yaml", line) for line in (35, 41, 26, 32)}


def test_the_same_words_in_two_entries_are_an_error_in_any_order(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(GOOD, tmp_path / "content"))
    path = folder / "en" / "faq.yaml"
    path.write_text(path.read_text("utf-8").replace("[hi, good morning]", "[hi, the price is what]"), "utf-8")
    (finding,) = check(folder, TODAY, lambda bases: Scripted(bases, {}))
    assert "this is nearly a phrasing of `fee` (what is the price): keep it with" in finding.text
    assert finding.severity is Severity.ERROR
