"""A matcher made from a kept fit is the one that was fitted: every score, to the last bit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dialogs.decision import Knowledge
from faq.cache import FitFolder
from faq.fitted import Fitted, fitted
from faq.fitting import NoCache, fit_key
from faq.matcher import Matcher
from faq.normalize import normalize

HERE = Path(__file__).parent


def questions(language: str) -> list[str]:
    lines = (HERE / f"tuning.{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


def kept(folder: Path, knowledge: Knowledge, language: str) -> tuple[Fitted, Fitted]:
    """A fresh fit, and what comes back out of the folder that it was put into."""
    base, folder_of_fits = knowledge.library.languages[language].knowledge, FitFolder(folder)
    fresh = fitted(base, NoCache(), None)
    assert fresh is not None
    folder_of_fits.put(fit_key(base), fresh.arrays())
    back = FitFolder(folder).get(fit_key(base))
    assert back is not None
    return fresh, Fitted.of_arrays(back, base, None)


def raw(fit: Fitted, question: str, language: str) -> tuple[bytes, ...]:
    """All numbers that a ranking is made of, as they lie in memory."""
    tokens = fit.concepts.add_to(normalize(question, language).tokens)
    scores, similar = fit.evidence.score(tokens)
    return scores.tobytes(), similar.tobytes(), fit.calibration.probability(scores).tobytes()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_kept_fit_scores_every_question_as_the_fresh_one(language: str, knowledge: Knowledge, tmp_path: Path) -> None:
    fresh, back = kept(tmp_path, knowledge, language)
    asked = questions(language)
    assert len(asked) > 100
    assert [q for q in asked if raw(fresh, q, language) != raw(back, q, language)] == []
    assert fresh.phrasings.exact == back.phrasings.exact
    base = {language: knowledge.library.languages[language].knowledge}
    one, other = Matcher(base, _Given(fresh.arrays())), Matcher(base, FitFolder(tmp_path))
    assert [one.match(q, language) for q in asked] == [other.match(q, language) for q in asked]


def test_the_comparison_has_teeth(knowledge: Knowledge, tmp_path: Path) -> None:
    """One weight of thousands, moved by the least that there is, is found."""
    fresh, _ = kept(tmp_path, knowledge, "en")
    arrays = dict(fresh.arrays())
    weights = arrays["evidence.linear"].copy()
    weights[:, 0] = np.nextafter(weights[:, 0], np.float32(np.inf))
    other = Fitted.of_arrays({**arrays, "evidence.linear": weights}, knowledge.library.languages["en"].knowledge, None)
    assert any(raw(fresh, question, "en") != raw(other, question, "en") for question in questions("en"))


class _Given:
    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays

    def get(self, key: str) -> Mapping[str, NDArray[Any]]:
        return self._arrays

    def put(self, key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        raise AssertionError("nothing is to be fitted")
