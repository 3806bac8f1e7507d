"""Broken content files: each is the good folder with one patch, and the complaint names the place and what to do.

``‸`` in a patch marks where the complaint points. ``LOAD`` cases stop a bot from loading the content; ``CHECK`` cases
only stop its publication.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from faq.check import Finding, Severity, check
from faq.load import load_library
from program.document import ContentErrors

GOOD = Path(__file__).parents[1] / "good"
TODAY = date(2025, 1, 1)
MARK = "‸"

PROGRAM, EN, EN_TEXT, EN_OUT = "program.yaml", "en/faq.yaml", "en/messages.yaml", "en/out_of_scope.yaml"
ZH, ZH_TEXT, ZH_OUT = "zh-CN/faq.yaml", "zh-CN/messages.yaml", "zh-CN/out_of_scope.yaml"


@dataclass(frozen=True)
class Case:
    """``old`` becomes ``new`` in ``file``; the complaint contains ``words``."""

    name: str
    file: str
    old: str
    new: str
    words: str


LOAD = [
    # YAML
    Case("duplicate key", EN, "    source: intro", "    source: intro\n    ‸source: fees", "twice (first in line 11)"),
    Case("anchor", EN, "answer: It is free.", "answer: ‸&free It is free.", "anchors"),
    Case("alias", EN, "answer: It is free.", "answer: ‸*free", "put a text with * in quotes"),
    Case("tag", EN, "answer: It is free.", "answer: ‸!free yes", "begins with ! in quotes"),
    Case("second document", EN, "  - id: hello", "‸---\nentries: []", "one document"),
    Case("directive", PROGRAM, "page:\n", "%YAML 1.1\n‸---\npage:\n", "remove the line"),
    Case("tab", EN, "    starts: booking", "‸\tstarts: booking", "indent with spaces"),
    Case("open quote", EN, "title: Hello", "title: ‸'Hello", "close it"),
    Case("colon in text", EN, "answer: Good day.", "answer: Well‸: good day.", "must be put in quotes"),
    Case("open bracket", EN, "related: [fee, hello]", "related: [fee, hello\n    phrasings‸: []", "closing bracket"),
    Case("brace first", EN, "answer: It is free.", "answer: {opens} ‸it opens.", "the whole text in quotes"),
    Case("only a brace", EN, "answer: It is free.", "answer: {‸opens}", "needs quotes"),
    Case("reserved character", EN, "answer: Good day.", "answer: ‸@home", "put the text in quotes"),
    Case("no colon", EN, "    source: fees", "    source fees\n    ‸as_of: 2021-02-05", "`key: value`"),
    Case("indentation", EN, "    source: fees", "   ‸source: fees", "align it"),
    Case("escape", EN, "title: Hello", 'title: "He\\‸qllo"', "use single quotes"),
    Case("bad code point", EN, "title: Hello", 'title: "\\UFFFFFFFF"', "last good version"),
    Case("text lost as comment", EN, "title: Hello", "title: ‸Invoice #5", "lost as a comment"),
    Case("empty value", EN, "answer: Good day.", "‸answer:", "no value here"),
    Case("too deep", EN, "related: [fee, hello]", f"related: {'[' * 10}‸[", "12 levels"),
    Case("not UTF-8", EN, "It is free.", "It is ‸\udcff free.", "save the file as UTF-8"),
    Case("control character", EN, "It is free.", "It is‸\x07 free.", "U+0007"),
    Case("bidirectional override", ZH, "免费。", "免‸\u202e费。", "U+202E"),
    Case("zero width space", ZH, "免费。", "免‸\u200b费。", "U+200B"),
    Case("escaped bidirectional override", EN, "title: Hello", 'title: ‸"\\u202eHello"', "U+202E"),
    Case("second list item on a line", EN, "answer: Good day.", "answer: ‸- Good day.", "a line of its own"),
    # The form of the files
    Case("unknown key", EN, "phrasings: [hi", "‸phrasing: [hi", "did you mean `phrasings`?"),
    Case("unknown top key", EN_TEXT, "messages:", "‸sentences:", "known here: messages"),
    Case("missing key", EN, "- id: hello\n    kind: small-talk", "- ‸id: hello", "`kind` is missing: add it"),
    Case("wrong kind", EN, "small-talk", "‸smalltalk", "'small-talk'"),
    Case("bad id", EN, "id: hello", "id: ‸Hello_1", "lower-case letters"),
    Case("number as text", EN, "title: Hello", "title: ‸42", "put it in quotes"),
    Case("yes as phrasing", EN, "[hi,", "[‸true,", "put it in quotes"),
    Case("list as text", EN, "phrasings: [hi, good morning]", "phrasings: ‸hi", "one item per line"),
    Case("block as list", EN, "phrasings: [hi, good morning]", "phrasings: ‸{a: b}", "one item per line"),
    Case("empty text", EN, "answer: Good day.", "answer: ‸'  '", "the text is empty"),
    Case("endless text", EN, "answer: Good day.", f"answer: ‸{'x' * 4001}", "under 4000"),
    Case("title of two lines", EN, "title: Hello", 'title: ‸"Hello\\nyou"', "one line"),
    Case("day that does not exist", EN, "valid_until: 2030-12-31", "valid_until: ‸2030-02-30", "2021-02-05"),
    Case("day in other form", EN, "valid_until: 2030-12-31", "valid_until: ‸31.12.2030", "2021-02-05"),
    Case("threshold", EN, "starts: booking", "threshold: ‸80", "not above 1"),
    Case("no entries", EN_OUT, "  - id: weather", "  ‸[]\nx:\n  - id: weather", "at least 1"),
    Case("message key", EN_TEXT, "no-match:", "‸No_Match:", "the name `No_Match`"),
    Case("address without https", PROGRAM, "https://example.com/help", "‸http://example.com/help", "https://"),
    Case("address with a bracket", PROGRAM, "https://example.com/help", "‸https://example.com/(help)", "https://"),
    Case("fact with a fraction", PROGRAM, "report_day: 15", "report_day: ‸15.5", "whole number"),
    Case("fact with a brace", PROGRAM, "zone: Europe/Berlin", "zone: ‸'{Berlin}'", "without braces"),
    Case("fact of no day", PROGRAM, "opens: 2020-02-15", "opens: ‸2020-02-31", "a day that exists"),
    Case("fact of no month", PROGRAM, "{month: 2020-01}", "‸{month: 2020-13}", "a month that exists"),
    Case("fact's name", PROGRAM, "report_day:", "‸report-day:", "underscores"),
    # What is named exists
    Case("id twice", EN, "id: hello", "id: ‸fee", "is taken by good/en/faq.yaml:28:9"),
    Case("id of a topic twice", EN_OUT, "id: weather", "id: ‸fee", "is taken by"),
    Case("unknown fact", EN, "on {opens}", "on ‸{openz}", "did you mean `opens`?"),
    Case("unknown fact in a step", EN, "{report_day}", "‸{reporting}", "no fact `reporting`"),
    Case("stray brace", EN, "on {opens}", "on ‸{Opens}", "write {name}"),
    Case("stray brace in a sentence", EN_TEXT, "{date}", "date‸}", "remove the brace"),
    Case("unknown link", EN, "[shop](link:shop)", "[shop](‸link:shopp)", "did you mean `shop`?"),
    Case("unknown link in a sentence", ZH_TEXT, "link:help", "‸link:desk", "no link `desk`"),
    Case("loose link", EN, "[help desk](link:help)", "‸link:help", "[words](link:name)"),
    Case("address in a text", EN, "It is free.", "See ‸https://example.com/fees.", "give it a name"),
    Case("address as target", EN, "[shop](link:shop)", "[shop‸](/shop)", "give it a name"),
    Case("script as target", EN, "[shop](link:shop)", "[shop‸](javascript:x)", "give it a name"),
    Case("link in a title", EN, "title: Hello", "title: '[Hello](‸link:help)'", "words only"),
    Case("unknown related entry", EN, "related: [fee,", "related: [‸feee,", "did you mean `fee`?"),
    Case("related to itself", EN, "related: [fee,", "related: [‸opening,", "not related to itself"),
    Case("related twice", EN, "related: [fee, hello]", "related: [fee, ‸fee]", "twice"),
    Case("unknown source", EN, "source: fees", "source: ‸fee", "did you mean `fees`?"),
    Case("answer without source", ZH, "id: fee\n", "id: ‸fee\n", "add `source`"),
    Case("answer without date", EN, "id: fee\n", "id: ‸fee\n", "add `as_of`"),
    Case("validity backwards", EN, "valid_until: 2030-12-31", "valid_until: ‸2020-12-31", "ends before it begins"),
    Case(
        "source without translation", PROGRAM, "fees: {en: Fees, zh-CN: 费用}", "‸fees: {en: Fees}", "no title in zh-CN"
    ),
    Case("title in a language too many", PROGRAM, "zh-CN: 页面", "zh-CN: 页面\n    ‸zh: 页面", "remove this title"),
    Case(
        "page without an address in a language",
        PROGRAM,
        "  as_of: 2021-02-05\n",
        "  as_of: 2021-02-05\n  ‸address: {en: https://learn.example/page}\n",
        "no address in zh-CN",
    ),
    Case("anchor of no section", PROGRAM, "eligibility:\n", "anchors:\n  ‸fee: fees\neligibility:\n", "`fees`?"),
    # Both languages say the same
    Case("missing entry", ZH, "  - id: hello\n", "  - id: ‸hi\n", "is not in good/en"),
    Case("other kind", ZH, "kind: small-talk", "‸kind: command", "in good/en/faq.yaml:38:5: make them equal"),
    Case("other source", ZH, "source: fees", "‸source: intro", "`source` is intro here and fees in"),
    Case("other day", ZH, "    starts: booking", "    ‸valid_until: 2030-12-31\n    starts: booking", "missing in"),
    Case("other dialog", ZH, "starts: booking", "‸starts: order", "booking"),
    Case("other related entries", ZH, "related: [fee, hello]", "‸related: [hello]", "fee, hello"),
    Case("other number of steps", ZH, "    steps:\n", "    ‸steps:\n      - 一。\n", "3 steps here and 2 steps"),
    Case("erratum missing", ZH, "  - id: opening", "  - ‸id: opening", "`erratum` is missing here"),
    Case("fact missing", ZH, "    answer: |\n      {opens}", "    ‸answer: |\n      ", "add {opens}"),
    Case("other link", ZH, "    answer: 免费。", "    ‸answer: '[免费](link:help)'", "remove link:help"),
    Case("missing sentence", ZH_TEXT, "messages:\n  no-match: 我不知道。", "‸messages:", "`no-match` of good/en"),
    Case("sentence too many", ZH_TEXT, "  no-match:", "  extra: ‸多\n  no-match:", "is not in good/en"),
    Case("other value in a sentence", ZH_TEXT, "截至{date}", "‸截至{day}", "add {date}, remove {day}"),
    Case("missing topic", ZH_OUT, "id: weather", "id: ‸rain", "is not in good/en"),
]

CHECK = [
    Case("past entry", EN, "valid_until: 2030-12-31", "valid_until: ‸2024-12-31", "valid until 2024-12-31: bring it"),
    Case("long title", EN, "title: Hello", f"title: ‸{'Hello ' * 11}", "shorten it to 60"),
    Case("wide title", ZH, "title: 你好", f"title: ‸{'你好' * 16}", "64 columns"),
    Case("few phrasings", EN, "phrasings: [how much, what is the price, cost of it, is it free,", "‸phrasings: [", "8"),
    Case("phrasing twice", EN, "[hi, good morning]", "[hi, ‸Hi!]", "good/en/faq.yaml:41:17: remove one"),
    Case("phrasing of another entry", EN, "[hi, good morning]", "[hi, ‸How  much?]", "the same question stands in"),
    Case("title of another entry", EN, "[hi, good morning]", "[hi, ‸what does it cost]", "the same question"),
    Case("phrasing of a topic", EN_OUT, "will it rain", "‸hi", "good/en/faq.yaml:41:17"),
    Case("full width twin", ZH, "[早上好, 在吗]", "[早上好, ‸价　格？]", "the same question"),
    Case("expected line is indexed", EN, "[how expensive is it]", "[‸Is it free?]", "must not be indexed"),
    Case("fact in a phrasing", EN, "[hi,", "[‸'{opens}',", "as people type it"),
]

MATES = {  # the same change in the other language, so that only one rule is broken
    "other day": [],
    "past entry": [(ZH, "valid_until: 2030-12-31", "valid_until: 2024-12-31")],
    "validity backwards": [(ZH, "valid_until: 2030-12-31", "valid_until: 2020-12-31")],
    "answer without source": [(ZH, "    source: fees\n", ""), (EN, "    source: fees\n", "")],
    "answer without date": [
        (EN, "    as_of: 2021-02-05\n    starts", "    starts"),
        (ZH, "    as_of: 2021-02-05\n    starts", "    starts"),
    ],
    "erratum missing": [(ZH, "    erratum: 页面写的是{first_month}。\n", "")],
    "related twice": [],
}


def broken(folder: Path, case: Case) -> tuple[int, int] | None:
    """Build the folder; returns line and column of the mark."""
    shutil.copytree(GOOD, folder)
    _patch(folder / case.file, case.old, case.new)
    for file, old, new in MATES.get(case.name, []):
        _patch(folder / file, old, new)
    path = folder / case.file
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    at = text.find(MARK)
    path.write_text(text.replace(MARK, ""), encoding="utf-8", errors="surrogateescape")
    return None if at < 0 else (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _patch(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    assert text.replace(MARK, "").count(old.replace(MARK, "")) >= 1, f"{old} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8", errors="surrogateescape")


def complaint(findings: list[Finding], case: Case, at: tuple[int, int] | None) -> Finding:
    """The error that says the case's words."""
    told = "\n".join(str(finding) for finding in findings)
    for finding in findings:
        here = finding.file == f"good/{case.file}" and at in {None, (finding.line, finding.column)}
        if here and finding.severity is Severity.ERROR and case.words in finding.text:
            return finding
    raise AssertionError(f"nothing says {case.words!r} at {case.file} {at}:\n{told}")


