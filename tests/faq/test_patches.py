"""Content files changed line by line, patches that are taken back, and questions that are nearly the same."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from faq.curate.clusters import Clusters
from faq.curate.edits import Block, NotEditable, add_block, add_phrasings, scalar
from faq.curate.patches import PatchStale, make_patch, reverted
from program.yaml_source import parse_yaml

FAQ = """# first
entries:
  # about fees
  - id: fee   # keep
    title: "What: cost?"
    phrasings:
      - how much
      - a line that goes
        on here   # and this

      # the next entry
    expect: [x y]
  - id: flow
    phrasings: [a, b]
  - id: last
    phrasings:
    - last line"""
LINES = [
    "plain",
    "yes",
    "12",
    "- dash",
    "a: b",
    "a #b",
    "'q'",
    '"q"',
    "{x}",
    "[x]",
    "*x",
    "&x",
    "!x",
    "%x",
    "@x",
    "`x`",
]
LINES += [
    "why\\not",
    "你好：价格？",
    "？",
    "null",
    "1.5",
    "> x",
    "| x",
    "x,y",
    "it's",
    "tab",
    "ends:",
    "~",
    "true",
    "é",
    "😀 x",
]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_any_line_is_read_as_it_was_typed_and_the_rest_stays(line: str, ending: str) -> None:
    text = FAQ.replace("\n", ending)
    document = parse_yaml(text.encode(), "faq.yaml")
    for entry in ("fee", "last"):
        edited = add_phrasings(text, document, entry, [line, "second"])
        assert parse_yaml(edited.text.encode(), "faq.yaml").value == edited.value
        added = [each for each in edited.text.split(ending) if each not in text.split(ending)]
        assert [each.strip() for each in added] == [f"- {scalar(line)}", "- second"]
    block = add_block(text, document, Block("new", line, f"One.\n\nTwo: {line}", (line, "b"), {"kind": "answer"}))
    assert parse_yaml(block.text.encode(), "faq.yaml").value == block.value
    assert block.text.startswith(text)


@pytest.mark.parametrize("entry", ["flow", "nobody"])
def test_what_is_written_otherwise_is_left(entry: str) -> None:
    with pytest.raises(NotEditable):
        add_phrasings(FAQ, parse_yaml(FAQ.encode(), "faq.yaml"), entry, ["x"])


def test_a_file_that_is_not_there_begins_with_its_first_block() -> None:
    edited = add_block("", None, Block("new", "Title", "Text", ("a", "b")))
    assert parse_yaml(edited.text.encode(), "x").value == edited.value


TEXTS = {
    "grown": ("a\nb\nc\n", "a\nb\nnew\nc\n"),
    "no end": ("a\nb", "a\nb\nnew"),
    "an end": ("a\nb", "a\nb\nnew\n"),
    "empty": ("", "new\n"),
    "windows": ("a\r\nb\r\n", "a\r\nnew\r\nb\r\n"),
    "separators": ("a\u2028b\x0cc\n", "a\u2028b\x0cc\nnew\x85\n"),
    "two places": (
        "".join(f"{n}\n" for n in range(40)),
        "".join(f"{n}\n{'x' * n}\n" if n in (5, 30) else f"{n}\n" for n in range(40)),
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_patch_is_one_for_other_tools_and_can_be_taken_back(name: str, tmp_path: Path) -> None:
    before, after = TEXTS[name]
    patch = make_patch({"content/en/f": before}, {"content/en/f": after})
    assert reverted(patch, {"content/en/f": after}) == {"content/en/f": before}
    git = shutil.which("git")
    assert git
    file = tmp_path / "content" / "en" / "f"
    file.parent.mkdir(parents=True)
    file.write_bytes(before.encode())
    command = [git, "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "-"]
    subprocess.run(
        command, input=patch.encode(), cwd=tmp_path, check=True, env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    )
    assert file.read_bytes() == after.encode()


def test_a_new_file_is_taken_back_whole() -> None:
    patch = make_patch({}, {"content/en/f": "x\n"})
    assert reverted(patch, {"content/en/f": "x\n"}) == {"content/en/f": None}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("0\na\nb\nnew\nc\n", "0\na\nb\nc\n"),
        ("a\nB\nnew\nC\n", "a\nB\nC\n"),
        ("a\nb\nnew\nnewer\nc\n", "a\nb\nnewer\nc\n"),
        ("a\nb\nNew\nc\n", None),
        ("a\nnew\nx\nnew\nc\n", None),
        ("", None),
    ],
)
def test_a_patch_is_taken_back_where_its_lines_still_stand_alone(now: str, expected: str | None) -> None:
    patch = make_patch({"f": "a\nb\nc\n"}, {"f": "a\nb\nnew\nc\n"})
    if expected is None:
        with pytest.raises(PatchStale):
            reverted(patch, {"f": now})
    else:
        assert reverted(patch, {"f": now}) == {"f": expected}


KNOWN = ("how do I become a learning partner", "gold and silver requirements", "renewal deadline")
GROUPS = [
    (
        "en",
        [
            "How do I become a Learning Partner?",
            "become a lerning partnr how",
            "Hi, how can we become learning partner please",
        ],
    ),
    ("en", ["what is the KPI for gold", "KPI of gold??"]),
    ("en", ["what is the KPI for silver"]),
    ("en", ["when can we enroll"]),
    ("en", ["who can enroll"]),
    (
        "en",
        [
            "can we enroll in two programs without competency",
            "can we enroll in two programs, without any competency, online",
        ],
    ),
    ("en", ["can we enroll in two programs with competency"]),
    ("en", ["what is this?"]),
    ("en", ["???"]),
    ("zh-CN", ["怎么加入学习合作伙伴计划", "请问如何加入学习合作伙伴计划？", "怎样才能加入學習合作夥伴計劃呢"]),
    ("zh-CN", ["什么时候续约"]),
    ("zh-CN", ["怎么续约"]),
    ("zh-CN", ["为什么不能续约"]),
]


@pytest.mark.parametrize("backwards", [False, True])
def test_what_is_nearly_the_same(backwards: bool) -> None:
    finders = {language: Clusters(language, KNOWN) for language in ("en", "zh-CN")}
    lines = [(number, language, text) for number, (language, texts) in enumerate(GROUPS) for text in texts]
    found = [
        (number, language, finders[language].number(text))
        for number, language, text in (lines[::-1] if backwards else lines)
    ]
    groups = {
        number: {(language, cluster) for each, language, cluster in found if each == number} for number, _, _ in found
    }
    assert [number for number, clusters in groups.items() if len(clusters) != 1] == []
    assert len({next(iter(clusters)) for clusters in groups.values()}) == len(GROUPS)


def test_forgotten_texts_find_their_cluster_again() -> None:
    finder = Clusters("en", KNOWN)
    first = finder.number("when can we enroll")
    finder.keep(())
    assert finder.number("when can i enroll???") == first
    assert len(finder) == 1
