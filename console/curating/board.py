"""The missed questions, clustered; made anew when something came, went or was decided."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from desk.missed import Cluster, MissedStore, Question, gathered
from faq.curate.clusters import Clusters
from faq.library import Library
from program.windows import calendar_of

_SPARE = 1_000
"""Clusters whose questions are gone that may be there before all are found anew."""


class Board:
    """What is open."""

    def __init__(self, store: MissedStore, library: Callable[[], Library]) -> None:
        self._store, self._library = store, library
        self._lock = asyncio.Lock()
        self._stamp: str | None = None
        self._clusters: Sequence[Cluster] = ()
        self._finders: dict[str, Clusters] = {}

    async def clusters(self) -> Sequence[Cluster]:
        """Most frequent first. Finding them happens in a thread, and only what is new is looked at."""
        stamp = await self._store.stamp()
        if stamp != self._stamp:
            async with self._lock:
                if stamp != self._stamp:
                    known = {each.key: each for cluster in self._clusters for each in cluster.questions}
                    questions = await self._store.questions(known=known)
                    self._clusters = await asyncio.to_thread(self._gather, questions)
                    self._stamp = stamp
        return self._clusters

    async def find(self, key: str) -> Cluster | None:
        """The cluster of a question that is open."""
        found = (each for each in await self.clusters() if any(one.key == key for one in each.questions))
        return next(found, None)

    def _gather(self, questions: Sequence[Question]) -> Sequence[Cluster]:
        library = self._library()
        texts: dict[str, set[str]] = {}
        for question in questions:
            texts.setdefault(question.language, set()).add(question.text)
        self._finders = {language: self._finder(language, len(each), library) for language, each in texts.items()}
        clusters = gathered(questions, self._number, calendar_of(library.program).day_of, self._clusters)
        for language, each in texts.items():
            self._finders[language].keep(each)
        return clusters

    def _number(self, question: Question) -> int:
        return self._finders[question.language].number(question.text)

    def _finder(self, language: str, texts: int, library: Library) -> Clusters:
        known = self._finders.get(language)
        if known is not None and len(known) <= 2 * texts + _SPARE:
            return known
        return Clusters(language, _phrasings(library, language))


def _phrasings(library: Library, language: str) -> list[str]:
    packs: Mapping[str, object] = library.languages
    if language not in packs:
        return []
    entries = library.languages[language].knowledge.entries.values()
    return [line for entry in entries for line in (entry.title, *entry.phrasings)]