@pytest.mark.parametrize("case", [*LOAD, *CHECK], ids=lambda case: case.name)
def test_broken_content_is_refused_with_its_place(case: Case, tmp_path: Path) -> None:
    at = broken(tmp_path / "good", case)
    complaint(check(tmp_path / "good", TODAY), case, at)


@pytest.mark.parametrize("case", LOAD, ids=lambda case: case.name)
def test_content_that_would_mislead_is_not_loaded(case: Case, tmp_path: Path) -> None:
    broken(tmp_path / "good", case)
    with pytest.raises(ContentErrors) as caught:
        load_library(tmp_path / "good")
    assert any(case.words in error.message for error in caught.value.errors)


@pytest.mark.parametrize("case", CHECK, ids=lambda case: case.name)
def test_editorial_faults_never_stop_a_bot(case: Case, tmp_path: Path) -> None:
    broken(tmp_path / "good", case)
    assert load_library(tmp_path / "good").version != load_library(GOOD).version


def test_the_good_folder_has_no_findings() -> None:
    assert check(GOOD, TODAY) == []


def test_the_corpus_is_large_and_its_names_are_unique() -> None:
    names = [case.name for case in (*LOAD, *CHECK)]
    assert len(names) == len(set(names)) >= 45
    assert set(MATES) <= set(names)


