"""Which files make up the content, and which languages there are."""

from __future__ import annotations

import re
from pathlib import Path

from faq.library import DEFAULT_LANGUAGE
from program.document import LANGUAGE, ContentErrors

REQUIRED = ("faq.yaml", "messages.yaml")
LANGUAGE_FILE = "language.yaml"
OPTIONAL = ("out_of_scope.yaml", "synonyms.yaml", "console.yaml", LANGUAGE_FILE)
ELSEWHERE = ("commands.yaml", "fields.yaml")
"""Files of a language that guided dialogs read for themselves."""


def unserved_languages(folder: Path) -> list[str]:
    """The languages that are being written: ``language.yaml`` says ``served: false``. The bot does not read them."""
    return [name for name in _folders(folder) if name != DEFAULT_LANGUAGE and not _is_served(folder / name)]


def served_languages(folder: Path) -> list[str]:
    """The languages that are served; the default language first."""
    return [name for name in _folders(folder) if name == DEFAULT_LANGUAGE or _is_served(folder / name)]


def _is_served(folder: Path) -> bool:
    """A file that cannot be read is no reason to be silent: its errors are told with those of the language."""
    path = folder / LANGUAGE_FILE
    if not path.exists():
        return True
    # What reads and checks YAML is slow to import, and a language that is served needs no such file.
    from faq.schema import LanguageFile  # noqa: PLC0415
    from program.shape import check_shape  # noqa: PLC0415
    from program.yaml_source import parse_yaml, read_bytes  # noqa: PLC0415

    try:
        return check_shape(parse_yaml(read_bytes(path, path.name), path.name), LanguageFile).served
    except ContentErrors:
        return True


def _folders(folder: Path) -> list[str]:
    """Every folder that is named like a language or holds a file of one; the default language first."""
    try:
        paths = list(folder.iterdir())
    except OSError:  # the files that are missing are named, one by one
        paths = []
    found = {
        path.name
        for path in paths
        if path.is_dir() and (re.search(LANGUAGE, path.name) or any((path / name).exists() for name in REQUIRED))
    }
    return [DEFAULT_LANGUAGE, *sorted(found - {DEFAULT_LANGUAGE})]


def names(folder: Path) -> list[str]:
    """The files of a language."""
    return [*REQUIRED, *(name for name in OPTIONAL if (folder / name).exists())]


def content_files(folder: Path) -> list[Path]:
    """The files that make up the content, in a fixed order; a required one is listed even when it does not exist."""
    files = [folder / "program.yaml"]
    for language in served_languages(folder):
        files += [folder / language / name for name in names(folder / language)]
    return files + [folder / language / LANGUAGE_FILE for language in unserved_languages(folder)]
