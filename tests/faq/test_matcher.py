"""Answer, offer or pass."""

from __future__ import annotations

import numpy as np
import pytest

from faq import classifier
from faq.fusion import fit_weights
from faq.linear import fit_in_passes, fit_kernel, one_hot, softmax
from faq.matcher import Matcher
from faq.model import Answers, Entry, Kind, KnowledgeBase, MatchContext, MatchResult, NoMatch, Suggestions
from faq.sparse import Rows, Vector

THINGS = ("invoice courseware directory landing trainer renewal silver gold competency discount webinar report").split()  # noqa: SIM905 - a list of words reads better as words
FRAMES = (
    "what is the {} about",
    "please explain our {}",
    "where do I find the {}",
    "how does the {} work for partners",
    "I need help with a {}",
    "tell me more on the {} topic",
    "who takes care of the {}",
)


def entry(entry_id: str, *phrasings: str, kind: Kind = Kind.ANSWER, threshold: float | None = None) -> Entry:
    return Entry(entry_id, kind, "en", phrasings[0], "answer", phrasings[1:], threshold=threshold)


def base(*more: Entry) -> KnowledgeBase:
    plain = [entry(thing, thing, *(frame.format(thing) for frame in FRAMES)) for thing in THINGS]
    return KnowledgeBase("en", {e.id: e for e in (*plain, *more)}, "v1")


GREETING = entry("greeting", "hello", "hi", "good morning", "hey", "good day to you", kind=Kind.SMALL_TALK)
PASSWORD = entry("password", "reset my password", "forgot the password", "password lost", kind=Kind.OUT_OF_SCOPE)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher({"en": base(GREETING, PASSWORD)})


def answered(result: MatchResult) -> list[str]:
    return [part.candidate.entry for part in result.parts] if isinstance(result, Answers) else []


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("WHERE do I find the invoice??", ["invoice"]),
        ("what is the trainor about", ["trainer"]),
        ("hi, how does the webinar work for partners?", ["webinar"]),
        ("hello", ["greeting"]),
        ("What is the invoice about? Who takes care of the webinar?", ["invoice", "webinar"]),
        ("where do I find the report and how does the discount work for partners", ["report", "discount"]),
        ("what is the invoice about? tell me more on the invoice topic", ["invoice"]),
    ],
)
def test_answers(matcher: Matcher, text: str, entries: list[str]) -> None:
    assert answered(matcher.match(text, "en")) == entries


def test_exact_phrasing_is_certain(matcher: Matcher) -> None:
    assert matcher.match("Who takes care of the gold", "en").candidates[0].score == 1.0


@pytest.mark.parametrize("text", ["", "   ", "😀", "zzzz qqqq", "\x00", "·" * 600])
def test_nothing_is_known_of(matcher: Matcher, text: str) -> None:
    assert isinstance(matcher.match(text, "en"), NoMatch)


def test_topic_out_of_scope_is_recognized(matcher: Matcher) -> None:
    result = matcher.match("I forgot the password", "en")
    assert isinstance(result, NoMatch)
    assert result.topic == "password"


def test_refused_entries_are_not_offered_again(matcher: Matcher) -> None:
    result = matcher.match("where do I find the invoice", "en", MatchContext(refused=("invoice",)))
    assert all(candidate.entry != "invoice" for candidate in result.candidates)


def test_follow_up_leans_on_the_last_entry(matcher: Matcher) -> None:
    result = matcher.match("and for gold?", "en", MatchContext(last_entry="silver", turns_ago=1))
    assert result.candidates[0].entry == "gold"
    assert isinstance(result, Answers | Suggestions)


def test_same_text_same_result(matcher: Matcher) -> None:
    twin = Matcher({"en": base(GREETING, PASSWORD)})
    for text in ("how about gold reports", "invoce discount", "hi there"):
        assert matcher.match(text, "en") == matcher.match(text, "en") == twin.match(text, "en")


