"""Heads of parts and of uploads: read as clients write them; hostile ones cost nothing and break nothing."""

from __future__ import annotations

import time
from email.message import Message

import pytest

from channels.directline import multipart
from channels.directline.errors import BadArgument, DirectLineError
from channels.directline.headers import Header, read_header
from channels.directline.multipart import boundary_of, parts_of

MOST_SECONDS = 0.05
BODY = "--b\r\nContent-Disposition: {}\r\n\r\nx\r\n"

NAMED: list[tuple[str, str | None]] = [
    ('form-data; name="file"; filename="a.txt"', "a.txt"),
    ("form-data; name=file; filename=a.txt", "a.txt"),
    ('FORM-DATA;NAME="file";FileName="图片.png"', "图片.png"),
    ('form-data; name="file"; filename="a;b=c.txt"', "a;b=c.txt"),
    ('form-data; name="file"; filename="say \\"hi\\".txt"', 'say "hi".txt'),
    ('form-data; name="file"; filename="C:\\docs\\\\a.txt"', "C:\\docs\\a.txt"),
    ("form-data; name=file; filename*=utf-8''%E5%9B%BE.png", "图.png"),
    ("form-data; name=file; filename=x.png; filename*=UTF-8'zh'%E5%9B%BE.png", "图.png"),
    ("form-data; name=file; filename*=iso-8859-1''%E9.png", "é.png"),
    ('form-data; name="file"; filename="first"; filename="second"', "first"),
    ('form-data; name="file"; filename=""', ""),
    ('form-data; name="file"', None),
    ("form-data", None),
    ("", None),
]


@pytest.mark.parametrize(("disposition", "name"), NAMED)
def test_files_are_named_as_clients_name_them(disposition: str, name: str | None) -> None:
    (part,) = parts_of((BODY.format(disposition) + "--b--").encode(), b"b", 11)
    assert part.file_name == name
    assert part.name in {"file", ""}
    assert part.content == b"x"


def test_a_boundary_may_stand_in_quotes() -> None:
    assert boundary_of('multipart/form-data; charset=utf-8; boundary="a;b" ') == b"a;b"
    assert boundary_of("Multipart/Form-Data; boundary=----WebKitFormBoundaryx; x=y") == b"----WebKitFormBoundaryx"


HOSTILE: dict[str, str] = {
    "a codec that fails": "form-data; filename*=undefined''x",
    "a codec that knows no replacing": "form-data; filename*=idna''%C4%B0",
    "a codec that makes halves of pairs": "form-data; filename*=unicode_escape''%5Cud800",
    "a codec with a NUL": "form-data; filename*=utf-8\0''x",
    "a number without end": f"form-data; filename*{'9' * 4_400}=x",
    "quotes and semicolons": 'form-data; name="' + ";" * 100_000,
    "escaped quotes": 'form-data; name="' + '\\"' * 50_000,
    "semicolons": "form-data" + ";" * 100_000,
    "parameters without values": "form-data" + ";a=" * 30_000,
}


def _harm(text: str) -> str:
    """What is wrong with the reading of a header, if anything."""
    started = time.thread_time()
    try:
        header = read_header(text)
        given = (header.get("filename") or "", header.get("name") or "")
    except Exception as error:  # noqa: BLE001 - any is one too many
        return type(error).__name__
    if any("\ud800" <= letter <= "\udfff" for name in given for letter in name):
        return "half of a pair"
    return "slow" if time.thread_time() - started > MOST_SECONDS else ""


@pytest.mark.parametrize("case", HOSTILE)
def test_no_header_breaks_or_keeps_the_reader(case: str) -> None:
    assert _harm(HOSTILE[case]) == ""


@pytest.mark.parametrize("case", list(HOSTILE)[:6])
def test_teeth_the_standard_librarys_reader_is_noticed(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stood here before."""

    class Library(Header):
        def get(self, name: str) -> str | None:
            message = Message()
            message["content-disposition"] = self.value
            found = message.get_filename() if name == "filename" else message.get_param(name, "", "content-disposition")
            return str(found)

    monkeypatch.setitem(globals(), "read_header", lambda text: Library(text, {}))
    assert _harm(HOSTILE[case])


@pytest.mark.parametrize(
    "boundary",
    ["*=idna''%C4%B0", "*=undefined''x", f"*{'9' * 5_000}=x", "*=utf-8''%00", "=\udcff", "", "=", "=" + "b" * 71],
)
def test_odd_boundaries_are_refused(boundary: str) -> None:
    with pytest.raises(DirectLineError):
        parts_of(b"x", boundary_of(f"multipart/form-data; boundary{boundary}"), 11)


def test_long_heads_and_too_many_parts_are_refused() -> None:
    longest = "form-data; name=" + "x" * (multipart._LONGEST_HEAD - len("\r\nContent-Disposition: form-data; name="))
    assert len(parts_of((BODY.format(longest) + "--b--").encode(), b"b", 1)) == 1
    with pytest.raises(BadArgument):
        parts_of((BODY.format(longest + "x") + "--b--").encode(), b"b", 1)
    assert len(parts_of((BODY.format("form-data") * 11 + "--b--").encode(), b"b", 11)) == 11
    with pytest.raises(BadArgument):
        parts_of((BODY.format("form-data") * 12 + "--b--").encode(), b"b", 11)
