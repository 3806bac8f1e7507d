"""Files of QnA Maker, Custom Question Answering and the Bot Framework tools, in and out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from faq.cli import app
from faq.curate.exchange.drafts import Drafts, Known, to_drafts
from faq.curate.exchange.entries import to_pairs
from faq.curate.exchange.pairs import BadFile, Pair, Pairs, Prompt
from faq.curate.exchange.qna import parse_qna, write_qna
from faq.curate.exchange.reading import read_pairs
from faq.curate.exchange.tsv import parse_tsv, write_tsv
from faq.library import Library
from faq.model import Entry, Kind
from faq.schema import EntryBlock, FaqFile, OutOfScopeFile, TopicBlock
from program.shape import check_shape
from program.yaml_source import parse_yaml
from wording.fill import resolve_links

ROOT = Path(__file__).parents[2]
GOOD = Path(__file__).parents[1] / "content" / "good"
NOTHING = Known((), {}, ())
HEADER = "Question\tAnswer\tSource\tMetadata\tSuggestedQuestions\tIsContextOnly\tPrompts\tQnaId\n"
FORMATS = {"tsv": (write_tsv, parse_tsv), "qna": (write_qna, parse_qna)}


def blocks(text: str, model: type[FaqFile] | type[OutOfScopeFile]) -> list[EntryBlock | TopicBlock]:
    """The entries of a draft, read as strictly as content is."""
    return list(check_shape(parse_yaml(text.encode(), "draft.yaml"), model).entries) if text else []


def as_entry(block: EntryBlock | TopicBlock, library: Library, language: str) -> Entry:
    """A draft as the entry that the bot would load."""
    told = block.model_dump(exclude={"expect"})
    for key in ("answer", "title", "erratum"):
        if told.get(key):
            told[key] = resolve_links(told[key], library.program.links).strip()
    steps = tuple(resolve_links(step, library.program.links) for step in told.pop("steps", ()))
    lists = {key: tuple(told.pop(key, ())) for key in ("phrasings", "related")}
    kind = Kind(told.pop("kind", Kind.OUT_OF_SCOPE))
    return Entry(**told, **lists, kind=kind, language=language, steps=steps)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_exported_and_imported_again_is_the_same(kind: str, language: str, library: Library) -> None:
    write, parse = FORMATS[kind]
    base = library.languages[language].knowledge
    known = Known((), library.program.links, library.program.sources)
    drafts = to_drafts(parse(write(to_pairs(base).pairs)), language, known)
    assert drafts.notes == ()
    read = [*blocks(drafts.entries, FaqFile), *blocks(drafts.topics, OutOfScopeFile)]
    again = {block.id: as_entry(block, library, language) for block in read}
    assert again.keys() == base.entries.keys()
    for name, entry in base.entries.items():
        assert again[name] == replace(entry, expect=(), line=0, answer=entry.answer.strip())


@pytest.mark.parametrize("kind", FORMATS)
def test_hard_texts_survive_both_ways(kind: str) -> None:
    write, parse = FORMATS[kind]
    hard = Pair(
        id="7",
        questions=('"quoted" at the start', "a | b, c: d", "什么？"),
        answer='One\n\n- two \\n "three"\n- four\n\n# no question\n\n1. five',
        source="Editorial",
        metadata=(("team", "a"), ("team", "b")),
        prompts=(Prompt("More", "7"),),
    )
    (read,) = parse(write([hard])).pairs
    assert replace(read, line=0) == hard


def test_rows_of_one_answer_are_joined_with_or_without_ids() -> None:
    by_id = parse_tsv(HEADER + "a\tx\tE\tk:v\t[]\tTrue\t[]\t1\nb\tx\tE\t\t[]\tFalse\t[]\t1\nc\tx\tE\t\t\t\t\t2\n").pairs
    assert [(pair.questions, pair.context_only) for pair in by_id] == [(("a", "b"), True), (("c",), False)]
    old = "Question\tAnswer\tSource\tKeywords\na\tx\tE\n\nQuestion\tAnswer\tSource\tKeywords\nb\tx\tE\nc\ty\\nz\tE\tw\n"
    found = parse_tsv(old)
    assert [(pair.questions, pair.answer) for pair in found.pairs] == [(("a", "b"), "x"), (("c",), "y\nz")]
    assert found.lost == ("the column 'Keywords'",)


def test_tsv_prompts_and_metadata_are_read_in_both_spellings() -> None:
    cells = '[{"name": "k", "value": "v"}]\t[]\tFalse\t[{"DisplayOrder": 1, "QnaId": 3, "DisplayText": "B"}'
    (pair,) = parse_tsv(f'{HEADER}q\ta\tE\t{cells}, {{"displayOrder": 0, "qnaId": 2, "displayText": "A"}}]\t1\n').pairs
    assert pair.metadata == (("k", "v"),)
    assert pair.prompts == (Prompt("A", "2"), Prompt("B", "3"))
    quoted = '"[{""displayOrder"":0,""qnaId"":2,""displayText"":""A""}]"'
    (pair,) = parse_tsv(f'{HEADER}q\t"two\nlines"\tE\t\t[]\tFalse\t{quoted}\t1\n').pairs
    assert (pair.answer, pair.prompts) == ("two\nlines", (Prompt("A", "2"),))


QNA = """
> a comment
> !# @kb.name = mine
> !# @qna.pair.source = book.pdf
<a id = "5"></a>

