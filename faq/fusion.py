"""How much each family of evidence counts: weights fitted on questions whose entry is known."""

from __future__ import annotations

import numpy as np

from faq.linear import softmax
from faq.sparse import Floats, Ints

_STEPS = 20
_EXACTLY = 1e-4
_RIDGE = 0.3
"""Per question: how strongly the weights are drawn to the prior. A few hundred questions cannot tell exactly, and no
family should be lost because others said the same of them."""


def fit_weights(scores: Floats, owner: Ints, prior: Floats) -> Floats:
    """Non-negative weights of the families, near ``prior``, such that their weighted sum predicts ``owner`` best.

    ``scores`` is questions by entries by families. Conditional softmax, projected Newton steps.
    """
    families = scores.shape[2]
    rows = np.arange(len(owner))
    weights = prior.astype(np.float64)
    for _ in range(_STEPS):
        probability = softmax(scores @ weights.astype(np.float32))
        expected = np.einsum("qe,qef->qf", probability, scores)
        gradient = (expected - scores[rows, owner]).sum(axis=0) + _RIDGE * len(owner) * (weights - prior)
        curvature = np.einsum("qe,qef,qeg->fg", probability, scores, scores, optimize=True) - expected.T @ expected
        free = (weights > 0) | (gradient < 0)
        if not free.any():
            break
        step = np.zeros(families)
        damped = curvature[np.ix_(free, free)] + _RIDGE * len(owner) * np.eye(int(free.sum()))
        step[free] = np.linalg.solve(damped, gradient[free])
        weights = np.maximum(weights - step, 0)
        if np.abs(step).max() < _EXACTLY:
            break
    result: Floats = weights.astype(np.float32)
    return result
