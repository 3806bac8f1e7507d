"""What a change of the content would do, before it is made: whether it loads, passes the gates, and its effect."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from console.curating.folder import ContentFolder, Texts, copied, is_read_as
from desk.curating import Proposal, edited, files_of
from faq.check import Asked, MatcherFactory, check
from faq.curate.edits import NotEditable
from faq.curate.effect import Effect, effect_of, expected_questions
from faq.curate.patches import make_patch, reverted
from faq.curate.reading import BadQuestions, read_questions
from faq.curate.trial import Question, ask_all
from faq.draft import Finding, Severity
from faq.library import Library
from faq.model import KnowledgeBase

KEPT = 24
"""Trials that are remembered."""
_PLACES = re.compile(r":\d+:\d+")


class Live(Protocol):
    """What the bot answers with at this moment."""

    @property
    def library(self) -> Library:
        """The content."""
        ...

    @property
    def matcher(self) -> Asked:
        """Made from it."""
        ...


@dataclass(frozen=True, slots=True)
class Trial:
    """A change, and what it would do."""

    stamp: str
    """Of the content that it was made from."""
    texts: Texts
    """The files after it."""
    patch: str
    effect: Effect
    errors: tuple[Finding, ...]
    """What it would bring, and does not pass."""

    @property
    def passes(self) -> bool:
        """Whether it may be published."""
        return not self.errors


class Trials:
    """Makes each trial once, in a thread, one after the other."""

    def __init__(
        self,
        folder: ContentFolder,
        live: Callable[[], Live],
        matcher_of: MatcherFactory,
        questions: Path,
        today: Callable[[], date],
    ) -> None:
        """``matcher_of`` makes a matcher for a trial; ``questions``: where ``tuning.<language>.jsonl`` may lie."""
        self.folder = folder
        self._live, self._matcher_of, self._questions, self._today = live, matcher_of, questions, today
        self._busy = asyncio.Lock()
        self._tasks: dict[tuple[str, object], asyncio.Task[Trial]] = {}

    async def proposed(self, proposal: Proposal, patience: float) -> Trial | None:
        """What the proposal would do; None when that is not known in ``patience`` seconds: ask again.

        Raises `NotEditable` and `ContentErrors`.
        """
        return await self._known(proposal, lambda: self._of_proposal(proposal), patience)

    async def undone(self, patch: str, patience: float) -> Trial | None:
        """What taking back a patch would do; as above. Raises `faq.curate.patches.PatchStale`."""
        return await self._known(patch, lambda: self._of_patch(patch), patience)

    async def _known(self, what: object, work: Callable[[], Trial], patience: float) -> Trial | None:
        key = (await asyncio.to_thread(self.folder.stamp), what)
        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = asyncio.create_task(self._made(work))
            for old in [each for each, known in self._tasks.items() if known.done()][:-KEPT]:
                del self._tasks[old]
        done, _ = await asyncio.wait({task}, timeout=patience)
        if not done:
            return None
        if task.exception():
            self._tasks.pop(key, None)  # the next one tries again
        return task.result()

    async def _made(self, work: Callable[[], Trial]) -> Trial:
        async with self._busy:
            return await asyncio.to_thread(work)

    def _of_proposal(self, proposal: Proposal) -> Trial:
        stamp = self.folder.stamp()
        files = self.folder.read(files_of(proposal))
        after = edited(proposal, files)
        if not all(is_read_as(each.text, each.value) for each in after.values()):
            raise NotEditable
        before = {name: file.text for name, file in files.items() if file.document is not None}
        return self._trial(stamp, before, {name: each.text for name, each in after.items()})

    def _of_patch(self, patch: str) -> Trial:
        stamp, root = self.folder.stamp(), self.folder.name
        names = [name.partition("/")[2] for name in re.findall(r"^\+\+\+ b/(.+)$", patch, re.MULTILINE)]
        files = self.folder.read(names)
        before = {name: file.text for name, file in files.items() if file.document is not None}
        after = reverted(patch, {f"{root}/{name}": text for name, text in before.items()})
        return self._trial(stamp, before, {name.partition("/")[2]: text for name, text in after.items()})

    def _trial(self, stamp: str, before: Mapping[str, str], after: Texts) -> Trial:
        root, live, made = self.folder.name, self._live(), list[Asked]()

        def keep(bases: Mapping[str, KnowledgeBase]) -> Asked:
            made.append(self._matcher_of(bases))
            return made[0]

        with tempfile.TemporaryDirectory() as place:
            findings = check(copied(self.folder.folder, Path(place), after), self._today(), keep)
        errors = _errors(findings)
        if errors and made:  # what was wrong before is no reason
            known = {_named(each) for each in _errors(check(self.folder.folder, self._today(), lambda _: live.matcher))}
            errors = [each for each in errors if _named(each) not in known]
        effect = Effect(0)
        if made:
            questions = self._asked({name.partition("/")[0] for name in after}, live.library)
            effect = effect_of(ask_all(questions, live.matcher), ask_all(questions, made[0]))
        new = {f"{root}/{name}": text for name, text in after.items() if text is not None}
        patch = make_patch({f"{root}/{name}": text for name, text in before.items()}, new)
        return Trial(stamp, after, patch, effect, tuple(errors))

    def _asked(self, languages: set[str], library: Library) -> list[Question]:
        """The questions whose entries are known: ``expect`` lines, and the tuning half where it is there."""
        bases = {name: base for name, base in library.knowledge_bases.items() if name in languages}
        found = [question for base in bases.values() for question in expected_questions(base)]
        for name, base in bases.items():
            path = self._questions / f"tuning.{name}.jsonl"
            found += [each for each in _read(path) if each.language == name and set(each.expect) <= base.entries.keys()]
        return found


def _read(path: Path) -> Sequence[Question]:
    try:
        return read_questions(path) if path.exists() else ()
    except (BadQuestions, OSError):
        return ()


def _errors(findings: Sequence[Finding]) -> list[Finding]:
    return [each for each in findings if each.severity is Severity.ERROR]


def _named(finding: Finding) -> tuple[str, str]:
    """A finding, wherever its lines are now."""
    return finding.file, _PLACES.sub("", finding.text)
