"""From evidence to probability, and the probabilities from which to answer or to offer.

All of it is fitted on the knowledge file: phrasings asked without themselves are questions with an answer, phrasings
asked without their entry are questions without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faq.evidence import HeldOut
from faq.fusion import fit_weights
from faq.sparse import Floats

_WRONG = 0.06
"""Share of questions that may get a wrong answer. Phrasings are written to differ from each other: what people really
ask is nearer to one of them."""
_STRAY = 0.25
"""Share of questions without an entry that may get an answer. They lie closer to the remaining entries than what is
really out of scope."""
_LOST = 0.05
"""Share of questions with an entry that may find nothing."""
_WORTH = 0.25
"""Probability from which an entry is offered in any case."""
_PLAIN = 0.75
"""Share of questions with less evidence than what makes a fragment plain."""
_LOWEST, _HIGHEST = 0.4, 0.9
"""Bounds of the probability from which an entry is the answer, whatever few questions seem to allow."""
_PRIOR = np.array([1.5, 0.5, 0.4], dtype=np.float32)
"""Weights of the families before anything is measured: the linear one first, the others where it is in doubt."""
_PRIOR_WITH_MEANING = np.array([2.0, 0.2, 0.2], dtype=np.float32)
"""The linear family knows the meaning too; the others only the words."""
_LEAST = 1e-6
_STEPS = 60
_RIDGE = 0.01


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the families, the curve of confidence, and the two thresholds."""

    weights: Floats
    curve: NDArray[np.float64]
    """For the best fused evidence, the logarithm of its share among all entries, and 1: whether there is an entry."""
    answer: float
    suggest: float
    plain: float = 0.0
    """Linear evidence from which even a fragment is plain: what the clearest quarter of all questions reach."""

    def probability(self, scores: Floats) -> NDArray[np.float64]:
        """Probability of each entry; ``scores`` is (questions by) entries by families.

        That the question has an entry at all, times the entry's share among all.
        """
        best, highest, shares = _spread(scores @ self.weights)
        known = _logistic(best * self.curve[0] + highest * self.curve[1] + self.curve[2])
        result: NDArray[np.float64] = known[..., None] * shares
        return result

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `of_arrays` makes the same calibration from."""
        thresholds = np.array([self.answer, self.suggest, self.plain])
        return {"weights": self.weights, "curve": self.curve, "thresholds": thresholds}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Calibration:
        """The calibration that gave these `arrays`."""
        answer, suggest, plain = arrays["thresholds"].tolist()
        return cls(arrays["weights"], arrays["curve"], answer, suggest, plain)


def small(families: int) -> Calibration:
    """For a knowledge base too small to measure itself: an average similarity of 0.5 answers, one of 0.3 is offered."""
    weights = np.zeros(families, dtype=np.float32)
    weights[2] = 1
    return Calibration(weights, curve=np.array([1.0, 0.0, -4.0]), answer=0.6, suggest=0.2)


def calibrate(asked: HeldOut, *, meaning: bool) -> Calibration:
    """Fit everything; at least some dozens of questions are needed. ``meaning`` tells whether there is an embedder."""
    weights = fit_weights(asked.known, asked.owner, _PRIOR_WITH_MEANING if meaning else _PRIOR)
    fused = np.concatenate((asked.known @ weights, asked.unknown @ weights))
    best, share, _ = _spread(fused)
    curve = _fit_curve(np.stack([best, share, np.ones_like(best)], axis=1), np.arange(len(best)) < len(asked.known))
    calibration = Calibration(weights, curve, 0.0, 0.0)
    known, stray = calibration.probability(asked.known), calibration.probability(asked.unknown).max(axis=1)
    sure, right = known.max(axis=1), known.argmax(axis=1) == asked.owner
    wrong = np.sort(sure[~right])[::-1]
    allowed = int(_WRONG * len(sure))
    limits = [wrong[allowed] if len(wrong) > allowed else 0.0, float(np.quantile(stray, 1 - _STRAY))]
    suggest = min(float(np.quantile(sure, _LOST)), _WORTH)
    answer = float(np.clip(max(limits), _LOWEST, _HIGHEST))
    plain = float(np.quantile(asked.known[:, :, 0].max(axis=1), _PLAIN))
    return replace(calibration, answer=answer, suggest=suggest, plain=plain)


def _spread(fused: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64], Floats]:
    """(Of each question) the best evidence and the logarithm of its share, which the curve is over, and all shares.

    The shares are those of `faq.linear.softmax`, in which the best has an exponent of 0.
    """
    best = fused.max(axis=-1)
    exponents = np.exp(fused - best[..., None])
    total = exponents.sum(axis=-1)
    highest = np.log(np.maximum(1 / total, _LEAST))
    return best.astype(np.float64), highest.astype(np.float64), exponents / total[..., None]


def _logistic(value: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = 1 / (1 + np.exp(np.minimum(np.maximum(-value, -30), 30)))
    return result


def _fit_curve(inputs: NDArray[np.float64], target: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Logistic regression whose slopes are not negative: more evidence is never less probable."""
    curve = np.zeros(3)
    for _ in range(_STEPS):
        probability = _logistic(inputs @ curve)
        gradient = inputs.T @ (probability - target) + _RIDGE * curve
        free = np.array([*((curve[:2] > 0) | (gradient[:2] < 0)), True])
        curvature = (inputs * (probability * (1 - probability))[:, None]).T @ inputs + _RIDGE * np.eye(3)
        step = np.zeros(3)
        step[free] = np.linalg.solve(curvature[np.ix_(free, free)], gradient[free])
        curve = curve - step / max(1.0, float(np.abs(step).max()))
        curve[:2] = np.maximum(curve[:2], 0)
    return curve
