"""The console's words: both languages say the same, whatever a page says is there, and nothing is there for nobody."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from cases.model import CaseType, EventKind, State
from cases.model import Role as Party
from console.errors import ConsoleError
from desk.access import Action, Role
from desk.accounts import PasswordFault, Source
from desk.audit import Deed
from desk.pressing import Standing
from faq.library import Library
from faq.load import load_library
from program.document import ContentErrors

ROOT = Path(__file__).parents[2]
CONSOLE = ROOT / "console"
NAMED = {
    "state": list(State),
    "type": list(CaseType),
    "deed": list(Deed),
    "event": list(EventKind),
    "actor": list(Party),
    "role": list(Role),
    "password": list(PasswordFault),
    "accounts.source": list(Source),
    "card.who": [standing for standing in Standing if standing is not Standing.MAY],
    "action": [action for action in Action if action not in (Action.VISIT, Action.OWN_ACCOUNT)],
}
LITERAL = re.compile(
    r"""(?:\bt|\btext|\bdone)\(\s*(?:[^()"']*,\s*)?(?:f?["'][^"']*/[^"']*["'],\s*)?["']([a-z0-9-]+(?:\.[a-z0-9-]+)+)["']"""
)


def _sources() -> str:
    cards = [*(ROOT / "bot" / "operators").glob("*.py"), ROOT / "turn" / "talk.py"]
    files = [*CONSOLE.rglob("*.py"), *CONSOLE.rglob("*.html"), *cards]
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(files))


def _beginnings(key: str) -> set[str]:
    parts = key.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts))}


def test_every_sentence_that_a_page_says_is_there(library: Library) -> None:
    known = library.languages["en"].console.messages
    said = set(LITERAL.findall(_sources()))
    assert len(said) > 60
    assert said - known.keys() == set()


def test_every_value_has_words(library: Library) -> None:
    known = library.languages["en"].console.messages
    wanted = {f"{group}.{value}" for group, values in NAMED.items() for value in values}
    # Everybody may see these, so that nobody is refused them.
    wanted -= {f"action.{name}" for name in ("see-requests", "see-batch", "see-missed", "see-overview")}
    assert wanted - known.keys() == set()


def test_every_refusal_has_words(library: Library) -> None:
    kinds = [ConsoleError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    raised = re.findall(r"(?:Conflict|Forbidden|NotFound|TooMany|BadForm)\(\"([a-z-]+)\"", _sources())
    names = {kind.name for kind in kinds} | set(raised) | {"failed"}
    known = library.languages["en"].console.messages
    assert {f"error.{name}.{part}" for name in names for part in ("title", "text")} - known.keys() == set()
    assert len(names) > 10


def test_no_sentence_is_there_for_nobody(library: Library) -> None:
    source, known = _sources(), library.languages["en"].console.messages
    # Keys that are put together name a first part in the source: "requests." + column, f"event.{kind}".
    quoted = set(re.findall(r"[\"']([a-z0-9.-]+?)\.?[\"'{]", source)) | {"error", "nav", "language", "event"}
    spare = {key for key in known if key not in source and not _beginnings(key) & quoted}
    assert spare == set()


@pytest.mark.parametrize(
    ("language", "old", "new", "said"),
    [
        ("zh-CN", "  sign-in.title: 登录\n", "", "the sentence `sign-in.title` of content/en/console.yaml"),
        ("en", "  sign-in.title: Sign in\n", "", "the sentence `sign-in.title` is not in content/en"),
        ("zh-CN", "{minutes} ", "", "add {minutes}: the values are others"),
        ("zh-CN", "{minutes} ", "{minute} ", "add {minutes}, remove {minute}"),
        ("en", "{minutes}", "{minutes", "a brace stands alone"),
    ],
)
def test_a_language_that_says_something_else_is_refused(
    tmp_path: Path, language: str, old: str, new: str, said: str
) -> None:
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "content", folder)
    file = folder / language / "console.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentErrors) as caught:
        load_library(folder)
    assert said in str(caught.value)
    assert "console.yaml" in str(caught.value)
