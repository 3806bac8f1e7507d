"""Multinomial logistic regression with numpy alone.

Exact on the inner products of the texts (one coefficient for each text and class; the cost grows with the third power
of the texts), nearly so by a few passes over the texts.
"""

from __future__ import annotations

import numpy as np

from faq.sparse import Floats, Ints, Rows

_CURVATURE = 0.5
"""Upper bound of the curvature of the softmax loss (Böhning 1992): each step is sure to lead downhill."""
_BATCH = 128
"""Texts for one step, at least: with many classes a step is dear, whatever its texts."""
_MOVED = 1e-3
_SEED = 20210205


def softmax(scores: Floats) -> Floats:
    """Probabilities along the last axis."""
    exponent = np.exp(scores - scores.max(axis=-1, keepdims=True))
    result: Floats = exponent / exponent.sum(axis=-1, keepdims=True)
    return result


def fit_kernel(kernel: Floats, target: Floats, penalty: float, steps: int, start: Floats | None = None) -> Floats:
    """Coefficients (texts by classes) of the penalized regression of ``target`` (1 for the class of each text, else 0)
    on ``kernel``, the texts' inner products.

    Damped Newton steps with one fixed curvature, accelerated as by Nesterov.
    """
    inverse = _inverse(kernel, penalty)
    current = ahead = np.zeros_like(target) if start is None else start
    momentum = 1.0
    for _ in range(steps):
        following = ahead - inverse @ (softmax(kernel @ ahead) - target + np.float32(penalty) * ahead)
        faster = (1 + np.sqrt(1 + 4 * momentum * momentum)) / 2
        ahead = following + np.float32((momentum - 1) / faster) * (following - current)
        current, momentum = following, faster
    return current


def fit_in_passes(rows: Rows, owner: Ints, shape: tuple[int, int], passes: int) -> Floats:
    """Weights (terms by classes, as ``shape`` says) of a regression of ``owner`` on sparse rows, by a few passes.

    Stochastic steps whose length shrinks for each term with what it has already moved (AdaGrad, Duchi et al. 2011);
    stopping early takes the place of a penalty. The same rows give the same weights.
    """
    weights: Floats = np.zeros(shape, dtype=np.float32)
    moved: Floats = np.full((shape[0], 1), _MOVED, dtype=np.float32)
    chance = np.random.default_rng(_SEED)
    size = max(_BATCH, shape[1] // 4)
    for _ in range(passes):
        order = chance.permutation(len(owner))
        for start in range(0, len(order), size):
            batch = order[start : start + size]
            terms, dense = rows.dense(batch)
            here = weights[terms]
            wrong = softmax(dense @ here)
            wrong[np.arange(len(batch)), owner[batch]] -= 1
            gradient: Floats = dense.T @ wrong
            moved[terms] += np.square(gradient).sum(axis=1, keepdims=True)
            weights[terms] = here - gradient / np.sqrt(moved[terms])
    return weights


def one_hot(owner: Ints, classes: int) -> Floats:
    """1 where a text's class is, else 0: texts by classes."""
    target = np.zeros((len(owner), classes), dtype=np.float32)
    target[np.arange(len(owner)), owner] = 1
    return target


def _inverse(gram: Floats, penalty: float) -> Floats:
    curvature = np.float32(_CURVATURE) * gram
    curvature.flat[:: len(gram) + 1] += np.float32(penalty)
    return np.linalg.inv(curvature)
