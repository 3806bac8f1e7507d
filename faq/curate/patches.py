"""Unified diffs: made, and taken back where they still fit."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_UNENDED = "\\ No newline at end of file\n"
_NOTHING = "/dev/null"
CONTEXT = 3


class PatchStale(ValueError):
    """The files were changed since, at just these lines; take the change back by hand."""

    def __init__(self, file: str) -> None:
        super().__init__(f"{(self.__doc__ or '').strip()} ({file})")
        self.file = file


@dataclass(frozen=True, slots=True)
class Hunk:
    """Neighbouring lines of a patch, each with its sign."""

    new_start: int
    lines: tuple[tuple[str, str], ...]


def make_patch(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """From texts by file name (``content/en/faq.yaml``); a file that was not there before is a new one."""
    return "".join("".join(_diff(name, before.get(name), after[name])) for name in sorted(after))


def reverted(patch: str, read: Mapping[str, str]) -> dict[str, str | None]:
    """The texts without the patch; None for a file that it had made. Raises `PatchStale`."""
    found: dict[str, str | None] = {}
    for name, is_new, hunks in _files(patch):
        if name not in read:
            raise PatchStale(name)
        lines = _split(read[name])
        for hunk in reversed(hunks):
            lines = _without(lines, hunk, name)
        found[name] = None if is_new and not lines else "".join(lines)
    return found


def _diff(name: str, before: str | None, after: str) -> Iterator[str]:
    old, start = ([], _NOTHING) if before is None else (_split(before), f"a/{name}")
    for line in difflib.unified_diff(old, _split(after), start, f"b/{name}", n=CONTEXT):
        yield line if line.endswith("\n") else f"{line}\n{_UNENDED}"


def _split(text: str) -> list[str]:
    """Lines with their ends: only line feeds end one, as for other tools."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _files(patch: str) -> Iterator[tuple[str, bool, list[Hunk]]]:
    for part in re.split(r"^--- ", patch, flags=re.MULTILINE)[1:]:
        old, new, *rest = _split(part)
        hunks: list[Hunk] = []
        for line in rest:
            if head := _HUNK.match(line):
                hunks.append(Hunk(int(head[2]), ()))
            elif line == _UNENDED:
                sign, text = hunks[-1].lines[-1]
                hunks[-1] = Hunk(hunks[-1].new_start, (*hunks[-1].lines[:-1], (sign, text.removesuffix("\n"))))
            else:
                hunks[-1] = Hunk(hunks[-1].new_start, (*hunks[-1].lines, (line[0], line[1:])))
        yield new.removeprefix("+++ b/").strip(), old.strip() == _NOTHING, hunks


def _without(lines: Sequence[str], hunk: Hunk, name: str) -> list[str]:
    """The lines before the hunk was applied; less and less of what stands around it has to be the same."""
    for around in range(CONTEXT, -1, -1):
        trimmed = _trimmed(hunk.lines, around)
        new = [text for sign, text in trimmed if sign != "-"]
        old = [text for sign, text in trimmed if sign != "+"]
        places = (
            [at for at in range(len(lines) - len(new) + 1) if list(lines[at : at + len(new)]) == new] if new else []
        )
        if len(places) == 1:
            return [*lines[: places[0]], *old, *lines[places[0] + len(new) :]]
    raise PatchStale(name)


def _trimmed(lines: Sequence[tuple[str, str]], around: int) -> Sequence[tuple[str, str]]:
    changed = [number for number, (sign, _) in enumerate(lines) if sign != " "]
    return lines[max(changed[0] - around, 0) : changed[-1] + 1 + around]
