"""Replies as activities and as text: readable without cards, and nobody's words become Markdown."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.plain import markdown_text
from bot.render import SUGGESTIONS_SHOWN, ActivityRenderer, speaker_text, summary
from dialogs.decision import Knowledge
from dialogs.reply import (
    Ask,
    Button,
    EntryAnswer,
    JsonObject,
    Open,
    Paragraph,
    Plain,
    Press,
    Reply,
    Row,
    Steps,
    Table,
    Text,
    say,
)
from dialogs.speaking import Speaker, escaped
from faq.library import Library
from turn.model import Address, Happening, Incoming, Scope

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
MARKS = re.compile(r"\*\*|\]\(|\\[^\n]")
HOSTILE = [
    "**bold** _it_ `code`", "[link](https://evil.example)", "![x](https://evil.example/x.png)", "<b>x</b>", "<script>",
    "# heading", "1. one", "2) two", "- item", "+ item", "* item", "> quote", "---", "===", "| a | b |", "~~gone~~",
    "&lt;b&gt;", "&#42;", "\\", "\\*", "https://evil.example", "{{DATE(2026-01-01)}}", "a*b*c", "snake_case_name",
    "<https://evil.example>", "``", "***", "目录（**）",
]  # fmt: skip


def shown(markdown: str) -> str:
    """What a reader sees of ``markdown``, if it is one paragraph of text and nothing else."""
    page = MARKDOWN.render(markdown)
    assert re.fullmatch(r"<p>[^<]*</p>\n", page), page
    return html.unescape(page[3:-5])


@pytest.mark.parametrize("text", HOSTILE)
def test_other_peoples_words_are_shown_as_they_are(text: str) -> None:
    assert shown(escaped(text)) == text


@pytest.mark.parametrize(
    "text", ["a\n---", "a\n===", "a\n=", "a\n# b", "a\n- b", "a\n1. b", "a\n> b", "a\n\tb", "a\n```"]
)
def test_lines_are_no_blocks(text: str) -> None:
    assert shown(escaped(text)).split() == text.split()


@given(st.text(st.sampled_from("ab 1&;#*_`~[]()<>!|\\-+=.:/{}\"'目"), min_size=1).map(str.strip).filter(bool))
def test_whatever_they_are(text: str) -> None:
    assert shown(escaped(text)) == text


def test_the_check_has_teeth() -> None:
    for text in ("**bold**", "# heading", "<b>x</b>", "1. one", "[a](b)"):
        with pytest.raises(AssertionError):
            assert shown(text) == text


def _incoming(channel: str) -> Incoming:
    address = Address(channel, "c")
    return Incoming(address, "a", "ann", Happening.MESSAGE, datetime(2026, 11, 22, tzinfo=UTC))


@pytest.fixture
def speaker(knowledge: Knowledge) -> Speaker:
    return Speaker(knowledge.library, "en", date(2026, 11, 22))


@pytest.fixture
def renderer(knowledge: Knowledge) -> ActivityRenderer:
    return ActivityRenderer(lambda: knowledge.library)


def _content(activity: JsonObject) -> JsonObject:
    return activity["attachments"][0]["content"]  # type: ignore[index,call-overload,return-value]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_fallback_is_readable(knowledge: Knowledge, renderer: ActivityRenderer, language: str) -> None:
    for entry in knowledge.library.languages[language].knowledge.entries.values():
        related = tuple(Button(Text("help"), Ask()) for _ in entry.related)
        activity = renderer.render(Reply((EntryAnswer(entry.id),), related, entry.id), language, _incoming("msteams"))
        content = _content(activity)
        fallback, spoken, head = str(content["fallbackText"]), str(content["speak"]), str(activity["summary"])
        assert fallback.startswith(entry.answer.strip()[:20])
        assert not re.search(r"\{\w*\}|\n{3}|  \S", fallback), entry.id
        assert not MARKS.search(spoken), entry.id
        assert not MARKS.search(head), entry.id
        assert 0 < len(head) <= 120
        assert "\n\n" not in head


STARTERS = tuple(Button(Plain(f"Question {number}"), Ask()) for number in range(8))


@pytest.mark.parametrize("channel", ["webchat", "directline"])
def test_web_chat_gets_chips(renderer: ActivityRenderer, channel: str) -> None:
    activity = renderer.render(Reply((Paragraph(Text("welcome")),), STARTERS), "en", _incoming(channel))
    assert str(activity["text"]).startswith("Hello!")
    chips = activity["suggestedActions"]["actions"]  # type: ignore[index,call-overload]
    assert activity["suggestedActions"]["to"] == ["ann"]  # type: ignore[index,call-overload]
    assert [chip["value"] for chip in chips] == [f"Question {number}" for number in range(SUGGESTIONS_SHOWN)]  # type: ignore[union-attr,index,call-overload]


@pytest.mark.parametrize("channel", ["msteams", "emulator"])
def test_others_get_a_card_with_buttons(renderer: ActivityRenderer, channel: str) -> None:
    """Agents Playground cuts chips and shows the Markdown beside them as typed; Teams has none in groups."""
    activity = renderer.render(Reply((Paragraph(Text("welcome")),), STARTERS), "en", _incoming(channel))
    assert "suggestedActions" not in activity
    assert len(str(_content(activity)).split("'Action.Submit'")) == len(STARTERS) + 1


@pytest.mark.parametrize("channel", ["msteams", "webchat", "emulator"])
def test_a_sentence_is_a_message(renderer: ActivityRenderer, channel: str) -> None:
    activity = renderer.render(say("feedback.thanks"), "en", _incoming(channel))
    assert (activity["text"], activity["textFormat"]) == ("Thank you, good to know.", "markdown")
    assert "attachments" not in activity


def test_a_channel_without_cards_gets_text(renderer: ActivityRenderer, speaker: Speaker) -> None:
    press: JsonObject = {"do": "x"}
    reply = Reply(
        (
            Paragraph(Plain("Really *new*"), "heading"),
            Table((Row(Plain("Name"), Plain("A_b"), "met"), Row(Plain("Fee"), Plain("5")))),
            Steps((Plain("first"), Plain("second"))),
        ),
        (
            Button(Plain("Yes"), Press(press)),
            Button(Plain("Why?"), Ask()),
            Button(Plain("Support"), Open("support")),
            Button(Plain("No"), Press(press)),
        ),
    )
    activity = renderer.render(reply, "en", _incoming("terminal"))
    assert "attachments" not in activity
    assert activity["text"] == markdown_text(reply, speaker)
    assert str(activity["text"]).split("\n\n") == [
        "**Really \\*new\\***",
        "- Name: ✔ A\\_b\n- Fee: 5",
        "1. first\n2. second",
        f"1. Yes\n- Why?\n- [Support]({speaker.library.program.link('support')})\n2. No",
        "Type a number to choose.",
    ]


def _valid_until(knowledge: Knowledge, entry: str, day: date) -> Library:
    english = knowledge.library.languages["en"]
    entries = english.knowledge.entries
    changed = replace(english.knowledge, entries={**entries, entry: replace(entries[entry], valid_until=day)})
    return replace(knowledge.library, languages={"en": replace(english, knowledge=changed)})


@pytest.mark.parametrize(("day", "past"), [(date(2026, 11, 22), False), (date(2026, 11, 21), True)])
def test_an_answer_that_is_past_says_so(knowledge: Knowledge, day: date, past: bool) -> None:
    library = _valid_until(knowledge, "lap-requirements", day)
    reply = Reply((EntryAnswer("lap-requirements"),))
    content = _content(ActivityRenderer(lambda: library).render(reply, "en", _incoming("msteams")))
    words = f"This was valid until {day.day} November 2026."
    assert (words in str(content["fallbackText"])) is past
    assert (words in str(content["body"])) is past


@pytest.mark.parametrize(
    ("markdown", "spoken"),
    [
        ("See **the [page](https://a.b)**.", "See the page."),
        ("- one\n- two", "one\ntwo"),
        ("1. one\n2. two", "one\ntwo"),
        ("A\\_b \\*c\\*", "A_b *c*"),
    ],
)
def test_spoken_words_have_no_marks(markdown: str, spoken: str) -> None:
    assert speaker_text(markdown) == spoken


def test_a_summary_is_short() -> None:
    assert summary("word " * 100) == ("word " * 24)[:119] + "…"
    assert summary("First.\n\nSecond.") == "First."
    assert summary("") == ""


@pytest.mark.parametrize(
    ("scope", "happening", "user", "named"),
    [
        (Scope.GROUP, Happening.MESSAGE, {"name": "Ana *S*"}, True),
        (Scope.CHANNEL, Happening.PRESS, {"name": "Ana *S*"}, True),
        (Scope.PERSONAL, Happening.MESSAGE, {"name": "Ana *S*"}, False),
        (Scope.GROUP, Happening.JOINED, {"name": "Ana *S*"}, False),
        (Scope.GROUP, Happening.MESSAGE, {"id": "29:ana"}, False),
        (Scope.GROUP, Happening.MESSAGE, "Ana", False),
    ],
)
def test_a_reply_in_a_group_says_whom_it_is_for(
    scope: Scope, happening: Happening, user: object, named: bool, knowledge: Knowledge
) -> None:
    renderer = ActivityRenderer(lambda: knowledge.library)
    address = Address("msteams", "c1", reference={"user": user})
    incoming = Incoming(address, "a1", "29:ana", happening, datetime(2026, 11, 22, tzinfo=UTC), scope=scope)
    asks = renderer.render(say("feedback.thanks"), "en", incoming)
    answers = renderer.render(Reply((EntryAnswer("lap-what-is"),)), "en", incoming)
    (shown,) = answers["attachments"]  # type: ignore[misc]
    first = shown["content"]["body"][0]  # type: ignore[index,call-overload]
    assert (asks["text"] == "For Ana \\*S\\*\n\nThank you, good to know.") == named
    assert (first["text"] == "For Ana \\*S\\*" and first["isSubtle"]) == named  # type: ignore[index,call-overload]
    assert "Ana" not in str(answers["summary"])


def _answer(knowledge: Knowledge, *led_by: Paragraph) -> Reply:
    entry = next(iter(knowledge.library.languages["en"].knowledge.entries))
    return Reply((*led_by, EntryAnswer(entry)), helpful=entry)


def test_an_answer_that_is_kept_is_nobodys_own(knowledge: Knowledge, renderer: ActivityRenderer) -> None:
    first = renderer.render(_answer(knowledge), "en", _incoming("msteams"))
    first["id"] = "the first one's"
    second = renderer.render(_answer(knowledge), "en", _incoming("msteams"))
    assert "id" not in second
    led = renderer.render(_answer(knowledge, Paragraph(Text("form.outdated"))), "en", _incoming("msteams"))
    assert _content(led) != _content(second)
    assert renderer.render(_answer(knowledge), "en", _incoming("msteams")) == second


def test_an_answer_that_is_kept_names_the_card_that_it_is_on(knowledge: Knowledge, renderer: ActivityRenderer) -> None:
    reply = replace(_answer(knowledge), buttons=(Button(Text("directory-listing.start"), Press({"do": "form"})),))
    kept = [renderer.render(reply, "en", _incoming("msteams"), card) for card in ("one", "two", "")]
    anew = [ActivityRenderer(lambda: knowledge.library).render(reply, "en", _incoming("msteams"), "two")]
    assert kept[1] == anew[0]
    assert ["'card': 'one'" in str(activity) for activity in kept] == [True, False, False]
    assert ["Action.Execute" in str(activity) for activity in kept] == [True, True, False]


def test_new_content_is_rendered_anew(knowledge: Knowledge) -> None:
    live = [knowledge.library]
    renderer = ActivityRenderer(lambda: live[0])
    before = renderer.render(_answer(knowledge), "en", _incoming("msteams"))
    live[0] = replace(live[0], version="another")
    after = renderer.render(_answer(knowledge), "en", _incoming("msteams"))
    assert "another" in str(after)
    assert "another" not in str(before)
