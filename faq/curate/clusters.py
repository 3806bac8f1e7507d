"""Questions that are nearly the same, found in one pass: the matcher's normalization, then the words that matter.

Two questions are nearly the same when they say the same words, whatever stands around them, in whatever order and
spelling, or when a long one says one word more. A word in place of another makes another question.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from rapidfuzz import fuzz, process

from faq.han import is_han
from faq.normalize import normalize
from faq.stems import stem

_ENGLISH = """
a an the is are was were be been am do does did doing has have had can could will would shall should may might
i we you they he she it my our your their its me us them to of in on at by for from with about into as and or if
so that this these those there here then any some all just also get got please what which exactly actually really
want like need know tell
"""
_SAID_ANYWAY = frozenset(_ENGLISH.split())
_SAID_ANYWAY_IN_CHINESE = frozenset(
    "的了吗呢啊吧呀么嘛我你您们咱请问是有要能可以会在和与就都也还这那个一下想把被给对于到从得着过什"
)
_ONE_WAY = (("什么时候", "何时"), ("怎么样", "怎"), ("怎样", "怎"), ("怎么", "怎"), ("如何", "怎"), ("咋", "怎"))
_NEVER_SPARE = frozenset(("not", "no", "without", *"不没未无非"))
_SPELLED = 82
"""Similarity (rapidfuzz ratio, 0 to 100) from which an unknown word is a known one, mistyped."""
_SHORTEST = 4
_LONG_ENOUGH = 5
"""Words of a question that may hold one that another leaves out; of Chinese, which counts characters, a third more."""
_Signature = frozenset[str]


class Clusters:
    """The clusters of one language. Feed it in a fixed order: the first of a cluster decides what belongs to it."""

    def __init__(self, language: str, known: Iterable[str] = ()) -> None:
        """``known``: texts whose words are spelled right, such as the phrasings of the knowledge."""
        self._language = language
        self._spelled = {word for text in known for word in self._stems(text) if not is_han(word[0])}
        self._spellings = sorted(self._spelled)
        self._words: dict[str, str] = {}
        self._texts: dict[str, int] = {}
        self._whole: dict[_Signature, int] = {}
        self._shorter: dict[_Signature, int] = {}
        self._count = 0

    def __len__(self) -> int:
        """How many there are, with those whose texts are forgotten."""
        return self._count

    def keep(self, texts: Collection[str]) -> None:
        """Forget all other texts; the words of the clusters stay."""
        self._texts = {text: number for text, number in self._texts.items() if text in texts}

    def number(self, text: str) -> int:
        """The number of the text's cluster: the same for texts that are nearly the same."""
        if (known := self._texts.get(text)) is None:
            known = self._texts[text] = self._find(self._signature(text))
        return known

    def _find(self, words: Sequence[str]) -> int:
        whole, shorter = frozenset(words), list(_one_less(words))
        found = self._whole.get(whole)
        if found is None:
            found = next((self._whole[each] for each in shorter if each in self._whole), self._shorter.get(whole))
        if found is None:
            found, self._count = self._count, self._count + 1
            for each in shorter:
                self._shorter.setdefault(each, found)
            self._whole[whole] = found
        return found

    def _signature(self, text: str) -> Sequence[str]:
        """The words that matter, in order; all that there is when none does."""
        stems = self._stems(text)
        words = [self._right(word) for word in stems]
        return words or [" ".join(normalize(text, self._language).whole.split()) or text.strip()]

    def _stems(self, text: str) -> list[str]:
        line = " ".join(normalize(text, self._language).tokens)
        if any(map(is_han, line)):
            line = line.replace(" ", "\x00")
            for way, one in _ONE_WAY:
                line = line.replace("\x00".join(way), one)
            line = line.replace("\x00", " ")
        return [
            stem(token) for token in line.split() if token not in _SAID_ANYWAY and token not in _SAID_ANYWAY_IN_CHINESE
        ]

    def _right(self, word: str) -> str:
        """The word as it is spelled in the knowledge, when it is nearly one of those."""
        if len(word) < _SHORTEST or is_han(word[0]) or not word.isalpha() or word in self._spelled:
            return word
        if word not in self._words:
            found = process.extractOne(word, self._spellings, scorer=fuzz.ratio, score_cutoff=_SPELLED)
            self._words[word] = found[0] if found else word
        return self._words[word]


def _one_less(words: Sequence[str]) -> Iterator[_Signature]:
    """What is left without one word, or without two Chinese characters that stand together."""
    whole, count = frozenset(words), len(frozenset(words))
    if count >= _LONG_ENOUGH:
        for word in dict.fromkeys(words):
            if not is_han(word[0]) and word not in _NEVER_SPARE and not any(map(str.isdigit, word)):
                yield whole - {word}
    if count >= _LONG_ENOUGH + 2:
        for first, second in pairwise(words):
            if is_han(first[0]) and is_han(second[0]) and not {first, second} & _NEVER_SPARE:
                yield whole - {first, second}
                yield whole - {first}
