"""What counts as the same text."""

from __future__ import annotations

import time

import pytest

from faq.han import SIMPLIFIED, TRADITIONAL, simplify
from faq.language import choose_language
from faq.normalize import MAX_CHARACTERS, normalize


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "What's a LAP?", "what is a lap"),
        ("en", "Hi there, quick question: who can enroll? Thanks!", "who can enroll"),
        ("en", "I can't enroll 😀", "i can not enroll"),
        ("en", "ＷＨＯ can enroll", "who can enroll"),
        ("en", "thanks, and who can enroll", "thanks and who can enroll"),
        ("en", "WHEN IS IT DUE", "when is it due"),
        ("en", "pleeeeease", "pleease"),
        ("en", "dont", "do not"),
        ("en", "whats due, wheres it", "what is due where is it"),
        ("en", "im late and you cannot help", "i am late and you can not help"),
        ("en", "ok so tell me please, who can enroll please thanks", "who can enroll"),
        ("zh-CN", "麻烦问一下，誰可以註冊？", "谁可以注册"),
        ("zh-CN", "你好，ＫＰＩ是什么，谢谢", "kpi是什么"),
    ],
)
def test_same(language: str, one: str, other: str) -> None:
    assert normalize(one, language).text == normalize(other, language).text


@pytest.mark.parametrize(("one", "other"), [("when is my AD", "when is my ad"), ("IT partner", "it partner")])
def test_acronyms_are_not_words(one: str, other: str) -> None:
    assert normalize(one, "en").text != normalize(other, "en").text


@pytest.mark.parametrize("text", ["hello", "thanks", "please", "你好"])
def test_nothing_but_politeness_stays(text: str) -> None:
    assert normalize(text, "zh-CN" if text == "你好" else "en").tokens


def test_characters_table() -> None:
    assert len(TRADITIONAL) == len(SIMPLIFIED) > 1500
    assert simplify("學習合作夥伴計劃") == "学习合作伙伴计划"
    assert simplify(SIMPLIFIED) == SIMPLIFIED


@pytest.mark.parametrize("unit", ["a", "aaab ", "don't ", "你好", "\u0301", "ﷺ", "hi ", "????", "I'M "])
def test_long_text_is_capped_and_quick(unit: str) -> None:
    started = time.thread_time()
    normal = normalize(unit * 100_000, "en")
    assert len(normal.whole) <= 3 * MAX_CHARACTERS
    assert time.thread_time() - started < 0.5


@pytest.mark.parametrize(
    ("text", "locale", "last", "language"),
    [
        ("who can enroll", "zh-CN", "zh-CN", "en"),
        ("谁可以注册", "en-US", "en", "zh-CN"),
        ("Learning Action Pack是什么", "en-US", None, "zh-CN"),
        ("MCT?", "en-US", "zh-CN", "zh-CN"),
        ("MCT?", "zh-TW", None, "zh-CN"),
        ("MCT?", None, None, "en"),
        ("", "zh-Hans-CN", None, "zh-CN"),
        ("👍", None, "zh-CN", "zh-CN"),
        ("thanks", "zh-CN", "zh-CN", "en"),
    ],
)
def test_language(text: str, locale: str | None, last: str | None, language: str) -> None:
    assert choose_language(text, locale, last) == language
