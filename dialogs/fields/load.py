"""Reads the words of the field types from ``content/``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from dialogs.fields.country import country_key
from dialogs.fields.data import Around, Countries, FieldData, FieldWords, NumberWord, Part
from dialogs.fields.phrases import PhraseTable
from program.facts import Program
from program.shape import check_shape
from program.yaml_source import parse_yaml, read_bytes
from wording.shape import CountriesFile, DateBlock, FieldsFile, Lists

_V = TypeVar("_V")
_M = TypeVar("_M", bound=BaseModel)


def load_field_data(folder: Path, program: Program, languages: Iterable[str]) -> FieldData:
    """The words of ``languages`` in ``folder`` (``content/``). Raises `ContentErrors`."""
    files = {language: _read(folder / language / "fields.yaml", FieldsFile) for language in languages}
    return FieldData(
        words={language: _words([*(files[o] for o in files if o != language), files[language]]) for language in files},
        countries=_countries(folder / "countries.yaml"),
        landing_page=program.landing_page,
    )


def _read(path: Path, model: type[_M]) -> _M:
    file = f"content/{path.parent.name}/{path.name}" if path.parent.name != "content" else f"content/{path.name}"
    return check_shape(parse_yaml(read_bytes(path, file), file), model)


def _words(files: list[FieldsFile]) -> FieldWords:
    """The last file is the language's own: where two give a word a meaning, its meaning holds."""
    return FieldWords(
        around=_table(files, _around),
        negations=_table(files, lambda file: _set([file.negations])),
        numbers=_table(files, _numbers),
        units=_units(files),
        currencies=_table(files, _currencies),
        dates=_table(files, lambda file: _dates(file.dates)),
        yes_no=_table(
            files, lambda file: _by_word({n: [w for line in lists for w in line] for n, lists in file.yes_no})
        ),
        only_alone=_table(files, lambda file: _set([file.only_alone])),
        answers=_answers(files),
        choices=_choices([file.choices for file in files]),
        answered=_choices([_with_answers(file) for file in files]),
        name_leads=_table(files, lambda file: _set([file.names.leads])),
        name_tails=_table(files, lambda file: _set([file.names.tails])),
        name_marks=_table(files, lambda file: _set([file.names.marks])),
        columns=_table(files, lambda file: _by_word(file.invoices.columns)),
        not_invoices=_table(files, lambda file: _set([file.invoices.not_invoices])),
    )


def _table(files: list[FieldsFile], words: Callable[[FieldsFile], Mapping[str, _V]]) -> PhraseTable[_V]:
    return PhraseTable.of({word: meaning for file in files for word, meaning in words(file).items()})


def _set(lists: Lists) -> dict[str, bool]:
    return {word: True for words in lists for word in words}


def _by_word(lists: Mapping[str, list[str]]) -> dict[str, str]:
    return {word: name for name, words in lists.items() for word in words}


def _around(file: FieldsFile) -> dict[str, Around]:
    return {
        **dict.fromkeys(_set(file.fillers), Around.FILLER),
        **dict.fromkeys(_set(file.hedges), Around.HEDGE),
        **dict.fromkeys(file.questions.first, Around.ASKS_FIRST),
        **dict.fromkeys(file.questions.anywhere, Around.ASKS),
    }


def _numbers(file: FieldsFile) -> dict[str, NumberWord]:
    plain = {
        Part.NOTHING: file.nothing,
        Part.NEGATIVE: file.negative,
        Part.FRACTION: file.fractions,
        Part.PERCENT: file.percent,
    }
    return {
        **{word: NumberWord(part) for part, words in plain.items() for word in words},
        **{word: NumberWord(Part.NUMBER, (number,)) for word, number in file.numbers.items()},
        **{word: NumberWord(Part.SCALE, (factor,)) for word, factor in file.scales.items()},
        **{word: NumberWord(Part.VAGUE, tuple(numbers)) for word, numbers in file.vague.items()},
    }


def _units(files: list[FieldsFile]) -> dict[str, PhraseTable[bool]]:
    names = dict.fromkeys(name for file in files for name in file.units)
    return {name: PhraseTable.of(_set([file.units.get(name, []) for file in files])) for name in names}


def _currencies(file: FieldsFile) -> dict[str, tuple[str, ...]]:
    sure = {word: (code,) for code, words in file.currencies.items() for word in (code, *words)}
    return {**sure, **{word: tuple(codes) for word, codes in file.ambiguous_currencies.items()}}


def _dates(block: DateBlock) -> dict[str, tuple[str, int]]:
    counted = {
        "N": [(word, index) for index, words in enumerate(block.months, 1) for word in words],
        "o": [(word, index) for index, word in enumerate((w for words in block.ordinals for w in words), 1)],
        "Q": [(word, index) for index, words in enumerate(block.quarters, 1) for word in words],
    }
    offsets = {
        "R": block.relative_months,
        "L": block.relative_years,
        "T": block.relative_days,
        "P": block.which,
        "A": block.months_away,
        "B": block.years_away,
    }
    marks = {
        "G": block.durations,
        "Y": block.year_marks,
        "M": block.month_marks,
        "D": block.day_marks,
        "O": block.ordinal_marks,
        "F": block.fiscal,
        "E": block.ends,
        "w": block.weekdays,
        "i": block.links,
    }
    return {
        **{word: (symbol, 0) for symbol, words in marks.items() for word in words},
        **{word: (symbol, offset) for symbol, words in offsets.items() for word, offset in words.items()},
        **{word: (symbol, index) for symbol, words in counted.items() for word, index in words},
    }


def _answers(files: list[FieldsFile]) -> dict[str, PhraseTable[str]]:
    names = dict.fromkeys(name for file in files for name in file.answers)
    told = {name: [dict(file.answers[name]) for file in files if name in file.answers] for name in names}
    return {
        name: PhraseTable.of({word: value for block in blocks for value, words in block.items() for word in words})
        for name, blocks in told.items()
    }


_Choices = Mapping[str, Mapping[str, list[str]]]


def _with_answers(file: FieldsFile) -> _Choices:
    more = file.choice_answers
    return {
        name: {value: words + more.get(name, {}).get(value, []) for value, words in values.items()}
        for name, values in file.choices.items()
    }


def _choices(blocks: Sequence[_Choices]) -> dict[str, dict[str, tuple[str, ...]]]:
    """The own language's words come first: its first one is the label."""
    own, others = blocks[-1], blocks[:-1]
    return {
        name: {
            value: tuple(words + [word for block in others for word in block.get(name, {}).get(value, [])])
            for value, words in values.items()
        }
        for name, values in own.items()
    }


def _countries(path: Path) -> Countries:
    file = _read(path, CountriesFile)
    sure = {
        country_key(name): (code,)
        for code, block in file.countries.items()
        for names in block.names.values()
        for name in names
    }
    unsure: dict[str, tuple[str, ...]] = {country_key(name): tuple(codes) for name, codes in file.unsure.items()}
    unsure |= {country_key(name): () for names in file.groups for name in names}
    three = {block.iso3: code for code, block in file.countries.items()}
    return Countries(
        names={
            code: {language: names[0] for language, names in block.names.items()}
            for code, block in file.countries.items()
        },
        known=PhraseTable.of({**sure, **unsure}),
        sure=frozenset(sure),
        codes={code: code for code in file.countries} | three | {"UK": "GB"},
        careful=frozenset(country_key(name) for name in file.careful),
    )