## ? When do you open
- opening hours
* open when
***Filters:***
- place = here
    ```markdown
    At 9.
      \\# 1
    ```
**Prompts:**
- [Closing](#?when-do-you-close) `context-only`
- [Nowhere](#99)

$word : qna-alterations=
- wort
[other](./other.qna)
# Greeting
- hi there

### ?When do you close?
```
At 5.
```
"""


def test_qna_is_read_as_the_tools_write_it() -> None:
    found = parse_qna(QNA)
    first, second = found.pairs
    assert first == Pair(
        "5",
        ("When do you open", "opening hours", "open when"),
        "At 9.\n  # 1",
        7,
        "book.pdf",
        (("place", "here"),),
        (Prompt("Closing", second.id, context_only=True), Prompt("Nowhere", "99")),
    )
    assert (second.questions, second.answer) == (("When do you close?",), "At 5.")
    assert [line.split(" (")[0] for line in found.lost] == [
        "line 3: a setting",
        "line 20: synonyms; put them into synonyms.yaml",
        "line 22: a reference to another file; import that by itself",
        "line 23: an intent",
    ]


def drafted(*pairs: Pair, known: Known = NOTHING) -> Drafts:
    return to_drafts(Pairs(pairs), "en", known)


def test_a_draft_says_what_it_could_not_keep() -> None:
    known = Known({"taken"}, {"help": "https://example.com/help"}, {"intro"})
    answer = "See [us](https://example.com/help), [them](https://else.example/) and {this}."
    metadata = (("id", "taken"), ("team", "a"), ("source", "intro"), ("as_of", "soon"), ("kind", "answer"))
    prompts = (Prompt("B", "2", context_only=True), Prompt("C", "3"))
    first = Pair("1", ("Who?",), answer, 4, metadata=metadata, prompts=prompts, context_only=True)
    drafts = drafted(first, Pair("2", ("What is B", "b?"), "B.", 9), known=known)
    notes = "\n".join(drafts.notes)
    for words in (
        "exists",
        "after another",
        "team:a",
        "as_of:soon",
        "'C'",
        "in context only",
        "else.example",
        "braces",
    ):
        assert words in notes, words
    assert len(drafts.notes) == 8
    one, two = blocks(drafts.entries, FaqFile)
    assert isinstance(one, EntryBlock)
    assert (one.id, one.source, one.as_of, one.related) == ("taken", "intro", None, ["what-is-b"])
    assert "[us](link:help)" in one.answer
    assert two.phrasings == ["b?"]
    assert all(f"# - {note}" in drafts.entries for note in drafts.notes)


@pytest.mark.parametrize(
    "text", ["no", "null", "12", "- a", "a: b", "a #b", "'", '"', "{a}", "[", "*", "&x", "%", "@", "?"]
)
def test_every_question_is_a_text_in_the_draft(text: str) -> None:
    (block,) = blocks(drafted(Pair("1", ("Title", text), "Answer")).entries, FaqFile)
    assert block.phrasings == [text]


def test_ids_are_made_of_the_question_and_differ() -> None:
    pairs = [Pair(str(n), (question,), f"{n}") for n, question in enumerate(["How much?", "How much!", "多少钱", "?"])]
    read = blocks(drafted(*pairs).entries, FaqFile)
    assert [block.id for block in read] == ["how-much", "how-much-2", "imported-3", "imported-4"]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.xlsx", b"PK", "not known here"),
        ("a.tsv", b"", "empty"),
        ("a.tsv", b"Frage\tAntwort\n", "no columns Question and Answer"),
        ("a.tsv", b"Question,Answer\na,b\n", "no columns Question and Answer"),
        ("a.tsv", HEADER.encode() + b"a\tb\t\t\t\t\t\t1\tx\tmore\n", "line 2: there are 10 cells under 8 columns"),
        ("a.tsv", HEADER.encode() + b"q\ta\x00b\n", "line 2: there is an invisible character (U+0000)"),
        ("a.tsv", HEADER.encode() + "q\ta\u202eb\n".encode(), "U+202E"),
        ("a.tsv", HEADER.encode("utf-16"), "not UTF-8"),
        ("a.tsv", HEADER.encode() + b'=HYPERLINK("x")\ta\n', "line 2: the question is a spreadsheet formula"),
        ("a.tsv", HEADER.encode() + b"q\t @SUM(1)\n", "the answer is a spreadsheet formula"),
        ("a.tsv", HEADER.encode() + b"q\t-cmd|' /C calc'!A0\n", "formula"),
        ("a.tsv", HEADER.encode() + b"q\t\n", "no question with an answer"),
        ("a.tsv", HEADER.encode() + b"q\ta\tE\tnonsense\n", "name:value"),
        ("a.tsv", HEADER.encode() + b"q\ta\tE\t\t[]\tFalse\t[{]\t1\n", "prompts are not a JSON list"),
        ("a.tsv", HEADER.encode() + b"q\ta\tE\t\t[]\tFalse\t" + b"[" * 50_000 + b"\t1\n", "not a JSON list"),
        ("a.tsv", HEADER.encode() + b"q\ta\tE\t\t[]\tFalse\t[{}]\t1\n", "need displayorder"),
        ("a.tsv", HEADER.encode() + b"q\ta\tE\t\t\t\t\t1\np\tb\tE\t\t\t\t\t1\n", "another answer in line 2"),
        ("a.tsv", HEADER.encode() + b'q\t"' + b"x\n" * 100_000, "quote left open"),
        ("a.tsv", b"x" * (5 * 2**20 + 1), "larger than 5 MiB"),
        ("a.tsv", HEADER.encode() + b"".join(b"q\t%d\n" % n for n in range(5001)), "5000 is the most"),
        ("a.qna", b"", "no question"),
        ("a.qna", b"# ? a\n```\nb\n", "line 2: .*never closed"),
        ("a.qna", b"```\nb\n```\n", "belongs to no question"),
        ("a.qna", b"- a\n", "belongs to no question"),
        ("a.qna", b"# ? a\n**Filters:**\n- b\n", "name = value"),
        ("a.qna", b"# ? a\n**Prompts:**\n- b\n", "prompt is not written"),
        ("a.qna", b"# ? a\nwords\n", "line 2: this line is neither"),
    ],
)
def test_a_hostile_or_broken_file_is_refused_with_its_line(name: str, data: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BadFile, match=words.replace("(", r"\(").replace("+", r"\+").replace(")", r"\)")):
        read_pairs(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "data", "note"),
    [
        ("a.tsv", "heading\t", "line 3: 'heading' has no answer and is left out"),
        ("a.tsv", "\tanswer", "line 3: an answer without a question is left out"),
        ("a.tsv", f"long\t{'x' * 4001}", "line 3: an answer of 4001 characters is left out, 4000 is the most"),
        ("a.tsv", f"{'q' * 201}\tok", "line 3: a question of several lines or more than 200 characters is left out"),
        ("a.tsv", "what\ufffds\tok", "line 3: the first of 1 damaged characters, now `?`"),
        ("a.qna", "# ? heading", "line 5: 'heading' has no answer and is left out"),
    ],
)
def test_what_cannot_be_an_entry_is_left_out_and_told(name: str, data: str, note: str, tmp_path: Path) -> None:
    start = "# ? q\n```\na\n```\n" if name.endswith("qna") else f"{HEADER}q\ta\n"
    (tmp_path / name).write_text(f"{start}{data}\n", "utf-8")
    found = read_pairs(tmp_path / name)
    assert found.pairs[0].questions == ("q",)
    assert note in found.lost
    assert blocks(drafted(*found.pairs).entries, FaqFile)


@pytest.mark.parametrize("text", ["- a list", "+1 (202) 555 0164", "-5 to 3", "a = b", "mail@example.com"])
def test_a_list_or_a_number_is_no_formula(text: str) -> None:
    assert parse_tsv(f"{HEADER}q\t{text}\n").pairs[0].answer == text


def test_a_formula_is_not_exported() -> None:
    with pytest.raises(BadFile, match="formula"):
        write_tsv([Pair("1", ("=1+1",), "a")])


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*words, "--content", str(GOOD)])
    return result.exit_code, result.output


def test_commands_write_files_and_never_overwrite(tmp_path: Path) -> None:
    out = tmp_path / "a.tsv"
    assert run("export", "tsv", "--lang", "en", "--to", str(out))[0] == 0
    assert out.read_text("utf-8").startswith("Question\tAnswer")
    assert run("export", "tsv", "--lang", "en", "--to", str(out))[0] == 1
    code, told = run("import", str(out), "--lang", "en")
    assert code == 0
    assert "`fee` is the id of an entry that exists" in told
    draft, topics = tmp_path / "a.draft.yaml", tmp_path / "a.draft.out-of-scope.yaml"
    assert len(blocks(draft.read_text("utf-8"), FaqFile)) == 3
    assert len(blocks(topics.read_text("utf-8"), OutOfScopeFile)) == 1
    draft.write_text("mine")
    code, told = run("import", str(out), "--lang", "en")
    assert (code, draft.read_text()) == (1, "mine")
    assert "nothing is overwritten" in told
    assert run("export", "docx", "--lang", "en")[0] == run("export", "qna", "--lang", "fr")[0] == 2
    assert run("export", "qna", "--lang", "en")[1].count("# ? ") == 4


def test_a_refused_file_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("Question\n")
    code, told = run("import", str(tmp_path / "a.tsv"), "--lang", "en")
    assert code == 1
    assert told.startswith("a.tsv: line 1: ")


def test_a_note_cannot_write_into_the_draft() -> None:
    cell = '"team:a\nentries:\n  - id: planted|id:b\nkind: command"'
    drafts = to_drafts(parse_tsv(f"{HEADER}q\ta\tE\t{cell}\n"), "en", NOTHING)
    assert [block.id for block in blocks(drafts.entries, FaqFile)] == ["q"]
    assert not any("\n" in note for note in drafts.notes)
