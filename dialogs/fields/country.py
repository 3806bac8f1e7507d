"""Countries and regions, by any name: an alias table first, the nearest spelling second, and the rest is asked back."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dialogs.fields.around import Span, asking_spans, denied, rest_of
from dialogs.fields.base import Doubtful, Found, Reader, Reading, Understood
from dialogs.fields.nearest import nearest
from dialogs.fields.phrases import Folded, fold
from dialogs.fields.settling import ask_back, settle
from dialogs.reply import JsonValue, Plain, Text, Words
from faq.han import is_han

_LONGEST_ANSWER = 200
_CODE = re.compile(r"[A-Za-z]{2,3}")
_DOTTED = re.compile(r"(?<![a-z])(?:[a-z]\.){2,3}(?![a-z])|(?<![a-z])(?:[a-z]\.){1,2}[a-z](?![a-z.])")
_FOUND_CODES = frozenset({"UK", "US", "USA", "UAE", "PRC", "KSA", "NZ"})
"""Codes that mean a country inside a sentence, too, when written in capitals."""
_SPACES = frozenset("-‐_/.'\"()（）&,")
_BEFORE = frozenset("在于是到为去从自列叫国区:")
_AFTER = frozenset("的市地那境这名做和与")
_WORD_BEFORE = re.compile(r"\b([A-Z][\w'&-]*\.?) $")
_WORD_AFTER = re.compile(r" [A-Z]")
_PREPOSITIONS = re.compile(r"(?:^|[^a-z])(?:in|from|is|country|region|to|be)[ :=]*(?:the )?$")


def country_key(name: str) -> str:
    """A name without what makes no difference: "St. Lucia" and "Saint-Lucia" are the same."""
    return _keyed(fold(name)).text.strip()


@dataclass(frozen=True, slots=True)
class Country:
    """Values: ISO 3166 codes of two letters."""

    def read(self, text: str, reader: Reader) -> Reading:
        """A country or region. "EU", or a name that several have, is asked back."""
        typed = text.strip()
        if not typed or len(typed) > _LONGEST_ANSWER:
            return None
        if code := self._code(typed.rstrip(".!,。！"), reader):
            return code
        folded = fold(typed)
        plain, keyed = folded.text, _keyed(folded)
        spans, named = _named(keyed, folded, typed, reader)
        rest = rest_of(plain, [keyed.span(*span) for span in spans], reader.words)
        if not spans:
            return None if rest.question or rest.asked else self._nearest(plain, reader)
        if rest.question or (rest.asked and rest.unknown):
            return None
        named = _agreed(named, reader)
        if any(len(codes) != 1 or key not in reader.data.countries.sure for key, codes in named):
            codes = list(dict.fromkeys(code for _, codes in named for code in codes))
            return ask_back(codes, self, reader) if codes else Doubtful(Text("field.country.which"))
        if rest.unknown and isinstance(misspelt := self._nearest(plain, reader), Understood):
            return misspelt  # "Untied States", where "States" alone is a name
        return settle([codes[0] for _, codes in named], rest, self, reader)

    def find(self, text: str, reader: Reader) -> Found | None:
        """The one country that a statement names by a full name."""
        folded = fold(text)
        keyed = _keyed(folded)
        asking = asking_spans(folded.text, reader.words)
        spans, named = _named(keyed, folded, text, reader)
        found = {}
        for span, (key, codes) in zip(spans, named, strict=True):
            start, end = keyed.span(*span)
            start, end = folded.span(start, end)
            typed = text[start:end]
            if typed[:1].isascii() and typed.islower() and key not in {"uk", "usa"}:
                continue
            sure = key in reader.data.countries.sure and (
                _is_said(keyed.text, span, key, typed, reader) or _has_city(keyed.text, span, codes, reader)
            )
            sure = sure and not _is_part_of_a_name(text, start, end, reader)
            inside = any(folded.origin[a] <= start < folded.origin[b] for a, b in asking)
            if sure and not inside and not denied(keyed.text, span[0], reader.words):
                found[codes[0]] = Found(codes[0], start, end)
        return next(iter(found.values())) if len(found) == 1 else None

    def show(self, value: JsonValue, reader: Reader) -> Words:
        """The name in the reader's language."""
        names = reader.data.countries.names.get(str(value), {})
        return Plain(names.get(reader.language, str(value)))

    def _code(self, typed: str, reader: Reader) -> Reading:
        """A text that is nothing but a code; one that is also a word must be in capitals, and "NO" is asked back."""
        if not _CODE.fullmatch(typed) or typed.upper() not in reader.data.countries.codes:
            return None
        code = reader.data.countries.codes[typed.upper()]
        word = typed.lower()
        is_word = reader.words.around.get(word) or reader.words.yes_no.get(word) or reader.words.numbers.get(word)
        if word in {"us", "uk"} or not is_word:
            return Understood(code)
        if not typed.isupper():
            return None
        return ask_back((code,), self, reader) if reader.words.yes_no.get(word) else Understood(code)

    def _nearest(self, plain: str, reader: Reader) -> Reading:
        words, index = reader.words, 0
        while index < len(plain) and (found := words.around.at(plain, index)):
            index = found[0]
            index += len(plain[index:]) - len(plain[index:].lstrip(" :,"))
        core = country_key(plain[index:])
        if words.around.get(core) or words.yes_no.get(core):
            return None
        near, sure = nearest(core, reader.data.countries.certain)
        if not near:
            return None
        sure = sure and _is_name(core, near[0], reader)
        return Understood(near[0]) if sure else ask_back(near, self, reader)


