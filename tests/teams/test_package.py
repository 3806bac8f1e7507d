"""The Teams app package: valid against Microsoft's schema, complete in every language, and its commands understood."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator
from typer.testing import CliRunner

from dialogs.decision import Knowledge
from faq.library import Library
from faq.model import Answers
from teams.check import problems
from teams.cli import Desk, app
from teams.manifest import ALONE, SCHEMA_VERSION, TOGETHER, TeamsApp, localization, manifest
from teams.package import ICONS, package

ROOT = Path(__file__).parents[2]
GOOD = TeamsApp(
    bot_id="11111111-2222-3333-4444-555555555555",
    version="1.0.0",
    public_url="https://bot.contoso.com",
    developer="Contoso Learning",
    website_url="https://contoso.com/learning",
    privacy_url="https://contoso.com/privacy",
    terms_url="https://contoso.com/terms",
)
TOOLS = ROOT / "tests/clients/.tools"
SCHEMAS = TOOLS / "node_modules/@microsoft/app-manifest/build/json-schemas/teams"


def _schema(name: str) -> Draft4Validator:
    path = SCHEMAS / f"v{SCHEMA_VERSION}" / name
    if not path.exists():
        pytest.skip("Microsoft's manifest schemas are not installed: python tests/clients/install.py")
    return Draft4Validator(json.loads(path.read_text(encoding="utf-8")))


def _errors(validator: Draft4Validator, document: object) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def test_the_manifest_fits_microsofts_schema(library: Library) -> None:
    validator = _schema("MicrosoftTeams.schema.json")
    made = manifest(GOOD, library)
    assert _errors(validator, made) == []
    assert _errors(validator, {**made, "name": {"short": "x" * 31}}), "the schema would have said so"


def test_microsofts_own_validator_finds_nothing(library: Library) -> None:
    _schema("MicrosoftTeams.schema.json")
    made = manifest(GOOD, library)
    assert _validated(made) == []
    assert _validated({**made, "accentColor": "teal"}), "the validator would have said so"


def _validated(document: object) -> Any:
    """What ``@microsoft/app-manifest`` says."""
    script = """
        const {AppManifestUtils} = require("@microsoft/app-manifest");
        const read = JSON.parse(require("fs").readFileSync(0, "utf8"));
        AppManifestUtils.validateAgainstSchema(read).then((found) => console.log(JSON.stringify(found)));
    """
    command = [shutil.which("node") or "node", "-e", script]
    text = json.dumps(document)
    done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=TOOLS, check=True, timeout=60)
    return json.loads(done.stdout)


def test_every_translation_fits_microsofts_schema(library: Library) -> None:
    validator = _schema("MicrosoftTeams.Localization.schema.json")
    for language in library.languages:
        assert _errors(validator, localization(library, language)) == []


def _texts(document: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Paths of the manifest that a reader sees, as translations name them."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from _texts(value, f"{path}.{key}" if path else key)
    elif isinstance(document, list):
        for place, value in enumerate(document):
            yield from _texts(value, f"{path}[{place}]")
    elif path.rpartition(".")[2] in ("title", "description", "short", "full"):
        yield path, document


def test_translations_hold_every_text_of_the_manifest(library: Library) -> None:
    shown = dict(_texts(manifest(GOOD, library)))
    assert len(shown) > 20
    for language in library.languages:
        translated = {path: text for path, text in localization(library, language).items() if path != "$schema"}
        assert translated.keys() == shown.keys()
        assert (translated == shown) is (language == library.default_language)


def test_every_command_is_understood_as_it_is_titled(knowledge: Knowledge) -> None:
    matcher = knowledge.matcher
    for language, pack in knowledge.library.languages.items():
        for entry in {*ALONE, *TOGETHER}:
            found = matcher.match(pack.knowledge.entries[entry].title, language)
            assert isinstance(found, Answers)
            assert found.parts[0].candidate.entry == entry


def _pixels(content: bytes) -> tuple[int, int, int, list[bytes]]:
    """Width, height, channels and rows of an 8-bit PNG without interlacing."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", content[16:29])
    assert (depth, interlaced) == (8, 0)
    channels = {2: 3, 6: 4}[colour]
    data, place = b"", 8
    while place < len(content):
        (size,) = struct.unpack(">I", content[place : place + 4])
        if content[place + 4 : place + 8] == b"IDAT":
            data += content[place + 8 : place + 8 + size]
        place += size + 12
    raw, stride = zlib.decompress(data), width * channels
    rows: list[bytes] = []
    for y in range(height):
        method, line = raw[y * (stride + 1)], raw[y * (stride + 1) + 1 : (y + 1) * (stride + 1)]
        rows.append(_unfiltered(method, line, rows[-1] if rows else bytes(stride), channels))
    return width, height, channels, rows


