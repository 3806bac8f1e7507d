"""Missed questions: what is asked and not answered well, what was decided, and where dialogs are left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from aiohttp import hdrs, web

from console.curating.board import Board
from console.errors import NotFound
from console.naming import Naming
from console.routing import NavEntry, Route, get, needs
from console.visit import Visit
from desk.access import Action
from desk.audit import Deed
from desk.missed import PAGE, Abandoned, Cluster, Decision, Filter, Kind, MissedStore, Reason
from faq.library import Library

PATH = "/missed"
LEFT_AFTER = timedelta(hours=24)
LOOKED_BACK = timedelta(days=30)
COUNTED_ANEW = timedelta(minutes=10)


class MissedQuestions:
    """The section's lists."""

    def __init__(self, store: MissedStore, board: Board, naming: Naming) -> None:
        self._store, self._board, self._naming = store, board, naming
        self._abandoned: tuple[datetime, Sequence[Abandoned]] | None = None

    def routes(self) -> Sequence[Route]:
        """See `Section`."""
        return (
            get(PATH, self.open),
            get(f"{PATH}/decided", self.decided),
            get(f"{PATH}/ignored", self.ignored),
            get(f"{PATH}/abandoned", self.abandoned),
            get(f"{PATH}/decisions/{{number:[0-9]{{1,15}}}}", self.decision),
            get(f"{PATH}/decisions/{{number:[0-9]{{1,15}}}}/patch", self.patch),
        )

    def navigation(self) -> Sequence[NavEntry]:
        """See `Section`."""
        return (NavEntry("missed", PATH, Action.SEE_MISSED),)

    @needs(Action.SEE_MISSED)
    async def open(self, visit: Visit) -> web.Response:
        """Questions that nobody has decided about, clustered."""
        clusters = await self._board.clusters()
        which = Filter(
            visit.query("language"), visit.query("reason"), visit.query("channel"), visit.query("text")[:200]
        )
        found = [cluster for cluster in clusters if which.takes(cluster)]
        start = int(after) if (after := visit.query("after")).isdecimal() and len(after) < 9 else 0
        kept = {"language": which.language, "reason": which.reason, "channel": which.channel, "text": which.text}
        return await visit.render(
            "missed.html",
            shown=found[start : start + PAGE],
            next=start + PAGE if len(found) > start + PAGE else None,
            first=not start,
            start=start,
            clusters=len(found),
            asked=sum(cluster.count for cluster in found),
            which=which,
            kept=kept,
            reasons=list(Reason),
            channels=sorted({channel for cluster in clusters for channel in cluster.channels}),
            of_languages=list(self._naming.languages()),
            titled=lambda cluster: titles(cluster, self._naming.library(), visit.words.language, 2),
        )

    @needs(Action.SEE_MISSED)
    async def decided(self, visit: Visit) -> web.Response:
        """What was decided, but for what was ignored."""
        return await self._decisions(visit, ignored=False)

    @needs(Action.SEE_MISSED)
    async def ignored(self, visit: Visit) -> web.Response:
        """What was ignored."""
        return await self._decisions(visit, ignored=True)

    @needs(Action.SEE_MISSED)
    async def abandoned(self, visit: Visit) -> web.Response:
        """At which steps dialogs were left for a day."""
        now = visit.around.clock.now()
        if self._abandoned is None or not self._abandoned[0] <= now < self._abandoned[0] + COUNTED_ANEW:
            found = await self._store.abandoned(now - LOOKED_BACK, now - LEFT_AFTER)
            self._abandoned = now, found
        found = self._abandoned[1]
        return await visit.render(
            "missed-abandoned.html",
            found=found,
            most=max((each.count for each in found), default=1),
            days=LOOKED_BACK.days,
            step=lambda each: self._step(each, visit),
        )

    @needs(Action.SEE_MISSED)
    async def decision(self, visit: Visit) -> web.Response:
        """One decision, and what it changed."""
        decision = await found_decision(self._store, visit)
        return await visit.render(
            "missed-decision.html",
            decision=decision,
            live=is_live(decision, self._naming.library()),
            title=entry_title(decision, self._naming.library()),
        )

    @needs(Action.CURATE)
    async def patch(self, visit: Visit) -> web.Response:
        """The change as a file."""
        decision = await found_decision(self._store, visit)
        if not decision.patch:
            raise NotFound(back=f"{PATH}/decisions/{decision.number}")
        await visit.record(Deed.EXPORTED, decision.entry, what="patch", format="patch", number=decision.number)
        return patch_response(f"decision-{decision.number}", decision.patch)

    async def _decisions(self, visit: Visit, *, ignored: bool) -> web.Response:
        text = visit.query("after")
        after = int(text) if text.isdecimal() and len(text) < 16 else None
        return await visit.render(
            "missed-decided.html",
            page=await self._store.decisions(ignored, after=after),
            first=after is None,
            ignored=ignored,
            path=visit.request.path.removeprefix(visit.url("")),
        )

    def _step(self, each: Abandoned, visit: Visit) -> str:
        """What the step is called: the label of its field, or the words for a phase."""
        key = f"{each.form}.{each.step}.label"
        catalog = self._naming.library().languages[visit.words.language].catalog
        return catalog.text(key) if key in catalog.messages else visit.words.name("missed.phase", each.step)


async def found_decision(store: MissedStore, visit: Visit) -> Decision:
    """The one that the address names. Raises `NotFound`."""
    decision = await store.decision(int(visit.request.match_info["number"]))
    if decision is None:
        raise NotFound(back=PATH)
    return decision


def patch_response(name: str, patch: str) -> web.Response:
    """A download. ``name`` without its ending."""
    headers = {hdrs.CONTENT_DISPOSITION: f"attachment; filename*=UTF-8''{quote(name)}.patch"}
    return web.Response(text=patch, content_type="text/x-diff", headers=headers)


def titles(cluster: Cluster, library: Library, language: str, most: int) -> Mapping[str, str]:
    """The entries that were near, with their titles in the operator's language."""
    entries = library.languages[language].knowledge.entries
    near = [name for name in cluster.candidates if name in entries][:most]
    return {name: entries[name].title for name in near}


def entry_title(decision: Decision, library: Library) -> str:
    """Of the entry that it is about, in the language of the questions."""
    pack = library.languages.get(decision.language)
    entry = pack.knowledge.entries.get(decision.entry) if pack else None
    return entry.title if entry else ""


def is_live(decision: Decision, library: Library) -> bool:
    """Whether the bot answers with it already."""
    pack = library.languages.get(decision.language)
    entry = pack.knowledge.entries.get(decision.entry) if pack else None
    if entry is None or decision.kind is Kind.IGNORED:
        return False
    return decision.text == entry.title or set(decision.text.split("\n")) <= {*entry.phrasings}
