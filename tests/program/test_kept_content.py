"""Content that was read before is not read again; what cannot be trusted is."""

from __future__ import annotations

import json
import multiprocessing
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest

from dialogs.decision import Guiding
from dialogs.load import load_guiding
from faq.library import Library
from faq.load import load_library
from program import cache
from program.cache import NOTHING_KEPT, KeptContent, content_hash
from program.document import ContentErrors
from program.months import Month
from program.plain import NotPlain, codec

CONTENT = Path(__file__).parents[2] / "content"
_V = TypeVar("_V")


@dataclass(frozen=True)
class Small:
    """Something made of a file."""

    text: str


class Making:
    """Reads one file of a folder, and counts how often."""

    def __init__(self, content: Path, kept: Path | None) -> None:
        self.content, self.kept, self.made = content, KeptContent(kept), 0

    def __call__(self, beside: str = "") -> Small:
        return self.kept.get_or_make(self.content, Small, beside, self._make)

    def _make(self) -> Small:
        self.made += 1
        return Small((self.content / "a.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    (folder / "en").mkdir(parents=True)
    (folder / "a.yaml").write_text("词: “a”\n", encoding="utf-8")
    (folder / "en" / "b.yaml").write_text("b: 1\n", encoding="utf-8")
    return folder


@pytest.fixture
def making(content: Path, tmp_path: Path) -> Making:
    return Making(content, tmp_path / "var" / "content")


def kept_file(making: Making) -> Path:
    (path,) = (making.content.parent / "var" / "content").iterdir()
    return path


def test_what_was_made_is_not_made_again(making: Making) -> None:
    assert making() == making() == Small("词: “a”\n")
    assert making.made == 1
    assert Making(making.content, making.content.parent / "var" / "content")() == Small("词: “a”\n")


def _changed(folder: Path) -> None:
    (folder / "en" / "b.yaml").write_text("b: 2\n", encoding="utf-8")


def _added(folder: Path) -> None:
    (folder / "en" / "c.yaml").write_text("", encoding="utf-8")


def _removed(folder: Path) -> None:
    (folder / "en" / "b.yaml").unlink()


def _moved(folder: Path) -> None:
    (folder / "en" / "b.yaml").rename(folder / "b.yaml")


def _language(folder: Path) -> None:
    (folder / "fr").mkdir()


@pytest.mark.parametrize("change", [_changed, _added, _removed, _moved, _language])
def test_it_is_made_again_when_the_files_are_others(change: Callable[[Path], None], making: Making) -> None:
    making()
    change(making.content)
    making()
    assert making.made == 2


def test_it_is_made_again_for_something_else_beside_it(making: Making) -> None:
    for beside in ("one", "two", "one"):
        making(beside)
    assert making.made == 2


def test_it_is_made_again_by_other_code(making: Making, monkeypatch: pytest.MonkeyPatch) -> None:
    making()
    monkeypatch.setattr(cache, "code_hash", lambda: "changed")
    making()
    assert making.made == 2


def test_the_hash_of_the_code_follows_each_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "ROOT", tmp_path)
    (tmp_path / "faq" / "curate").mkdir(parents=True)
    hashes = set()
    for name in ("faq/a.py", "faq/curate/b.py", "requirements.txt"):
        (tmp_path / name).write_text("1")
        hashes.add(cache.code_hash.__wrapped__())
    assert len(hashes) == 3
    (tmp_path / "README.md").write_text("1")
    assert cache.code_hash.__wrapped__() in hashes


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _retold(path: Path) -> None:
    """Well-formed, and not what was written."""
    path.write_bytes(path.read_bytes().replace("词".encode(), "词词".encode()))


def _foreign(path: Path) -> None:
    """Whole and sealed, of another key."""
    data = json.dumps(["another", ["x"]]).encode()
    path.write_bytes(data + cache._sealed(data))


@pytest.mark.parametrize("damage", [_cut, _flip, _retold, _foreign, lambda path: path.write_bytes(b""), Path.unlink])
def test_a_damaged_file_counts_as_missing_and_is_written_anew(damage: Callable[[Path], None], making: Making) -> None:
    making()
    damage(kept_file(making))
    assert making() == Small("词: “a”\n")
    assert making.made == 2
    making()
    assert making.made == 2


def test_a_folder_in_its_place_is_survived(making: Making) -> None:
    making()
    path = kept_file(making)
    path.unlink()
    path.mkdir()
    assert making() == making() == Small("词: “a”\n")


def test_a_folder_that_cannot_be_written_is_survived(content: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    making = Making(content, tmp_path / "file" / "content")
    assert making() == making() == Small("词: “a”\n")
    assert making.made == 2


def test_without_a_folder_nothing_is_kept(content: Path) -> None:
    making = Making(content, None)
    assert making() == making()
    assert making.made == 2


def test_content_that_changes_while_it_is_read_is_not_kept(making: Making, monkeypatch: pytest.MonkeyPatch) -> None:
    def make() -> Small:
        made = plain_make()
        _changed(making.content)
        return made

    plain_make = making._make
    monkeypatch.setattr(making, "_make", make)
    making()
    assert not (making.content.parent / "var").exists()


def test_a_file_that_is_too_large_is_left_to_the_reader(making: Making) -> None:
    (making.content / "a.yaml").write_bytes(b"a" * (2 * 1024 * 1024 + 1))
    assert content_hash(making.content) is None
    making()
    making()
    assert making.made == 2


def test_old_files_go(making: Making) -> None:
    for number in range(cache.KEPT + 3):
        (making.content / "a.yaml").write_text(str(number))
        making()
    assert len(list((making.content.parent / "var" / "content").iterdir())) == cache.KEPT


def _load(folders: tuple[str, str]) -> str:
    return load_library(Path(folders[0]), KeptContent(Path(folders[1]))).version


def test_two_processes_at_once(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        versions = pool.map(_load, [(str(CONTENT), str(tmp_path))] * 2, chunksize=1)
    assert versions == [load_library(CONTENT, KeptContent(tmp_path)).version] * 2
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]


def test_the_library_and_the_words_come_back_equal(tmp_path: Path) -> None:
    kept = KeptContent(tmp_path)
    library = load_library(CONTENT, kept)
    guiding = load_guiding(CONTENT, library, kept)
    assert len(list(tmp_path.iterdir())) == 2
    again = load_library(CONTENT, kept)
    assert again == library
    assert again is not library
    assert [list(pack.knowledge.entries) for pack in again.languages.values()] == [
        list(pack.knowledge.entries) for pack in library.languages.values()
    ]
    words = load_guiding(CONTENT, again, kept)
    assert codec(Guiding).plain(words) == codec(Guiding).plain(guiding)
    assert words.fields.words["en"].numbers.at("two hundred", 0) == guiding.fields.words["en"].numbers.at(
        "two hundred", 0
    )


@pytest.mark.parametrize("kept_before", [False, True])
def test_broken_content_is_refused_with_its_line_every_time(kept_before: bool, tmp_path: Path) -> None:
    folder, kept = tmp_path / "content", KeptContent(tmp_path / "kept")
    shutil.copytree(CONTENT, folder)
    if kept_before:
        load_library(folder, kept)
    lines = (folder / "en" / "faq.yaml").read_text(encoding="utf-8").splitlines()
    number = next(index for index, line in enumerate(lines) if line.strip().startswith("title:"))
    lines[number] = lines[number].replace("title:", "titel:")
    (folder / "en" / "faq.yaml").write_text("\n".join(lines), encoding="utf-8")
    for _ in range(2):
        with pytest.raises(ContentErrors) as refused:
            load_library(folder, kept)
        assert ("content/en/faq.yaml", number + 1) in {(one.file, one.line) for one in refused.value.errors}


def test_nothing_kept_is_the_default() -> None:
    assert load_library(CONTENT, NOTHING_KEPT).version == load_library(CONTENT).version


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Table(Generic[_V]):
    rows: Mapping[str, _V]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (str, "词"),
        (tuple[str, ...], ("a", "b")),
        (tuple[str, int], ("a", 1)),
        (frozenset[str], frozenset({"b", "a"})),
        (Mapping[str, date], {"b": date(2021, 2, 5), "a": date.min}),
        (timedelta, timedelta(hours=6)),
        (str | None, None),
        (date | None, date.max),
        (int | str | date | Month, Month(2020, 1)),
        (int | str | date | Month, "2021-02-05"),
        (int | str | date | Month, date(2021, 2, 5)),
        (tuple[int | str, ...], (1, "1")),
        (Colour, Colour.RED),
        (Table[Colour], Table({"a": Colour.RED})),
        (Table[tuple[Month, ...]], Table({"a": (Month(2020, 1),)})),
        (float, 0.1),
    ],
    ids=lambda value: str(sorted(value) if isinstance(value, frozenset) else value),  # a set has no order of its own
)
def test_values_come_back_as_they_were(kind: Any, value: object) -> None:
    plain, back = codec(kind)
    found = back(json.loads(json.dumps(plain(value))))
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize("kind", [object, complex, Mapping[int, str], Any], ids=str)
def test_a_type_without_a_plain_form_is_refused(kind: Any) -> None:
    with pytest.raises(NotPlain, match=r"program/plain\.py"):
        codec(kind)


def test_all_content_has_a_plain_form() -> None:
    assert all(codec(kind) for kind in (Library, Guiding))