@pytest.mark.parametrize("file", [PROGRAM, EN, EN_TEXT, ZH, ZH_TEXT])
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "is missing: create it"),
        (b"", "the file is empty"),
        (b"# only a comment\n", "the file is empty"),
        (b"- a\n- b\n", "write a block"),
        (b"\xff\xfea\x00", "save the file as UTF-8"),
        (b"a: " + b"x" * 2 * 1024 * 1024, "larger than 2 MiB"),
    ],
    ids=["missing", "empty", "comment", "list", "UTF-16", "huge"],
)
def test_every_file_is_needed_whole(file: str, data: bytes | None, words: str, tmp_path: Path) -> None:
    folder = tmp_path / "good"
    shutil.copytree(GOOD, folder)
    if data is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(data)
    with pytest.raises(ContentErrors) as caught:
        load_library(folder)
    assert [(e.file, e.line, e.column) for e in caught.value.errors if words in e.message] == [(f"good/{file}", 1, 1)]


@pytest.mark.parametrize(
    ("name", "words"), [("zh_CN", "rename it"), ("fr", "add one to FORMS")], ids=["not a tag", "no forms"]
)
def test_a_language_needs_its_name_and_forms(name: str, words: str, tmp_path: Path) -> None:
    folder = tmp_path / "good"
    shutil.copytree(GOOD, folder)
    shutil.copytree(GOOD / "en", folder / name)
    with pytest.raises(ContentErrors, match=words):
        load_library(folder)


