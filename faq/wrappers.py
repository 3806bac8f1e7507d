"""Greeting and politeness around a question: stripped for matching, so that the question itself is compared."""

from __future__ import annotations

from collections.abc import Mapping

_ENGLISH_BEFORE = """
hi | hello | hey | hi there | hello there | hey there | hi all | hi team | hello team | hi everyone
hello everyone
good morning | good afternoon | good evening | dear team | excuse me | sorry | sorry to bother you | please
pls | plz | ok | okay
quick question | just a quick question | one question | a question | i have a question | i have a quick question
question
can you tell me | could you tell me | can you please tell me | could you please tell me | please tell me
tell me
can you help me | could you help me | can you explain | could you explain | please explain
i would like to know | i want to know | i would like to ask | i want to ask | i need to know | i was wondering
i am wondering
just wondering | wondering | do you know | does anyone know | any idea | let me know | may i ask | can i ask
by the way | btw | so | well | um
"""
_ENGLISH_AFTER = """
please | pls | plz | thanks | thank you | thanks a lot | many thanks | thank you very much | thank you so much
thx | cheers
thanks in advance | thank you in advance | please help | please advise | kindly advise | regards | best regards
"""
_CHINESE_BEFORE = """
你好 | 您好 | 你们好 | 大家好 | 哈喽 | 嗨 | 早上好 | 下午好 | 晚上好 | 请问 | 请问一下 | 请教一下 | 请教
麻烦问一下 | 麻烦问下 | 想问一下 | 想问下 | 想问
我想问一下 | 我想问 | 问一下 | 问下 | 咨询一下 | 咨询下 | 我想咨询一下 | 想咨询一下 | 想咨询 | 我想知道 | 想知道
想了解一下 | 我想了解一下 | 我想了解 | 想了解
能告诉我 | 可以告诉我 | 告诉我 | 麻烦 | 麻烦您 | 麻烦你 | 劳驾 | 不好意思 | 打扰一下 | 打扰了 | 有个问题
有个问题想问 | 那个 | 就是
"""
_CHINESE_AFTER = """
谢谢 | 谢谢您 | 谢谢你 | 多谢 | 谢谢了 | 谢了 | 感谢 | 非常感谢 | 麻烦了 | 麻烦您了 | 辛苦了 | 拜托了 | 求解答
求解 | 在线等 | 急
"""


def _phrases(text: str, *, characters: bool) -> frozenset[tuple[str, ...]]:
    phrases = (phrase.strip() for line in text.strip().splitlines() for phrase in line.split("|"))
    return frozenset(tuple(phrase) if characters else tuple(phrase.split()) for phrase in phrases)


_BEFORE: Mapping[str, frozenset[tuple[str, ...]]] = {
    "en": _phrases(_ENGLISH_BEFORE, characters=False),
    "zh-CN": _phrases(_CHINESE_BEFORE, characters=True),
}
_AFTER: Mapping[str, frozenset[tuple[str, ...]]] = {
    "en": _phrases(_ENGLISH_AFTER, characters=False),
    "zh-CN": _phrases(_CHINESE_AFTER, characters=True),
}
_FIRST = {language: frozenset(phrase[0] for phrase in phrases) for language, phrases in _BEFORE.items()}
_LAST = {language: frozenset(phrase[-1] for phrase in phrases) for language, phrases in _AFTER.items()}
"""Words at the ends of phrases: where none of them stands, no phrase is looked for."""
_LONGEST = 8


def strip_wrappers(tokens: tuple[str, ...], language: str) -> tuple[str, ...]:
    """``tokens`` without wrappers at either end; a text that is nothing but wrappers stays as it is."""
    if language not in _BEFORE:
        return tokens
    before, after, first, last = _BEFORE[language], _AFTER[language], _FIRST[language], _LAST[language]
    start, end = 0, len(tokens)
    lengths = range(_LONGEST, 0, -1)
    while start < end and tokens[start] in first:
        if not (length := next((n for n in lengths if tokens[start : start + n] in before), 0)):
            break
        start += length
    while start < end and tokens[end - 1] in last:
        if not (length := next((n for n in lengths if tokens[max(end - n, 0) : end] in after), 0)):
            break
        end -= length
    return tokens[start:end] if start < end else tokens
