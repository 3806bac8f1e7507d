"""The words that steer a guided dialog: ``content/<language>/commands.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from dialogs.fields.phrases import Folded, PhraseTable, fold, joined
from faq.han import is_han

_AROUND = " .!。！,，~～…"
_LONGEST_MESSAGE = 1_000
_PARTS = re.compile(r"[,，。;；!！]+")
_BREAKS = ",;。、!"
"""Marks after which a sentence names something new; a full stop is one only before a space."""


class Command(StrEnum):
    """What a user may say at any time in a form."""

    CANCEL = "cancel"
    BACK = "back"
    RESTART = "restart"
    HELP = "help"
    WHY = "why"
    REPEAT = "repeat"
    SKIP = "skip"
    CONFIRM = "confirm"
    CHANGE = "change"
    GO_ON = "go-on"
    NOTED = "noted"
    """Nothing but that it was heard: "ok", 好的."""
    HUMAN = "human"
    SHOW_DATA = "show-data"
    DELETE_DATA = "delete-data"


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The steering words of one language. Hashed as the object it is."""

    commands: PhraseTable[str]
    """Whole messages to the `Command` that they give."""
    corrections: PhraseTable[bool]
    """Words that take something back: "actually", 改成, 不对."""
    joints: PhraseTable[bool]
    """Words between a field and its new value: "to", "is", 是, 为."""
    equals: PhraseTable[bool]
    """Those of them that say that what follows is the value, whatever it is: "is", 是."""
    also: PhraseTable[bool]
    """Words that begin the next thing: "and", 和."""
    fields: Mapping[str, PhraseTable[str]]
    """By form: ways to name a field, to its name."""
    options: Mapping[str, PhraseTable[str]]
    """By form: ways to choose an option of a question that the form itself raises, to its name."""
    wishes: PhraseTable[str]
    """Ways to ask for any of the languages, to the language: "in English please", 请用中文."""
    openings: Mapping[str, Mapping[str, Opening]]
    """By form and field: how a first message names the value."""
    requests: PhraseTable[str]
    """What is said about a request of one's own, to what is wanted: ``there``, ``missing``, ``mute``, ``unmute``."""

    def about_request(self, folded: str) -> str:
        """What the whole of a folded text wants of a request; ``around`` for what wants nothing, else empty."""
        return self.requests.get(folded) or ""

    def wish(self, text: str) -> str | None:
        """The language that the whole of ``text`` asks for."""
        return self.wishes.get(fold(text[:60]).text.strip(_AROUND + "?？"))

    def option(self, form: str, text: str) -> str | None:
        """The option that ``text`` asks for; None when it asks for none, or for several."""
        if form not in self.options:
            return None
        named = {option for _, _, option in self.options[form].each(fold(text[:200]).text)}
        return named.pop() if len(named) == 1 else None

    def labelled(self, form: str, text: str) -> list[Labelled]:
        """What ``text`` names in so many words, in order: "name Contoso, KPI 5", 网址换成 contoso.com."""
        folded, found = fold(text[:_LONGEST_MESSAGE]), []
        start, index, leads = 0, 0, True
        labels = self.fields[form].places(folded.text) if form in self.fields else {}
        while index < len(folded.text) and labels:
            if _breaks(folded, text, index):
                start, index, leads = index + 1, index + 1, True
            elif folded.text[index] == " ":
                index += 1
            elif label := labels.get(index):
                begin, told = self._joint(folded, text, label[0])
                found.append(Labelled(label[1], start if leads else index, begin, len(folded.text), leads, told))
                start = index = begin
            elif step := self.also.at(folded.text, index):
                start, index, leads = index, step[0], True
            elif step := self.corrections.at(folded.text, index) or self.joints.at(folded.text, index):
                index = step[0]
            else:
                index, leads = _word_end(folded.text, index), False
        return [one.typed(folded, end) for one, end in zip(found, [*(o.start for o in found[1:]), None], strict=False)]

    def without_joints(self, words: str) -> str:
        """Words for a value without "and", "is" and the like around them; "The" of a name stays."""
        folded = fold(words)
        begin, _ = self._joint(folded, words, 0)
        end = len(folded.text)
        for index in range(begin, end):
            step = self.also.at(folded.text, index)
            if step and not folded.text[step[0] :].strip(" ,、。.;"):
                end = index
                break
        return words[folded.origin[begin] : folded.origin[end]].strip(" ,，、;；") if begin < end else ""

    def _joint(self, folded: Folded, typed: str, index: int) -> tuple[int, bool]:
        """Where the value begins after a label, and whether something says that it is one."""
        told = False
        while index < len(folded.text):
            step = None
            if folded.text[index] in " :=":
                step, told = (index + 1, True), told or folded.text[index] != " "
            elif not typed[folded.origin[index]].isupper():
                table = self.equals.at(folded.text, index)
                told |= table is not None
                step = table or self.joints.at(folded.text, index) or self.also.at(folded.text, index)
            if step is None:
                break
            index = step[0]
        return index, told

    def opening(self, form: str, field: str, text: str) -> str | None:
        """The words of a first message that may be the field's value."""
        opening = self.openings.get(form, {}).get(field)
        return opening.find(text) if opening else None

    def without_opening(self, form: str, text: str) -> str:
        """``text`` with such words taken for what people say without them: "list Contoso" becomes "list us"."""
        for field, opening in self.openings.get(form, {}).items():
            words = self.opening(form, field, text)
            if words:
                text = text.replace(words, opening.instead, 1)
        return text

    def command(self, text: str) -> Command | None:
        """The command that the whole of ``text`` gives, if it is one, perhaps twice or after an "ok"."""
        meaning = self._command(text)
        if meaning is None:
            parts = {self._command(part) for part in _PARTS.split(text[:60].strip(_AROUND))}
            meanings = parts - {Command.NOTED.value}
            meaning = meanings.pop() if len(meanings) == 1 else None
        return Command(meaning) if meaning else None

    def _command(self, text: str) -> str | None:
        return self.commands.get(fold(text[:60]).text.strip(_AROUND).rstrip("?？ ") or text.strip())

    def field(self, form: str, text: str) -> str | None:
        """The field that the whole of ``text`` names."""
        return self.fields[form].get(fold(text[:60]).text.strip(_AROUND)) if form in self.fields else None

    def correction(self, form: str, text: str) -> Correction | None:
        """What ``text`` takes back: the field it names and the words of the new value; None when it takes nothing back.

        "actually the country is Brazil": country, "Brazil"; "改成两位讲师": None, "两位讲师"; "change the URL": url, ""
        """
        folded = fold(text[:500])
        marked = False
        name: str | None = None
        position = 0
        while position < len(folded.text):
            step = self.corrections.at(folded.text, position)
            if step is not None:
                marked, position = True, step[0]
                continue
            found = self.fields[form].at(folded.text, position) if name is None and form in self.fields else None
            if found is not None:
                position, name = found
                continue
            joint = self.joints.at(folded.text, position)
            if joint is not None:
                position = joint[0]
                continue
            if folded.text[position] in " ,，、:：;":
                position += 1
                continue
            break
        rest = text[folded.origin[position] :].strip() if position < len(folded.text) else ""
        return Correction(name, rest) if marked and (name or rest) else None


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands around a value in a first message."""

    before: PhraseTable[bool]
    after: tuple[str, ...]
    """Folded pieces of text that end it."""
    never: frozenset[str]
    """Folded words that stand there without being one: "us", 我们."""
    instead: str
    """The first of them."""

    def find(self, text: str) -> str | None:
        """The first words that stand between the two."""
        folded = fold(text[:500])
        for begin, _ in self.before.places(folded.text).values():
            ends = [place for mark in self.after if (place := folded.text.find(mark, begin + 1)) > 0]
            end = min(ends, default=len(folded.text))
            words = folded.text[begin:end].strip(" .!:：")
            if words and not self._is_never(words):
                first, last = folded.span(begin, end)
                return text[first:last].strip(" .!:：")
        return None

    def _is_never(self, words: str) -> bool:
        """Chinese has no blank after "us": what begins with it goes on with what is to be done."""
        return words in self.never or any(is_han(never[0]) and words.startswith(never) for never in self.never)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A field that a message names, and where in the message the words for its value are."""

    field: str
    start: int
    """Where the label begins, with what leads to it."""
    begin: int
    end: int
    leads: bool
    """Whether it begins what is said; else it stands in the middle."""
    joined: bool
    """Whether a word or sign says that the value follows: "is", ":"."""

    def typed(self, folded: Folded, end: int | None) -> Labelled:
        """The same, with places in the text as typed; ``end`` is where the next label begins."""
        last = len(folded.text) if end is None else end
        start, begin, end = (folded.origin[place] for place in (self.start, min(self.begin, last), last))
        return replace(self, start=start, begin=begin, end=end)


def _breaks(folded: Folded, typed: str, index: int) -> bool:
    character, after = folded.text[index], folded.text[index + 1 : index + 2]
    if character == ".":
        return after in ("", " ")
    lines = character == " " and "\n" in typed[folded.origin[index] : folded.origin[index + 1]]
    return lines or character in _BREAKS


def _word_end(text: str, index: int) -> int:
    end = index + 1
    while end < len(text) and joined(text[end - 1], text[end]):
        end += 1
    return end


@dataclass(frozen=True, slots=True)
class Correction:
    """A change of mind."""

    field: str | None
    words: str
    """The new value as said; empty when only the field was named."""
