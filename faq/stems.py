"""English words without their endings: a light stemmer, and the common verbs that inflect by their own rules."""

from __future__ import annotations

from functools import lru_cache

_SHORTEST = 4
"""Letters of the shortest word that has an ending to lose."""
_VOWELS = frozenset("aeiouy")
_IRREGULAR = {
    form: base
    for base, *forms in map(
        str.split,
        """
        be is are was were been am being
        begin began begun
        break broke broken
        bring brought
        build built
        buy bought
        child children
        choose chose chosen
        come came
        do did done does
        find found
        forget forgot forgotten
        get got gotten
        give gave given
        go went gone
        have has had having
        hear heard
        hold held
        keep kept
        know knew known
        leave left
        lose lost
        make made
        man men
        meet met
        pay paid
        person people
        run ran
        say said
        see saw seen
        sell sold
        send sent
        speak spoke spoken
        spend spent
        steal stole stolen
        take took taken
        tell told
        think thought
        use used using
        win won
        woman women
        write wrote written
        """.strip().splitlines(),
    )
    for form in forms
}


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """What the forms of an English ``word`` have in common, roughly: "charges", "charged" and "charge" are one.

    Words of other scripts, and marked ones, stay as they are.
    """
    word = _IRREGULAR.get(word, word)
    if not word.isascii():
        return word
    return _last_letter(_without_inflection(_singular(word)) if len(word) >= _SHORTEST else word)


def _singular(word: str) -> str:
    if word.endswith(("ies", "sses", "shes", "ches", "xes")):
        return word[:-2] if len(word) > _SHORTEST else word
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _without_inflection(word: str) -> str:
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if len(rest) < len(word) and len(rest) >= _SHORTEST - 1 and _VOWELS & set(rest):
            word = rest[:-1] if rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest
            break
    rest = word.removesuffix("ly")
    return rest if len(rest) >= _SHORTEST else word


def _last_letter(word: str) -> str:
    """One spelling for what an ending leaves behind: "try" and "tri", "charge" and "charg", "cancell" and "cancel"."""
    if word.endswith("y") and len(word) >= _SHORTEST - 1 and word[-2] not in _VOWELS:
        return f"{word[:-1]}i"
    if (word.endswith("e") and len(word) >= _SHORTEST) or (word.endswith("ll") and len(word) > _SHORTEST):
        return word[:-1]
    return word