def _unfiltered(method: int, line: bytes, above: bytes, channels: int) -> bytes:
    out = bytearray()
    for x, value in enumerate(line):
        left = out[x - channels] if x >= channels else 0
        corner = above[x - channels] if x >= channels else 0
        estimate = left + above[x] - corner
        nearest = min((left, above[x], corner), key=lambda near: abs(estimate - near))
        out.append((value + (0, left, above[x], (left + above[x]) // 2, nearest)[method]) & 255)
    return bytes(out)


def test_the_colour_icon_is_a_full_square() -> None:
    width, height, channels, _ = _pixels((ICONS / "color.png").read_bytes())
    assert (width, height, channels) == (192, 192, 3)


def test_the_outline_icon_is_white_on_nothing() -> None:
    width, height, channels, rows = _pixels((ICONS / "outline.png").read_bytes())
    dots = [row[place : place + 4] for row in rows for place in range(0, len(row), 4)]
    drawn = [dot for dot in dots if dot[3] > 0]
    assert (width, height, channels) == (32, 32, 4)
    assert len(dots) > len(drawn) > 100
    assert {bytes(dot[:3]) for dot in drawn} == {b"\xff\xff\xff"}


def test_the_package_is_a_small_flat_zip_and_always_the_same(library: Library) -> None:
    made = package(GOOD, library)
    with zipfile.ZipFile(BytesIO(made)) as archive:
        assert archive.namelist() == ["manifest.json", "zh-cn.json", "color.png", "outline.png"]
        named = json.loads(archive.read("manifest.json"))["localizationInfo"]["additionalLanguages"]
        assert [language["file"] for language in named] == ["zh-cn.json"]
    assert made == package(GOOD, library)
    assert len(made) < 100_000


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"bot_id": ""}, "MicrosoftAppId: set it"),
        ({"bot_id": "my-bot"}, "MicrosoftAppId: set it"),
        ({"version": "1.0"}, "--version: write three numbers"),
        ({"developer": " "}, "TEAMS_DEVELOPER: set it"),
        ({"developer": "x" * 33}, "TEAMS_DEVELOPER: use at most 32"),
        ({"public_url": ""}, "PUBLIC_URL: set it"),
        ({"public_url": "http://bot.contoso.com"}, "PUBLIC_URL: begin it with https"),
        ({"public_url": "https://localhost"}, "PUBLIC_URL: name a host"),
        ({"public_url": "https://10.0.0.4"}, "PUBLIC_URL: name a host"),
        ({"public_url": "https://[::1]"}, "PUBLIC_URL: name a host"),
        ({"public_url": "https://bot"}, "PUBLIC_URL: name a host"),
        ({"public_url": "https://bot.contoso.com:8443"}, "PUBLIC_URL: leave the port out"),
        ({"website_url": ""}, "TEAMS_WEBSITE_URL: set it"),
        ({"privacy_url": "http://contoso.com"}, "TEAMS_PRIVACY_URL: begin it with https"),
        ({"terms_url": "https://contoso.com/" + "x" * 2050}, "TEAMS_TERMS_URL: use at most"),
    ],
)
def test_wrong_settings_are_a_list_of_what_to_fix(change: dict[str, str], says: str) -> None:
    (only,) = problems(replace(GOOD, **change))
    assert only.startswith(says)
    assert problems(GOOD) == ()


def test_the_command_line(tmp_path: Path, library: Library) -> None:
    def run(described: TeamsApp, *words: str) -> tuple[int, str]:
        def desk(version: str) -> Desk:
            return Desk(replace(described, version=version), lambda: library)

        result = CliRunner().invoke(app, list(words), obj=desk)
        return result.exit_code, result.output

    target = tmp_path / "new" / "app.zip"
    code, said = run(GOOD, "package", "--out", str(target), "--version", "1.2.3")
    assert (code, "is ready" in said) == (0, True)
    assert zipfile.is_zipfile(target)
    assert run(GOOD, "check") == (0, "Nothing to fix.\n")
    code, said = run(replace(GOOD, bot_id="", developer=""), "package", "--out", str(tmp_path / "none.zip"))
    assert code == 1
    assert "MicrosoftAppId" in said
    assert "TEAMS_DEVELOPER" in said
    assert not (tmp_path / "none.zip").exists()
