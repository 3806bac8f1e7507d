"""Amounts of money: "1,234.50", "USD 1.234,50", 1.2万元. The currency is kept when it was said."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dialogs.fields.amounts import Amount, amounts
from dialogs.fields.around import Rest, rest_of
from dialogs.fields.base import Doubtful, Found, Reader, Reading, Refused
from dialogs.fields.data import FieldWords
from dialogs.fields.phrases import fold
from dialogs.fields.settling import ask_back, settle
from dialogs.reply import JsonValue, Plain, Text, Words

_LONGEST_ANSWER = 200
_MOST = Decimal(10) ** 12
_CENTS = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Money:
    """Values: ``{"amount": "1234.50", "currency": "USD"}``, the currency null when none was said."""

    def read(self, text: str, reader: Reader) -> Reading:
        """An amount of 0 or more. A sign that stands for several currencies is asked back."""
        folded = fold(text).text.strip()
        if not folded or len(folded) > _LONGEST_ANSWER:
            return None
        words = reader.words
        spans, currencies = _currencies(folded, words)
        plain = _blank(folded, spans)
        found = amounts(plain, words)
        if not found or any(one.percent for one in found):
            return None
        rest = rest_of(folded, [*spans, *((one.start, one.end) for one in found)], words)
        if rest.question or (rest.unknown and (rest.asked or not currencies)):
            return None
        return self._judge(plain, found, currencies, rest, reader)

    def find(self, text: str, reader: Reader) -> Found | None:  # noqa: ARG002 - too many numbers are no money
        """Never: money is only read when it was asked for."""
        return None

    def show(self, value: JsonValue, reader: Reader) -> Words:  # noqa: ARG002 - the catalogue writes the language
        """The amount with its currency."""
        if not isinstance(value, dict):
            return Plain(str(value))
        amount, currency = Decimal(str(value["amount"])), value["currency"]
        if currency is None:
            return Text("field.money.shown", {"amount": amount})
        return Text("field.money.shown-in", {"amount": amount, "currency": Plain(str(currency))})

    def _judge(
        self, plain: str, found: list[Amount], currencies: tuple[str, ...], rest: Rest, reader: Reader
    ) -> Reading:
        values: list[JsonValue] = [
            _value(amount, currency)
            for one in found
            for amount in one.values
            for currency in (currencies or (None,))
            if amount < _MOST
        ]
        if len(found) == 1:
            if found[0].negative or _in_parentheses(plain, found[0]):
                return Refused(Text("field.money.negative"))
            if found[0].values and min(found[0].values) >= _MOST:
                return Refused(Text("field.money.too-large"))
        if not values or any(one.fraction for one in found):
            return Doubtful(Text("field.money.exactly"))
        if rest.unknown or any(one.rough for one in found):
            return ask_back(values, self, reader)
        return settle(values, rest, self, reader)


def _currencies(text: str, words: FieldWords) -> tuple[list[tuple[int, int]], tuple[str, ...]]:
    """Where currencies are named, and which may be meant. A word outweighs a mere sign: "$100 CAD", 新台币100元."""
    spans: list[tuple[int, int]] = []
    signs: list[tuple[str, ...]] = []
    named: list[tuple[str, ...]] = []
    for start, end, meaning in words.currencies.each(text):
        spans.append((start, end))
        (named if end - start > 1 else signs).append(meaning)
    meanings = named or signs
    candidates = dict.fromkeys(code for meaning in meanings for code in meaning)
    common = [code for code in candidates if all(code in meaning for meaning in meanings)]
    return spans, tuple(common or candidates)


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _in_parentheses(text: str, amount: Amount) -> bool:
    """The accountants' way to write less than zero."""
    return text[: amount.start].rstrip().endswith("(") and text[amount.end :].lstrip().startswith(")")


def _value(amount: Decimal, currency: str | None) -> JsonValue:
    exact = amount.quantize(_CENTS) if amount == amount.quantize(_CENTS) else amount.normalize()
    return {"amount": f"{exact:f}", "currency": currency}


MONEY = Money()
