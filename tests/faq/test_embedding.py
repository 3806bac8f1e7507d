"""Meaning beside the words: the port with a tiny embedder, and folders that must not be trusted."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

import wiring
from app import main
from dialogs.reload import WatchedGuiding
from faq.cache import FitFolder
from faq.cli import CONTENT, app
from faq.embedders import load
from faq.embedders.load import EmbedderError, load_embedders, load_folder, load_wordllama, pooled, unit_rows
from faq.matcher import Matcher
from faq.model import Answers, Entry, Kind, KnowledgeBase
from faq.reload import LibraryWatcher
from faq.sparse import Floats
from ops import logs

TOPICS = "invoice courseware directory landing trainer renewal silver gold webinar report badge".split()  # noqa: SIM905 - a list of words reads better as words
FRAMES = ("what is the {}", "explain our {}", "where is the {}", "who has the {}", "help with a {}", "tell me the {}")
SECRET = {"quxfrob": "gold", "zimwall": "report"}
"""Words that mean a topic and look like none."""


class TinyEmbedder:
    name = "tiny"
    dimensions = len(TOPICS)

    def __init__(self) -> None:
        self.asked = 0

    def embed(self, texts: Sequence[str]) -> Floats:
        self.asked += len(texts)
        words = ({SECRET.get(word, word) for word in text.split()} for text in texts)
        return unit_rows(np.array([[topic in said for topic in TOPICS] for said in words], dtype=np.float32))


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    entries = {
        topic: Entry(topic, Kind.ANSWER, "en", f"about {topic}", "answer", tuple(f.format(topic) for f in FRAMES))
        for topic in TOPICS
    }
    return KnowledgeBase("en", entries, "v")


@pytest.mark.parametrize(("word", "topic"), SECRET.items())
def test_meaning_finds_what_words_do_not(word: str, topic: str, base: KnowledgeBase) -> None:
    question = f"what is the {word}"
    without, given = Matcher({"en": base}), Matcher({"en": base}, embedders={"en": TinyEmbedder()})
    assert not isinstance(without.match(question, "en"), Answers)
    result = given.match(question, "en")
    assert isinstance(result, Answers)
    assert result.candidates[0].entry == topic


def test_embedder_of_another_language_changes_nothing(base: KnowledgeBase) -> None:
    plain, other = Matcher({"en": base}), Matcher({"en": base}, embedders={"zh-CN": TinyEmbedder()})
    assert plain.match("what gold is", "en") == other.match("what gold is", "en")


def test_fits_with_and_without_are_kept_apart(base: KnowledgeBase, tmp_path: Path) -> None:
    folder, embedder = FitFolder(tmp_path), TinyEmbedder()
    first = Matcher({"en": base}, folder, {"en": embedder})
    Matcher({"en": base}, folder)
    assert len(list(tmp_path.iterdir())) == 2
    embedder.asked = 0
    second = Matcher({"en": base}, folder, {"en": embedder})
    assert embedder.asked == 0, "phrasings are embedded once"
    assert first.match("who has quxfrob", "en") == second.match("who has quxfrob", "en")


def write_folder(folder: Path) -> None:
    files = {"model.onnx": b"model", "tokenizer.json": b"{}"}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    pins = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    manifest = {"name": "m", "model": "model.onnx", "tokenizer": "tokenizer.json", "sha256": pins, "dimensions": 4}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def _other_path(folder: Path) -> None:
    text = (folder / "manifest.json").read_text().replace('"model.onnx", "tok', '"../model.onnx", "tok')
    (folder / "manifest.json").write_text(text)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / "model.onnx").write_bytes(b"other"), "not the file"),
        (lambda folder: (folder / "tokenizer.json").write_bytes(b"[]"), "not the file"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "cannot be read"),
        (lambda folder: (folder / "manifest.json").unlink(), "cannot be read"),
        (lambda folder: (folder / "manifest.json").write_text("{}"), "not in the form"),
        (lambda folder: (folder / "manifest.json").write_text("x"), "not in the form"),
        (_other_path, "not in the form"),
    ],
)
def test_a_folder_that_is_not_as_pinned_is_refused(damage: Callable[[Path], None], words: str, tmp_path: Path) -> None:
    write_folder(tmp_path)
    damage(tmp_path)
    with pytest.raises(EmbedderError, match=words):
        load_folder(tmp_path)


@pytest.mark.parametrize("package", ["onnxruntime", "wordllama"])
def test_a_missing_package_is_told(package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(load, "import_module", missing)
    write_folder(tmp_path)
    with pytest.raises(EmbedderError, match=f"{package} is not installed"):
        load_wordllama() if package == "wordllama" else load_folder(tmp_path)


def test_a_folder_is_run_as_its_manifest_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Session:
        def __init__(self, model: bytes, options: object, providers: list[str]) -> None:
            assert (model, providers) == (b"model", ["CPUExecutionProvider"])

        def get_inputs(self) -> list[SimpleNamespace]:
            return [SimpleNamespace(name="input_ids"), SimpleNamespace(name="attention_mask")]

        def run(self, _: None, given: dict[str, np.ndarray]) -> list[np.ndarray]:
            assert given.keys() == {"input_ids", "attention_mask"}
            return [np.repeat(given["input_ids"][:, :, None], 4, axis=2).astype(np.float32)]

    class Tokenizer:
        @staticmethod
        def from_str(text: str) -> Tokenizer:  # noqa: ARG004 - the signature of the package
            return Tokenizer()

        def enable_truncation(self, most: int) -> None:
            assert most == 64

        def enable_padding(self) -> None: ...

        def encode_batch(self, texts: list[str]) -> list[SimpleNamespace]:
            return [SimpleNamespace(ids=[len(text), 9], attention_mask=[1, 0], type_ids=[0, 0]) for text in texts]

    fakes = {
        "onnxruntime": SimpleNamespace(InferenceSession=Session, SessionOptions=SimpleNamespace),
        "tokenizers": SimpleNamespace(Tokenizer=Tokenizer),
    }
    monkeypatch.setattr(load, "import_module", fakes.__getitem__)
    write_folder(tmp_path)
    vectors = load_folder(tmp_path).embed(["a"] * 33)
    assert vectors.shape == (33, 4)
    assert np.allclose(vectors, 0.5)


def test_pooling_leaves_padding_out() -> None:
    hidden = np.array([[[1.0, 1.0], [3.0, 5.0], [9.0, 9.0]]], dtype=np.float32)
    mask = np.array([[1, 1, 0]])
    assert pooled(hidden, mask, "mean").tolist() == [[2.0, 3.0]]
    assert pooled(hidden, mask, "first").tolist() == [[1.0, 1.0]]
    assert unit_rows(np.zeros((1, 2), dtype=np.float32)).tolist() == [[0.0, 0.0]]


def test_no_choice_is_no_embedder() -> None:
    assert load_embedders(" ") == {}


@pytest.mark.parametrize("choice", ["wordllama", "en=", "=wordllama"])
def test_a_choice_in_another_form_is_told(choice: str) -> None:
    with pytest.raises(EmbedderError, match="LANGUAGE=FOLDER"):
        load_embedders(choice)


@pytest.mark.parametrize(
    ("choice", "words"),
    [("fr=wordllama", "`fr` is not a language of the content"), ("en=wordllama,en=x", "named twice")],
)
def test_a_language_that_is_not_served_is_told(choice: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "load_wordllama", TinyEmbedder)
    with pytest.raises(EmbedderError, match=words):
        load_embedders(choice, {"en", "zh-CN"})


def test_a_library_that_is_taken_up_keeps_the_embedders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "FITS", tmp_path / "fits")
    folder = shutil.copytree(CONTENT, tmp_path / "content")
    watcher = LibraryWatcher(folder, lambda: datetime.now(UTC), companion=(guiding := WatchedGuiding()))
    embedder = TinyEmbedder()
    knowledge = wiring.LiveKnowledge(watcher, guiding, {"en": embedder})
    assert knowledge().matcher.match("who has quxfrob", "en")
    asked, first = embedder.asked, knowledge().matcher
    assert asked > 0
    text = (folder / "en" / "synonyms.yaml").read_text(encoding="utf-8")
    (folder / "en" / "synonyms.yaml").write_text(f"{text}  - [quxfrobs, zimwalls]\n", encoding="utf-8")
    asyncio.run(watcher.look())
    knowledge().matcher.match("who has zimwall", "en")
    assert knowledge().matcher is not first
    assert embedder.asked > asked


def test_commands_take_the_setting_and_tell_what_is_wrong_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDDINGS", "en=/nowhere")
    result = CliRunner().invoke(app, ["ask", "who can enroll"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("EMBEDDINGS: a file of the model folder cannot be read")


def test_the_bot_does_not_start_with_a_wrong_choice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("EMBEDDINGS", "fr=wordllama")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'bot.db'}")
    monkeypatch.setattr(logs, "configure", lambda _: None)
    assert main([]) == 1
    assert capsys.readouterr().err.startswith("EMBEDDINGS: `fr` is not a language of the content")


def test_a_choice_names_the_embedder_of_each_language(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(load, "load_wordllama", TinyEmbedder)
    monkeypatch.setattr(load, "load_folder", lambda folder: folder)
    assert load_embedders(f"zh-CN={tmp_path}")["zh-CN"] == tmp_path
    assert isinstance(load_embedders("en=wordllama, ")["en"], TinyEmbedder)


@pytest.mark.parametrize(("files", "words"), [((), "no vectors"), ((b"other",), "not the file that is known")])
def test_other_word_vectors_are_refused(
    files: tuple[bytes, ...], words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for data in files:
        path = tmp_path / "weights" / "l2_supercat_256.safetensors"
        path.parent.mkdir()
        path.write_bytes(data)
    package = SimpleNamespace(__file__=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(load, "import_module", lambda _: package)
    with pytest.raises(EmbedderError, match=words):
        load_wordllama()