def test_one_run_tells_everything(tmp_path: Path) -> None:
    folder = tmp_path / "good"
    shutil.copytree(GOOD, folder)
    _patch(folder / EN, "title: Hello", "titel: Hello")
    _patch(folder / EN, "small-talk", "talk")
    _patch(folder / PROGRAM, "report_day: 15", "report_day: 1.5")
    _patch(folder / ZH_TEXT, "  no-match", "\tno-match")
    with pytest.raises(ContentErrors) as caught:
        load_library(folder)
    told = str(caught.value)
    assert [error.file for error in caught.value.errors] == sorted(error.file for error in caught.value.errors)
    for words in ("did you mean `title`?", "`title` is missing", "'small-talk'", "whole number", "indent with spaces"):
        assert words in told


def test_a_file_named_nearly_right_is_pointed_out(tmp_path: Path) -> None:
    folder = tmp_path / "good"
    shutil.copytree(GOOD, folder)
    for language in ("en", "zh-CN"):
        (folder / language / "out_of_scope.yaml").rename(folder / language / "out-of-scope.yaml")
    findings = check(folder, TODAY)
    assert [(f.severity, f.file) for f in findings] == [
        (Severity.WARNING, "good/en/out-of-scope.yaml"),
        (Severity.WARNING, "good/zh-CN/out-of-scope.yaml"),
    ]


@pytest.mark.parametrize(
    ("rule", "cases"),
    [
        ("faq.reading.broken_references", ["unknown fact", "unknown related entry", "id twice"]),
        ("faq.reading.differences", ["other source", "missing sentence"]),
        ("faq.reading.untranslated_titles", ["source without translation", "page without an address in a language"]),
        ("faq.check.editorial_findings", ["past entry", "phrasing twice"]),
    ],
)
def test_the_corpus_notices_a_rule_that_is_gone(
    rule: str, cases: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule, lambda *_: iter(()))
    for case in (case for case in (*LOAD, *CHECK) if case.name in cases):
        at = broken(tmp_path / case.name / "good", case)
        with pytest.raises(AssertionError, match="nothing says"):
            complaint(check(tmp_path / case.name / "good", TODAY), case, at)
