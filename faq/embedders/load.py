"""Loads embedders: a model folder that an operator fills, or an installed package. Nothing is ever downloaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from faq.embedding import Embedder
from faq.sparse import Floats

MANIFEST = "manifest.json"
WORDLLAMA = "wordllama"
_BATCH = 32
_VECTORS = "weights/l2_supercat_256.safetensors"
_WORDLLAMA_FILES = {
    _VECTORS: "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5",
    "tokenizers/l2_supercat_tokenizer_config.json": "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68",
}
"""SHA-256 of what is read, as in 0.4.0.post1."""


class EmbedderError(Exception):
    """Correct that, or leave it out: the bot answers without an embedder."""

    def __init__(self, why: str) -> None:
        super().__init__(f"EMBEDDINGS: {why}. {self.__doc__}")


class Manifest(BaseModel):
    """``manifest.json``: what the folder holds, each file pinned by its SHA-256."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    model: str = Field(pattern=r"^[\w.-]+\.onnx$")
    tokenizer: str = Field(pattern=r"^[\w.-]+\.json$")
    sha256: dict[str, str]
    dimensions: int = Field(gt=0, le=4096)
    pooling: Literal["mean", "first"] = "mean"
    most_tokens: int = Field(default=64, gt=0, le=512)
    prefix: str = ""


def load_folder(folder: Path) -> Embedder:
    """The ONNX model and tokenizer in ``folder``, as its manifest says. Raises `EmbedderError`."""
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
        manifest = Manifest.model_validate(json.loads(text))
        files = {name: (folder / name).read_bytes() for name in (manifest.model, manifest.tokenizer)}
    except OSError as error:
        raise EmbedderError(f"a file of the model folder cannot be read ({error.strerror})") from None
    except (ValueError, ValidationError):
        raise EmbedderError(f"{MANIFEST} is not in the form that is needed") from None
    for name, data in files.items():
        if hashlib.sha256(data).hexdigest() != manifest.sha256.get(name):
            raise EmbedderError(f"{name} is not the file that {MANIFEST} names")
    return _OnnxEmbedder(manifest, files[manifest.model], files[manifest.tokenizer].decode())


def load_embedders(choice: str, languages: Container[str] | None = None) -> dict[str, Embedder]:
    """The embedders by language of a choice such as ``en=wordllama, zh-CN=models/zh``; none when it is empty.

    A value is ``wordllama`` or a folder with a manifest, a language one of ``languages`` if these are
    given. Raises `EmbedderError`.
    """
    chosen: dict[str, Embedder] = {}
    for part in filter(None, (part.strip() for part in choice.split(","))):
        language, _, source = (word.strip() for word in part.partition("="))
        if not language or not source:
            raise EmbedderError(f"`{part}` is not of the form LANGUAGE=wordllama or LANGUAGE=FOLDER")
        if language in chosen or (languages is not None and language not in languages):
            why = "is named twice" if language in chosen else "is not a language of the content"
            raise EmbedderError(f"`{language}` {why}")
        chosen[language] = load_wordllama() if source == WORDLLAMA else load_folder(Path(source))
    return chosen


def load_wordllama() -> Embedder:
    """The static word vectors of the package ``wordllama``; English. Raises `EmbedderError`."""
    package = _optional(WORDLLAMA)
    home = Path(package.__file__).parent
    for name, pin in _WORDLLAMA_FILES.items():
        try:
            data = (home / name).read_bytes()
        except OSError:
            raise EmbedderError("the installed wordllama has no vectors in it") from None
        if hashlib.sha256(data).hexdigest() != pin:
            raise EmbedderError(f"{Path(name).name} of the installed wordllama is not the file that is known here")
    model = package.WordLlama.load(cache_dir=home, disable_download=True)
    return _WordVectors(model, f"wordllama {_WORDLLAMA_FILES[_VECTORS]}")


def _optional(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise EmbedderError(f"the package {name} is not installed: see requirements-embeddings.in") from None


class _OnnxEmbedder:
    def __init__(self, manifest: Manifest, model: bytes, tokenizer: str) -> None:
        runtime, tokenizers = _optional("onnxruntime"), _optional("tokenizers")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._inputs = {given.name for given in self._session.get_inputs()}
        self._tokenizer = tokenizers.Tokenizer.from_str(tokenizer)
        self._tokenizer.enable_truncation(manifest.most_tokens)
        self._tokenizer.enable_padding()
        self._manifest = manifest
        self.name = f"{manifest.name} {manifest.sha256[manifest.model]}"
        self.dimensions = manifest.dimensions

    def embed(self, texts: Sequence[str]) -> Floats:
        parts = [self._batch(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, self.dimensions), dtype=np.float32)

    def _batch(self, texts: Sequence[str]) -> Floats:
        encoded = self._tokenizer.encode_batch([self._manifest.prefix + text for text in texts])
        tokens = {
            "input_ids": np.array([one.ids for one in encoded], dtype=np.int64),
            "attention_mask": np.array([one.attention_mask for one in encoded], dtype=np.int64),
            "token_type_ids": np.array([one.type_ids for one in encoded], dtype=np.int64),
        }
        (hidden, *_) = self._session.run(None, {name: tokens[name] for name in self._inputs})
        return unit_rows(pooled(hidden, tokens["attention_mask"], self._manifest.pooling))


class _WordVectors:
    dimensions = 256

    def __init__(self, model: Any, name: str) -> None:
        self._model, self.name = model, name

    def embed(self, texts: Sequence[str]) -> Floats:
        return unit_rows(np.asarray(self._model.embed(list(texts)), dtype=np.float32))


def pooled(hidden: Floats, mask: NDArray[np.int64], pooling: str) -> Floats:
    """One vector for each text: the mean over its tokens, or the first token's."""
    if pooling == "first":
        return hidden[:, 0]
    weight = mask[:, :, None].astype(np.float32)
    result: Floats = (hidden * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1)
    return result


def unit_rows(vectors: Floats) -> Floats:
    """Rows scaled to length 1; a row of zeros stays."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: Floats = (vectors / np.where(length > 0, length, 1)).astype(np.float32)
    return result