def _is_name(core: str, code: str, reader: Reader) -> bool:
    """Whether it is the country's own name that is misspelt: "status" may be more than "States" with a slip."""
    names = reader.data.countries.names[code].values()
    near, sure = nearest(core, [(country_key(name), code) for name in names])
    return sure and near == [code]


def _keyed(folded: Folded) -> Folded:
    """Hyphens and the like as spaces, dots of abbreviations dropped, "st" and "&" written out."""
    text = folded.text
    for dotted in _DOTTED.finditer(text):
        text = text[: dotted.start()] + dotted[0].replace(".", "\0") + text[dotted.end() :]
    kept: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        out = " " if character in _SPACES else character
        if character in "\0'" or (out == " " and kept and kept[-1] == " "):
            continue
        kept.append(out)
        origin.append(index)
    origin.append(len(text))
    return _respelt(Folded("".join(kept), tuple(origin)))


def _respelt(folded: Folded) -> Folded:
    text, origin, index = folded.text, list(folded.origin), 0
    pieces: list[str] = []
    places: list[int] = []
    for found in re.finditer(r"\b(?:st|and|the) ", text):
        pieces.append(text[index : found.start()])
        places += origin[index : found.start()]
        if found[0] == "st ":
            pieces.append("saint ")
            places += [origin[found.start()]] * len("saint ")
        index = found.end()
    pieces.append(text[index:])
    places += origin[index:]
    return Folded("".join(pieces), tuple(places))


def _named(
    keyed: Folded, folded: Folded, typed: str, reader: Reader
) -> tuple[list[Span], list[tuple[str, tuple[str, ...]]]]:
    """Where names stand and what they may mean; "us" is a country in capitals only."""
    text, known = keyed.text, reader.data.countries.known
    spans, named = [], []
    for first, last, meaning in known.each(text):
        key = text[first:last]
        start, end = folded.span(*keyed.span(first, last))
        said = typed[start:end]
        if said.isupper() or "." in said or not reader.words.around.get(key):
            spans.append((first, last))
            named.append((key, meaning))
    return spans, named


def _is_said(text: str, span: Span, key: str, typed: str, reader: Reader) -> bool:
    """Whether a name inside a sentence is meant as the country: not part of a company's name, nor a person."""
    start, end = span
    if is_han(text[start]):
        before, after = text[max(start - 1, 0) : start], text[end : end + 1]
        begins = not before or not is_han(before) or before in _BEFORE
        return begins and (not after or not is_han(after) or after in _AFTER)
    code = typed.replace(".", "")
    if code.upper() in _FOUND_CODES or code.upper() in reader.data.countries.codes:
        return code in _FOUND_CODES
    return key not in reader.data.countries.careful or bool(_PREPOSITIONS.search(text[max(start - 24, 0) : start]))


def _agreed(named: list[tuple[str, tuple[str, ...]]], reader: Reader) -> list[tuple[str, tuple[str, ...]]]:
    """The one country that is named for sure, when all else that is named may be a place in it: 德国柏林."""
    sure = [one for one in named if len(one[1]) == 1 and one[0] in reader.data.countries.sure]
    codes = {code for _, (code,) in sure}
    return sure if len(codes) == 1 and all(codes <= set(others) for _, others in named) else named


def _has_city(text: str, span: Span, codes: tuple[str, ...], reader: Reader) -> bool:
    """Whether a place of that country follows at once: 中国广州."""
    start, end = span
    begins = start == 0 or not is_han(text[start - 1]) or text[start - 1] in _BEFORE
    place = reader.data.countries.known.at(text, end) if end < len(text) else None
    return begins and place is not None and place[1] == codes


def _is_part_of_a_name(text: str, start: int, end: int, reader: Reader) -> bool:
    """Whether a capitalized word stands right beside it: "Contoso China", "Ireland Training"."""
    before = _WORD_BEFORE.search(text[max(start - 24, 0) : start])
    other = before is not None and reader.words.around.get(fold(before[1]).text) is None
    return other or _WORD_AFTER.match(text, end) is not None


COUNTRY = Country()
