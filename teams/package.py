"""The app package: a zip with the manifest, its translations and the icons."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path

from dialogs.reply import JsonObject
from faq.library import Library
from teams.manifest import TeamsApp, language_file, localization, manifest

ICONS = Path(__file__).parent / "icons"
_MADE = (1980, 1, 1, 0, 0, 0)  # the same content gives the same bytes


def package(app: TeamsApp, library: Library) -> bytes:
    """The zip file's bytes."""
    files = {"manifest.json": _text(manifest(app, library))}
    for language in library.languages:
        if language != library.default_language:
            files[language_file(language)] = _text(localization(library, language))
    files |= {name: (ICONS / name).read_bytes() for name in ("color.png", "outline.png")}
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _MADE), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _text(document: JsonObject) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
