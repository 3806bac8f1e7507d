"""Curators' tools: measure, try a phrasing, find what one entry takes from another."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from typer.testing import CliRunner

from faq.cli import app
from faq.curate.curve import curve_svg, threshold_curve
from faq.curate.overmatch import near_duplicates, overmatched
from faq.curate.reading import BadQuestions, read_questions
from faq.curate.trial import Outcome, Question, Summary, Verdict, ask_all
from faq.model import Answer, Answers, Candidate, Entry, Kind, KnowledgeBase, MatchResult, NoMatch, Suggestions

GOOD = Path(__file__).parents[1] / "content" / "good"


def answers(*entries: str) -> Answers:
    candidates = tuple(Candidate(entry, 0.9) for entry in entries)
    return Answers(tuple(Answer(candidate, "part") for candidate in candidates), candidates)


def offers(*entries: str) -> Suggestions:
    return Suggestions(tuple(Candidate(entry, 0.3) for entry in entries))


class Fixed:
    def __init__(self, result: MatchResult) -> None:
        self.result = result

    def match(self, utterance: str, language: str) -> MatchResult:
        return self.result


@pytest.mark.parametrize(
    ("expect", "every", "result", "verdict"),
    [
        (("a",), False, answers("a"), Verdict.RIGHT),
        (("b", "a"), False, answers("a"), Verdict.RIGHT),
        (("a",), False, answers("b", "a"), Verdict.WRONG),
        (("a", "b"), True, answers("b", "a"), Verdict.RIGHT),
        (("a", "b"), True, answers("a"), Verdict.WRONG),
        (("a",), False, offers("b", "a"), Verdict.OFFERED),
        (("a",), False, offers("b"), Verdict.MISSED),
        (("a",), False, NoMatch(()), Verdict.MISSED),
        (("a",), False, NoMatch((), topic="a"), Verdict.RIGHT),
        ((), False, NoMatch(()), Verdict.RIGHT),
        ((), False, NoMatch((), topic="prices"), Verdict.RIGHT),
        ((), False, offers("a"), Verdict.OFFERED),
        ((), False, answers("a"), Verdict.WRONG),
    ],
)
def test_verdicts(expect: tuple[str, ...], every: bool, result: MatchResult, verdict: Verdict) -> None:
    (outcome,) = ask_all([Question("1", "en", "?", expect, all=every)], Fixed(result))
    assert outcome.verdict is verdict


def outcome(expect: tuple[str, ...], first: str | None, verdict: Verdict, score: float = 0.5) -> Outcome:
    return Outcome(Question("1", "en", "?", expect), verdict, first, score)


OUTCOMES = [
    outcome(("a",), "a", Verdict.RIGHT, 0.9),
    outcome(("a",), "b", Verdict.OFFERED, 0.3),
    outcome(("a",), "b", Verdict.WRONG, 0.7),
    outcome((), "a", Verdict.WRONG, 0.6),
    outcome((), None, Verdict.RIGHT, 0.0),
]


def test_summary_keeps_strangers_apart() -> None:
    summary = Summary.of(OUTCOMES)
    assert (summary.questions, summary.ranked_right, summary.strangers) == (3, 1, 2)
    assert (summary.strangers_answered, summary.strangers_offered) == (1, 0)
    assert summary.verdicts == {Verdict.RIGHT: 1, Verdict.OFFERED: 1, Verdict.MISSED: 0, Verdict.WRONG: 1}
    assert summary.confusions == (("a", "b", 2),)


def test_curve_falls_with_the_threshold_and_is_drawn() -> None:
    points = {point[0]: point[1:] for point in threshold_curve(OUTCOMES)}
    assert points[0.0] == (1.0, pytest.approx(2 / 3), 1.0)
    assert points[0.5] == (pytest.approx(2 / 3), pytest.approx(1 / 3), 0.5)
    assert points[1.0] == (0.0, 0.0, 0.0)
    assert ET.fromstring(curve_svg(OUTCOMES, "a < b")).tag.endswith("svg")


def test_questions_are_read_from_json_lines_and_csv(tmp_path: Path) -> None:
    lines, table = tmp_path / "q.jsonl", tmp_path / "q.csv"
    lines.write_text(
        '{"id": "1", "lang": "en", "text": "how", "expect": ["a", "b"], "all": true, "style": "terse"}\n\n'
    )
    table.write_text("\ufeffid,lang,text,expect,style\n1,en,how,a b,terse\n2,,什么意思,,\n", encoding="utf-8")
    assert read_questions(lines) == [Question("1", "en", "how", ("a", "b"), True, "terse")]
    assert read_questions(table) == [
        Question("1", "en", "how", ("a", "b"), False, "terse"),
        Question("2", "zh-CN", "什么意思", ()),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "not JSON"),
        ("[1]", "not an object"),
        ('{"expect": []}', "text is missing"),
        ('{"text": "a"}', "not a list"),
        ('{"text": "a", "expect": [1]}', "not a list"),
        ('{"text": "a", "expect": [], "lang": 3}', "not a string"),
    ],
)
def test_bad_questions_are_told_with_their_line(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text(f'{{"text": "a", "expect": []}}\n{text}\n')
    with pytest.raises(BadQuestions, match=rf"q\.jsonl:2: .*{words}"):
        read_questions(file)


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*words, "--content", str(GOOD)])
    return result.exit_code, result.output


def test_test_command_prints_figures_and_writes_the_curve(tmp_path: Path) -> None:
    file, curve = tmp_path / "q.jsonl", tmp_path / "curve.svg"
    file.write_text('{"lang": "en", "text": "how much", "expect": ["fee"]}\n{"text": "zzzz qqqq", "expect": []}\n')
    code, told = run("test", str(file), "--curve", str(curve), "--json")
    assert code == 0
    assert json.loads(told)["en"]["ranked_right"] == 1
    assert curve.read_text().startswith("<svg")
    assert "right first" in run("test", str(file))[1]


@pytest.mark.parametrize("row", ['{"text": "a", "expect": ["none"]}', '{"text": "a", "lang": "fr", "expect": []}', "x"])
def test_test_command_refuses_what_is_not_in_the_content(row: str, tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text(row)
    assert run("test", str(tmp_path / "q.jsonl"))[0] == 1


def test_effect_counts_what_gets_better_and_worse(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('{"text": "wie teuer zzz", "lang": "en", "expect": ["fee"]}\n')
    options = ("effect", "wie teuer zzz", "--lang", "en", "--questions", str(tmp_path / "q.jsonl"))
    code, told = run(*options, "--entry", "fee")
    assert (code, told.splitlines()[0]) == (0, "changes 1 of 1, 0 get worse")
    assert "+ missed -> right" in told
    assert run(*options, "--entry", "none")[0] == 2
    assert run("effect", "costs what", "--lang", "en", "--entry", "fee")[1].startswith("changes ")


def base(**entries: tuple[str, ...]) -> KnowledgeBase:
    made = {name: Entry(name, Kind.ANSWER, "en", f"about {name}", "answer", lines) for name, lines in entries.items()}
    return KnowledgeBase("en", made, "v")


def test_nearly_equal_phrasings_of_two_entries_are_found() -> None:
    found = list(
        near_duplicates(base(a=("how do we pay the invoice", "pay it"), b=("how do we pay the invoices", "no")))
    )
    assert [(taken.entry, taken.number, taken.by) for taken in found] == [("b", 0, "a")]
    assert list(near_duplicates(base(a=("pay the bill", "pay the bill"), b=("walk the dog",)))) == []


def test_a_phrasing_that_another_entry_answers_is_found() -> None:
    topics = "invoice courseware directory landing trainer renewal silver gold webinar report badge".split()  # noqa: SIM905 - a list of words reads better as words
    frames = (
        "what is the {}",
        "explain our {}",
        "where is the {}",
        "who has the {}",
        "help with a {}",
        "tell me the {}",
    )
    lines = {topic: tuple(frame.format(topic) for frame in frames) for topic in topics}
    assert list(overmatched(base(**lines))) == []
    lines["gold"] = (*lines["gold"], "which trainer explains our trainer")
    assert [(taken.entry, taken.by) for taken in overmatched(base(**lines))] == [("gold", "trainer")]
