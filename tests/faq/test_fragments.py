"""Few words, little to go by: a fragment is no surer than its words are by themselves."""

from __future__ import annotations

import pytest

from faq import engine
from faq.matcher import Matcher
from faq.model import Answers, Entry, Kind, KnowledgeBase, NoMatch

TOPICS = "invoice courseware directory landing trainer renewal silver gold webinar report badge".split()  # noqa: SIM905 - a list of words reads better as words
FRAMES = ("what is the {}", "explain our {}", "where is the {}", "who has the {}", "help with a {}", "tell me the {}")
LONE = ("no plan for the renewal", "can I ask in German about the webinar", "does the logo of the badge change")


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    entries = {
        topic: Entry(topic, Kind.ANSWER, "en", f"about {topic}", "answer", tuple(f.format(topic) for f in FRAMES))
        for topic in TOPICS
    }
    for line in LONE:
        topic = next(word for word in line.split() if word in TOPICS)
        old = entries[topic]
        entries[topic] = Entry(topic, old.kind, "en", old.title, "answer", (*old.phrasings, line))
    return KnowledgeBase("en", entries, "v")


@pytest.mark.parametrize("text", ["no", "German", "Germany", "what", "who is", "explain our", "in", "logo", "Contoso"])
def test_a_fragment_without_evidence_is_not_answered(text: str, base: KnowledgeBase) -> None:
    assert not isinstance(Matcher({"en": base}).match(text, "en"), Answers)


@pytest.mark.parametrize("text", ["gold", "the gold", "inovice", "our courseware"])
def test_a_fragment_that_only_one_entry_says_is_answered(text: str, base: KnowledgeBase) -> None:
    assert isinstance(Matcher({"en": base}).match(text, "en"), Answers)


@pytest.mark.parametrize("text", ["Contoso", "Zywiec", "Fabrikam Ltd"])
def test_a_name_is_not_a_question(text: str, base: KnowledgeBase) -> None:
    assert isinstance(Matcher({"en": base}).match(text, "en"), NoMatch)


def test_longer_texts_are_not_held_back(base: KnowledgeBase) -> None:
    assert isinstance(Matcher({"en": base}).match("can I ask in German about it", "en"), Answers)


def test_the_guard_is_what_holds_fragments_back(base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "is_fragment", lambda _: False)
    assert isinstance(Matcher({"en": base}).match("German", "en"), Answers)
