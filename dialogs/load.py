"""What guided dialogs read with: the words of field types and of commands, of all languages."""

from __future__ import annotations

from pathlib import Path

from dialogs.decision import Guiding
from faq.library import Library
from program.cache import NOTHING_KEPT, KeptContent


def load_guiding(folder: Path, library: Library, kept: KeptContent = NOTHING_KEPT) -> Guiding:
    """What guided dialogs read with, from ``folder`` (``content/``). Raises `ContentErrors`.

    ``kept`` saves reading what was read before, with the same library.
    """
    return kept.get_or_make(folder, Guiding, library.version, lambda: _read(folder, library))


def _read(folder: Path, library: Library) -> Guiding:
    # What reads YAML is slow to import, and words that were read before need it not.
    from dialogs.fields.load import load_field_data  # noqa: PLC0415
    from dialogs.reading import read_vocabularies  # noqa: PLC0415

    languages = tuple(library.languages)
    vocabularies = read_vocabularies(folder, languages)
    return Guiding(load_field_data(folder, library.program, languages), vocabularies)
