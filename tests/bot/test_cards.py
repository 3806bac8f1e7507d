"""Every reply that the knowledge can give, as cards: valid, small, and every button does what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft6Validator

from bot.cards import WEB_CHAT, WIDEST_BUTTON, button, card
from bot.incoming import to_incoming
from bot.intake import parse_activity
from bot.plain import markdown_text
from bot.render import CARD
from bot.service_urls import ServiceUrls
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
    SourceLine,
    Table,
    Text,
)
from dialogs.speaking import Speaker
from tests.bot.fakes import emulator_message
from tests.talk import Talk, buttons
from turn.model import Happening, Incoming

LARGEST = 25_000
"""Bytes: Teams takes 28 kB with the envelope."""
CHANNELS = ("msteams", "webchat", "emulator")
LOCALES = {"en": "en-US", "zh-CN": "zh-CN"}
TODAY = date(2026, 11, 22)
LONG = "A question that is longer than a button on a phone is wide"


@pytest.fixture(scope="module")
def schema() -> Draft6Validator:
    text = (files("adaptive_cards") / "schemas" / "schema-1.5.json").read_text(encoding="utf-8")
    return Draft6Validator(json.loads(text))


@pytest.fixture
def speaker(knowledge: Knowledge) -> Speaker:
    return Speaker(knowledge.library, "en", TODAY)


def cards(activities: list[JsonObject]) -> list[Any]:
    return [
        attachment["content"]
        for activity in activities
        for attachment in activity.get("attachments", [])  # type: ignore[union-attr]
        if attachment["contentType"] == CARD  # type: ignore[index,call-overload]
    ]


async def every_reply(knowledge: Knowledge, channel: str, language: str) -> list[tuple[str, list[JsonObject]]]:
    """What is said to somebody who picks an entry, for every entry; to a newcomer, and when nothing was found."""
    talk = Talk(knowledge, channel=channel)
    entries = knowledge.library.languages[language].knowledge.entries
    locale = LOCALES[language]
    replies = [
        (entry, await talk.press({"do": "entry", "entry": entry}, conversation=entry, locale=locale))
        for entry in entries
    ]
    replies.append(("welcome", await talk.join(locale=locale)))
    for text in ("xyzzy", "xyzzy plugh", "KPI", "目录"):
        replies.append((text, await talk.say(text, locale=locale)))
    return replies


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("channel", CHANNELS)
async def test_every_card_is_valid_and_small(
    knowledge: Knowledge, schema: Draft6Validator, channel: str, language: str
) -> None:
    replies = await every_reply(knowledge, channel, language)
    invalid = [name for name, activities in replies for shown in cards(activities) if not schema.is_valid(shown)]
    assert invalid == []
    size = {name: len(json.dumps(activity, ensure_ascii=False).encode()) for name, said in replies for activity in said}
    assert {name: bytes_ for name, bytes_ in size.items() if bytes_ >= LARGEST} == {}
    assert sum(len(cards(activities)) for _, activities in replies) > 40


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "TextBlock", "text": 5},
        {"type": "TextBlock", "text": "x", "size": "Huge"},
        {"type": "ActionSet", "actions": [{"type": "Action.Submit", "style": "red"}]},
        {"type": "Container"},
    ],
)
def test_the_schema_has_teeth(schema: Draft6Validator, speaker: Speaker, wrong: JsonObject) -> None:
    shown = card(Reply((Paragraph(Text("help")),)), speaker, "msteams")
    assert schema.is_valid(shown)
    assert not schema.is_valid({**shown, "body": [wrong]})


def sent(action: JsonObject) -> Incoming:
    """What the engine gets when ``action`` is pressed, by the way that it takes through a client."""
    data = action["data"] if "data" in action else action["value"]
    pressed = {"text": data} if isinstance(data, str) else {"text": None, "value": data}
    activity = parse_activity(json.dumps(emulator_message("http://127.0.0.1:1", **pressed)).encode())
    (incoming,) = to_incoming(activity, datetime.now(UTC), ServiceUrls.loopback())
    return incoming


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("channel", CHANNELS)
async def test_every_button_comes_back_as_what_it_is(knowledge: Knowledge, channel: str, language: str) -> None:
    pressed = 0
    for _, activities in await every_reply(knowledge, channel, language):
        for title, action in [pair for activity in activities for pair in buttons(activity).items()]:
            if action["type"] == "Action.OpenUrl":
                assert str(action["url"]).startswith("https://")
                continue
            incoming = sent(action)
            if incoming.happening is Happening.MESSAGE:
                assert incoming.text == title
            else:
                assert incoming.value == action["data"]
            pressed += 1
    assert pressed > 100


async def test_every_button_is_understood(knowledge: Knowledge) -> None:
    talk = Talk(knowledge)
    for name, activities in await every_reply(knowledge, "msteams", "en"):
        for action in [action for activity in activities for action in buttons(activity).values()]:
            if action["type"] != "Action.OpenUrl":
                incoming = sent(action)
                more = {"conversation": f"after {name}", "value": incoming.value, "text": incoming.text}
                await talk.engine.run(talk.incoming(incoming.happening, **more))
                expected = "no-match" if action["data"]["do"] == "none-of-these" else None  # type: ignore[index,call-overload]
                assert talk.observer.traces[-1]["kind"] not in {"unknown-press", "no-match"} - {expected}, action


def _labels(shown: JsonObject) -> Iterator[tuple[str, str]]:
    """Where each button is: its element's type and its title."""
    for element in shown["body"]:  # type: ignore[union-attr]
        if element["type"] == "ActionSet":  # type: ignore[index,call-overload]
            yield from (("ActionSet", action["title"]) for action in element["actions"])  # type: ignore[index,call-overload,union-attr,misc]
        elif "selectAction" in element:  # type: ignore[operator]
            yield ("Container", element["selectAction"]["title"])  # type: ignore[index,call-overload]


