"""Reads the words that steer guided dialogs: ``content/<language>/commands.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from dialogs.fields.phrases import PhraseTable, fold
from dialogs.forms import FORMS
from dialogs.vocabulary import Command, Opening, Vocabulary
from program.document import ContentError, ContentErrors
from program.shape import check_shape
from program.yaml_source import parse_yaml, read_bytes
from wording.shape import CommandsFile, OpeningBlock

FILE = "commands.yaml"
COMMANDS = frozenset(command.value for command in Command)


def read_vocabularies(folder: Path, languages: Sequence[str]) -> dict[str, Vocabulary]:
    """The steering words of ``languages`` in ``folder`` (``content/``). Raises `ContentErrors`."""
    files = {language: _read(folder / language / FILE) for language in languages}
    return {language: _vocabulary(language, files) for language in languages}


def _read(path: Path) -> CommandsFile:
    file = f"content/{path.parent.name}/{path.name}"
    document = parse_yaml(read_bytes(path, file), file)
    found = check_shape(document, CommandsFile)
    unknown = [
        ContentError.at(document.key_place(("fields", form)), f"there is no dialog named `{form}`")
        for form in found.fields
        if form not in FORMS
    ]
    unknown += [
        ContentError.at(document.key_place(("commands", name)), f"there is no command named `{name}`")
        for name in found.commands
        if name not in COMMANDS
    ]
    if unknown:
        raise ContentErrors(unknown)
    return found


def _vocabulary(language: str, files: Mapping[str, CommandsFile]) -> Vocabulary:
    """The words of all languages; where two languages give a word a meaning, its own holds."""
    own = files[language]
    every = [*(file for file in files.values() if file is not own), own]
    return Vocabulary(
        commands=PhraseTable.of(
            {line: command for file in every for command, lines in file.commands.items() for line in lines}
        ),
        corrections=_set(line for file in every for line in file.corrections),
        joints=_set(line for file in every for line in file.joints),
        equals=_set(line for file in every for line in file.equals),
        also=_set(line for file in every for line in file.also),
        fields={name: _names(file.fields.get(name, {}) for file in every) for name in FORMS},
        options={name: _names(file.options.get(name, {}) for file in every) for name in FORMS},
        requests=PhraseTable.of(
            {line: meaning for file in every for meaning, lines in file.requests.items() for line in lines}
        ),
        wishes=PhraseTable.of({line: name for name, file in files.items() for line in file.wishes}),
        openings={form: {name: _opening(block) for name, block in own.openings[form].items()} for form in own.openings},
    )


def _opening(block: OpeningBlock) -> Opening:
    return Opening(
        _set(block.before),
        tuple(fold(piece).text for piece in block.after),
        frozenset(fold(line).text.strip() for line in block.never),
        block.never[0],
    )


def _names(blocks: Iterable[Mapping[str, Iterable[str]]]) -> PhraseTable[str]:
    return PhraseTable.of({line: name for block in blocks for name, lines in block.items() for line in lines})


def _set(lines: Iterable[str]) -> PhraseTable[bool]:
    return PhraseTable.of(dict.fromkeys(lines, True))
