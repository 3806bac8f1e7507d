"""200 texts of 4,000 characters that are expensive for careless patterns, searches and number readers."""

from __future__ import annotations

from itertools import cycle, islice

LENGTH = 4000
UNITS = (
    "a", "A ", "ab", "1", "1 ", "9", "0", "1.", "1,", "1/", "1-", "1:", "1 2", "-", "--", ".", "..", ",", " ", "\t",
    "\n",
    "(", ")(", "[", '"', "'", "\\", "*", "?", "what is ", "fee ", "LP-", "LP-0", "INV-1 ", "http://", "https://a.b/",
    "a.a.", "@a.", "x@y.z ", "January ", "Jan", "2026-01 ", "01/02/03 ", "yes no ", "yes, ", "not ", "USD 1 ", "1,000.",
    "一", "的", "二〇二六年", "１", "什么是", "é", "e\u0301", "\u200b", "🙂",
)  # fmt: skip
"""Each is repeated; most hold together what some pattern looks for."""


def _repeated(text: str, length: int = LENGTH) -> str:
    return "".join(islice(cycle(text), length))


def _texts() -> list[str]:
    texts = []
    for place, unit in enumerate(UNITS):
        other = UNITS[(place + 7) % len(UNITS)]
        whole = _repeated(unit)
        texts += [
            whole,
            _repeated(unit, LENGTH - 1) + "!",
            "x" + _repeated(unit, LENGTH - 2) + "\n",
            _repeated(unit + other),
        ]
    return texts


BOMBS = tuple(dict.fromkeys(_texts()))[:200]