@pytest.mark.parametrize(
    ("channel", "labels", "shown"),
    [
        ("msteams", ["Gold", "Silver"], ["ActionSet", "ActionSet"]),
        ("msteams", ["Gold", LONG], ["Container", "Container"]),
        ("msteams", ["目" * (WIDEST_BUTTON // 2)], ["ActionSet"]),
        ("msteams", ["目" * (WIDEST_BUTTON // 2 + 1)], ["Container"]),
        ("emulator", [LONG], ["Container"]),
        ("webchat", [LONG], ["ActionSet"]),
    ],
)
def test_long_choices_are_never_cut(speaker: Speaker, channel: str, labels: list[str], shown: list[str]) -> None:
    reply = Reply((Paragraph(Text("help")),), tuple(Button(Plain(label), Press({"do": "x"})) for label in labels))
    assert list(_labels(card(reply, speaker, channel))) == list(zip(shown, labels, strict=True))


def test_links_and_styled_buttons_stay_buttons(speaker: Speaker) -> None:
    chosen = Button(Plain(LONG), Press({"do": "x"}), "destructive")
    reply = Reply(
        (Paragraph(Text("help")),), (Button(Plain(LONG), Ask()), chosen, Button(Plain("Help"), Open("support")))
    )
    shown = card(reply, speaker, "msteams")
    assert list(_labels(shown)) == [("Container", LONG), ("ActionSet", LONG), ("ActionSet", "Help")]
    assert buttons(shown)["Help"]["url"] == speaker.library.program.link("support")


@pytest.mark.parametrize("channel", ["msteams", "webchat"])
@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        ((LONG, "Start"), ["Start", "Related questions", LONG]),
        (("Gold", "Start"), ["Start", "Related questions", "Gold"]),
        (("Gold",), ["Related questions", "Gold"]),
        (("Start",), ["Start"]),
    ],
)
def test_what_an_answer_leads_to_comes_before_related_questions(
    speaker: Speaker, channel: str, labels: tuple[str, ...], shown: list[str]
) -> None:
    styles = {"Start": "positive"}
    choices = tuple(Button(Plain(one), Press({"do": "x"}), styles.get(one, "default")) for one in labels)
    text = json.dumps(card(Reply((), choices, helpful="lap-what-is"), speaker, channel)["body"])
    named = [word for word in ("Start", "Related questions", *labels) if word in text]
    assert sorted(dict.fromkeys(named), key=text.index) == shown


def test_a_source_is_named_once_by_what_says_it_last(speaker: Speaker) -> None:
    answer = EntryAnswer("kpi-report-schedule")
    source = str(speaker.pack.knowledge.entries["kpi-report-schedule"].source)
    page = speaker.library.program.title("en")
    for blocks, lines in (
        ((answer,), 1),
        ((answer, SourceLine(source)), 1),
        ((answer, Paragraph(Plain("and")), SourceLine(source)), 1),
        ((SourceLine("faq-directory"), SourceLine(source)), 2),
    ):
        texts = [str(element["text"]) for element in card(Reply(blocks), speaker, "msteams")["body"]]  # type: ignore[index,call-overload,union-attr]
        assert sum(page in text for text in texts) == lines
        assert page in texts[-1]
        assert markdown_text(Reply(blocks), speaker).count(page) == lines


PAGE = "partner-center/mpn-benefits-map-competency-learning-option-enroll"
GOLD = f"{PAGE}#enroll-with-a-gold-competency-learning-option"


@pytest.mark.parametrize(
    ("language", "source", "link"),
    [
        ("en", "gold", f"[Enroll with a gold competency Learning option](https://learn.microsoft.com/{GOLD})"),
        ("zh-CN", "gold", f"[通过金牌能力学习选项注册](https://learn.microsoft.com/zh-cn/{GOLD})"),
        ("en", "introduction", f"[Introduction](https://learn.microsoft.com/{PAGE})"),
    ],
)
def test_a_source_leads_to_its_section(knowledge: Knowledge, language: str, source: str, link: str) -> None:
    reply, speaker = Reply((SourceLine(source),)), Speaker(knowledge.library, language, TODAY)
    (line,) = card(reply, speaker, "msteams")["body"]  # type: ignore[misc]
    assert link in str(line["text"])  # type: ignore[index,call-overload]
    assert link in markdown_text(reply, speaker)


def test_a_source_without_an_address_is_words(knowledge: Knowledge) -> None:
    program = replace(knowledge.library.program, page_address={}, sources={"gold": {"en": "Gold [1]"}})
    speaker = Speaker(replace(knowledge.library, program=program), "en", TODAY)
    text = markdown_text(Reply((SourceLine("gold"),)), speaker)
    assert ": Gold \\[1\\] · As of" in text


@pytest.mark.parametrize("channel", ["msteams", "webchat", "directline", "emulator"])
def test_a_question_on_a_button(speaker: Speaker, channel: str) -> None:
    """Web Chat says a string as if typed; Agents Playground drops it."""
    data = button(Button(Plain("Why?"), Ask()), speaker, channel)["data"]
    assert data == ("Why?" if channel in WEB_CHAT else {"do": "say", "text": "Why?"})


def test_a_table_escapes_values_and_marks_states(speaker: Speaker) -> None:
    rows = (Row(Plain("*Name*"), Plain("*Contoso*"), "met"), Row(Plain("Fee"), Plain("5")))
    (facts,) = card(Reply((Table(rows),)), speaker, "msteams")["body"]  # type: ignore[misc]
    assert facts["facts"] == [  # type: ignore[index,call-overload]
        {"title": "*Name*", "value": "✔ \\*Contoso\\*"},
        {"title": "Fee", "value": "5"},
    ]
