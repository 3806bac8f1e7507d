"""References: made, read in any spelling, and no typing mistake goes unnoticed."""

from __future__ import annotations

import random
import time
from itertools import combinations

import pytest

from cases import reference
from cases.errors import NoFreeReference
from cases.reference import (
    ALPHABET,
    CANDIDATES,
    Mistyped,
    Reference,
    access_code,
    check_character,
    code_fits,
    code_hash,
    parse,
    reference_for,
    references_in,
)

REF = "LP-VK9HC-K"
LETTERS = "LP-" + "HELPS-" + check_character("HE1PS")


def _bodies() -> list[str]:
    """Enough for every value at every place, beside every other value: the check is linear in each."""
    numbers = random.Random(1)
    return [c * 5 for c in ALPHABET] + ["".join(numbers.choices(ALPHABET, k=5)) for _ in range(60)]


def _is_valid(six: str) -> bool:
    return check_character(six[:5]) == six[5]


def test_every_single_mistyped_character_is_noticed() -> None:
    for body in _bodies():
        six = body + check_character(body)
        for place in range(6):
            for wrong in ALPHABET:
                if wrong != six[place]:
                    assert not _is_valid(six[:place] + wrong + six[place + 1 :])


def _swaps_missed() -> int:
    missed = 0
    for left, right in combinations(range(6), 2):
        for a, b in combinations(ALPHABET, 2):
            six = list("00000" + "0")
            free = next(place for place in range(6) if place not in (left, right))
            six[left], six[right] = a, b
            six[free] = next(c for c in ALPHABET if _is_valid("".join([*six[:free], c, *six[free + 1 :]])))
            six[left], six[right] = b, a
            missed += _is_valid("".join(six))
    return missed


def test_every_swap_of_two_characters_is_noticed_wherever_they_stand() -> None:
    assert _swaps_missed() == 0


def test_the_proof_notices_weights_that_are_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "_WEIGHTS", (2, 4, 2, 16, 5))
    assert _swaps_missed() == 32 * 31 / 2


def test_all_changes_of_the_check_are_linear() -> None:
    """What holds for the sample bodies holds for all: check(a xor b) = check(a) xor check(b)."""
    values = {c: n for n, c in enumerate(ALPHABET)}
    bodies = _bodies()
    for a, b in zip(bodies, reversed(bodies), strict=True):
        both = "".join(ALPHABET[values[x] ^ values[y]] for x, y in zip(a, b, strict=True))
        assert values[check_character(both)] == values[check_character(a)] ^ values[check_character(b)]


def test_the_same_instance_has_the_same_reference_and_another_one_when_that_is_taken() -> None:
    first = reference_for("i")
    assert first == reference_for("i")
    assert parse(first) == Reference(first)
    second = reference_for("i", {first})
    assert second not in (first, reference_for("j"))
    everything: set[str] = set()
    for _ in range(CANDIDATES):
        everything.add(reference_for("i", everything))
    with pytest.raises(NoFreeReference):
        reference_for("i", everything)


FOUND = [
    REF,
    REF.lower(),
    "LPVK9HCK",
    "lp vk9hc k",
    "LP VK9HC-K",
    "LP - VK9HC - K",
    "LP–VK9HC—K",
    "LP_VK9HC_K",
    "LP#VK9HC-K",
    "ＬＰ－ＶＫ９ＨＣ－Ｋ",
    "VK9HC-K",
    " vk9hck ",
    f"What about {REF}?",
    f"请问{REF}的状态",
    f"我的申请号是{REF.lower()}，到哪一步了",
    f"**{REF}**",
    f"({REF})",
    f"status:{REF}.",
    f"LP-7K3QM-2 sorry, {REF}",
]


@pytest.mark.parametrize("text", FOUND)
def test_a_reference_is_found_however_it_is_written(text: str) -> None:
    assert parse(text) == Reference(REF)
    assert references_in(text) == (REF,)


@pytest.mark.parametrize(("text", "meant"), [("LP-OIL10-", "01110"), ("lp-lOi1o-", "10110")])
def test_look_alikes_are_taken_for_what_they_mean(text: str, meant: str) -> None:
    assert parse(text + check_character(meant)) == Reference(f"LP-{meant}-{check_character(meant)}")


@pytest.mark.parametrize(
    "text",
    [
        "LP-VK9HC-J",
        "LP-KV9HC-K",
        "lp vk9hc 2",
        "LPVK9HCX",
        "LP-VK9H-K",
        "LP-VK9HCC-K",
        "LP-VK9HC",
        "LP-VK9UC-K",
        f"{REF}7",
    ],
)
def test_a_typing_mistake_is_told_from_no_reference(text: str) -> None:
    assert isinstance(parse(text), Mistyped)
    assert isinstance(parse(f"where is {text}?"), Mistyped)
    assert references_in(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "please",
        "LP needs 2 MCTs",
        "does the LP renew a plan",
        "an LP-based a plan",
        "LP-level",
        "LP-900",
        "the LP costs 5",
        "help",
        "HELP1234",
        "KPI 2020-1",
        "invoice A1234-5",
        "ALP-VK9HC-K",
        "12345",
        "hello-a",
    ],
)
def test_other_words_are_no_reference(text: str) -> None:
    assert parse(text) is None


def test_letters_alone_count_only_where_they_are_meant() -> None:
    body, check = "KQMXY", check_character("KQMXY")
    for text in (f"LP-{body}-{check}", f"lp-kqmxy-{check}", f"LP {body} {check} please", f"lp kqmxy {check}"):
        assert isinstance(parse(text), Reference), text
    assert parse(f"the lp kqmxy {check} thing") is None


def test_several_references_are_found_up_to_a_number() -> None:
    written = [reference_for(str(n)) for n in range(9)]
    assert references_in(", ".join(written)) == tuple(written[:5])
    assert references_in(f"{REF} {REF}") == (REF,)


@pytest.mark.parametrize("piece", ["LP-", "LP ", "lp-vk9hc", "ＬＰ－", "-", "\ufdfa", "LP-VK9HC-J "])
def test_reading_is_linear(piece: str) -> None:
    started = time.thread_time()
    parse((piece * 4000)[:4000])
    assert time.thread_time() - started < 0.1


def test_an_access_code_fits_however_it_is_written() -> None:
    code = access_code("i")
    stored = code_hash(code)
    assert len(code.replace("-", "")) == 8
    assert code.replace("-", "") not in stored.upper()
    for written in (code, code.lower(), code.replace("-", ""), f" {code} ", code.replace("0", "O").replace("1", "l")):
        assert code_fits(written, stored)
    for wrong in ("", access_code("j"), code[:-1], code + "0", reference_for("i")):
        assert not code_fits(wrong, stored)