def test_what_is_not_leant_on_is_not_looked_at(matcher: Matcher) -> None:
    alone = matcher.match("how does the webinar work for partners", "en")
    assert matcher.match("how does the webinar work for partners", "en", MatchContext("invoice", 1)) is alone
    assert matcher.match("how does the webinar work for partners", "en", MatchContext(turns_ago=7)) is alone
    leaning = [matcher.match("what about the webinar?", "en", MatchContext("invoice", ago)) for ago in (1, 3, 4)]
    assert leaning[0] is leaning[1] is not leaning[2]


def test_own_threshold_of_an_entry() -> None:
    strict = Matcher({"en": base(entry("mileage", "mileage rules", "rules of mileage", threshold=1.0))})
    offered = strict.match("mileage rule", "en")
    assert isinstance(offered, Suggestions)
    assert [candidate.entry for candidate in offered.candidates] == ["mileage"], "only what is worth offering"
    loose = Matcher({"en": base(entry("mileage", "mileage rules", "rules of mileage", threshold=0.001))})
    assert answered(loose.match("mileage rule", "en")) == ["mileage"]


def test_small_and_empty_knowledge_bases() -> None:
    empty = Matcher({"en": KnowledgeBase("en", {}, "v")})
    assert empty.match("anything", "en") == NoMatch(())
    one = Matcher({"en": KnowledgeBase("en", {"a": entry("a", "who can enroll", "which role enrolls us")}, "v")})
    assert answered(one.match("who can enroll", "en")) == ["a"]


def test_weights_follow_the_family_that_knows() -> None:
    chance = np.random.default_rng(0)
    owner = np.arange(200) % 5
    noise = chance.normal(size=(200, 5, 2)).astype(np.float32)
    noise[np.arange(200), owner, 0] += 2
    useful, useless = fit_weights(noise, owner, np.ones(2, dtype=np.float32))
    assert useful > 2 * useless >= 0


def test_weights_stay_near_the_prior_when_questions_are_few() -> None:
    same = np.random.default_rng(0).normal(size=(40, 5, 1)).astype(np.float32).repeat(2, axis=2)
    weights = fit_weights(same, np.arange(40) % 5, np.array([1.0, 0.5], dtype=np.float32))
    assert (weights > 0).all()


def test_logistic_regression_is_at_its_optimum() -> None:
    chance = np.random.default_rng(1)
    vectors = chance.normal(size=(60, 20)).astype(np.float32) / 4
    target = one_hot(np.arange(60) % 3, 3)
    kernel = vectors @ vectors.T
    dual = fit_kernel(kernel, target, 0.05, 25)
    gradient = softmax(kernel @ dual) - target + np.float32(0.05) * dual
    assert np.abs(gradient).max() < 0.02


def test_a_few_passes_find_what_the_exact_fit_finds() -> None:
    chance = np.random.default_rng(1)
    owner = np.arange(400) % 4
    dense = chance.normal(size=(400, 8)).astype(np.float32) / 3
    dense[np.arange(400), owner] += 1
    rows = Rows([Vector(np.arange(8), row) for row in dense])
    kernel = dense @ dense.T
    exact = kernel @ fit_kernel(kernel, one_hot(owner, 4), 0.05, 25)
    passed = dense @ fit_in_passes(rows, owner, (8, 4), 4)
    assert (exact.argmax(axis=1) == passed.argmax(axis=1)).mean() > 0.95


@pytest.mark.parametrize("passed", [20_000_000, 0])
def test_other_fits_find_the_same(passed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "_EXACT", 0)
    monkeypatch.setattr(classifier, "_MOST_PASSED", passed)
    large = Matcher({"en": base(GREETING, PASSWORD)})
    for text, entries in (("where do I find our invoice", ["invoice"]), ("what is the trainor about", ["trainer"])):
        assert answered(large.match(text, "en")) == entries
