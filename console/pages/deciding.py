"""What a curator does with missed questions: look at the effect, then change the content; ignore them; take it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from aiohttp import web

from cases.model import JsonObject
from console.curating.board import Board
from console.curating.forms import OTHER, proposal_of, typed
from console.curating.trials import Trial, Trials
from console.errors import BadForm, Conflict, NotFound
from console.naming import Naming
from console.pages.missed import PATH, found_decision, patch_response, titles
from console.routing import NavEntry, Route, get, needs, post
from console.visit import Visit
from desk.access import Action
from desk.audit import Deed
from desk.curating import Proposal, faults
from desk.errors import ContentLocked, ContentMoved, QuestionDecided, QuestionGone
from desk.missed import Cluster, Decision, Kind, MissedStore
from faq.curate.edits import NotEditable
from faq.curate.patches import PatchStale
from faq.lint import MIN_PHRASINGS
from faq.model import Entry
from faq.model import Kind as EntryKind
from program.document import ContentErrors

PATIENCE = 8.0
"""Seconds that a page waits for a trial before it says that it is being made."""
_KEY = "{key:[mf][0-9]{1,15}}"
_NUMBER = "{number:[0-9]{1,15}}"


class Deciding:
    """The section's forms."""

    def __init__(
        self, store: MissedStore, board: Board, trials: Trials, naming: Naming, patience: float = PATIENCE
    ) -> None:
        self._store, self._board, self._trials = store, board, trials
        self._naming, self._patience = naming, patience

    def routes(self) -> Sequence[Route]:
        """See `Section`."""
        return (
            get(f"{PATH}/{_KEY}", self.show),
            *(get(f"{PATH}/{_KEY}/{form}", self.again) for form in ("preview", "decide")),
            post(f"{PATH}/{_KEY}/preview", self.preview),
            post(f"{PATH}/{_KEY}/patch", self.patch),
            post(f"{PATH}/{_KEY}/decide", self.decide),
            post(f"{PATH}/{_KEY}/ignore", self.ignore),
            post(f"{PATH}/decisions/{_NUMBER}/undo", self.undo),
        )

    def navigation(self) -> Sequence[NavEntry]:
        """None of its own: `MissedQuestions` has it."""
        return ()

    @needs(Action.SEE_MISSED)
    async def show(self, visit: Visit) -> web.Response:
        """Questions that are nearly the same, and what can be done."""
        key = visit.request.match_info["key"]
        if await self._board.find(key) is None and (decision := await self._store.decided(key)):
            return visit.go_to(f"{PATH}/decisions/{decision.number}")
        return await self._page(visit, await self._open(visit))

    @needs(Action.SEE_MISSED)
    async def again(self, visit: Visit) -> web.Response:
        """Where somebody comes back to whose page was the answer to a form."""
        return visit.go_to(self._here(visit))

    @needs(Action.CURATE)
    async def preview(self, visit: Visit) -> web.Response:
        """What the proposal would do; nothing is written."""
        cluster = await self._open(visit)
        proposal = proposal_of(visit, cluster, self._naming.library())
        if found := self._faults(proposal):
            return await self._page(visit, cluster, found)
        return await self._previewed(visit, cluster, proposal, await self._tried(visit, proposal))

    @needs(Action.CURATE)
    async def patch(self, visit: Visit) -> web.Response:
        """The change as a file, before anything is decided."""
        cluster = await self._open(visit)
        proposal = proposal_of(visit, cluster, self._naming.library())
        trial = None if self._faults(proposal) else await self._tried(visit, proposal)
        if trial is None:
            raise BadForm(back=self._here(visit))
        await visit.record(Deed.EXPORTED, proposal.entry, what="patch", format="patch")
        return patch_response(f"{proposal.kind}-{proposal.entry}", trial.patch)

    @needs(Action.CURATE)
    async def decide(self, visit: Visit) -> web.Response:
        """Change the content, or leave that to whoever takes the patch; the questions are decided."""
        cluster, how = await self._open(visit), visit.field("how")
        proposal = proposal_of(visit, cluster, self._naming.library())
        if how not in ("apply", "record") or self._faults(proposal):
            raise BadForm(back=self._here(visit))
        trial = await self._tried(visit, proposal)
        if trial is None:
            return await self._previewed(visit, cluster, proposal, None)
        if visit.field("stamp") != trial.stamp:
            raise Conflict("content-moved", back=self._here(visit))
        applies = how == "apply"
        if applies and not trial.passes:
            return await self._previewed(visit, cluster, proposal, trial)
        now = visit.around.clock.now()
        decision = Decision(
            now,
            visit.account.name,
            proposal.kind,
            cluster.language,
            proposal.text,
            proposal.entry,
            trial.patch,
            applied=applies,
        )
        number = await self._stored(visit, cluster, decision, self._publishing(trial, visit) if applies else _nothing)
        done = "missed.done.applied" if applies else "missed.done.recorded"
        return await visit.done(f"{PATH}/decisions/{number}", done, number=cluster.count)

    @needs(Action.CURATE)
    async def ignore(self, visit: Visit) -> web.Response:
        """Nothing needs to be done about them."""
        cluster = await self._open(visit)
        decision = Decision(visit.around.clock.now(), visit.account.name, Kind.IGNORED, cluster.language)
        await self._stored(visit, cluster, decision, _nothing)
        return await visit.done(PATH, "missed.done.ignored", number=cluster.count)

    @needs(Action.CURATE)
    async def undo(self, visit: Visit) -> web.Response:
        """Take a decision back: its questions are open again, and the content is as if it had not been."""
        decision = await found_decision(self._store, visit)
        here = f"{PATH}/decisions/{decision.number}"
        if decision.undone_at:
            raise self._taken(visit, decision)
        publish = _nothing
        if decision.applied:
            try:
                trial = await self._trials.undone(decision.patch, self._patience)
            except (PatchStale, ContentErrors):
                raise Conflict("patch-stale", back=here) from None
            if trial is None:
                return await visit.render("missed-waiting.html", path=f"{here}/undo", back=here, said={})
            if not trial.passes:
                raise Conflict("content-refused", back=here, facts=_found(trial))
            publish = self._publishing(trial, visit)
        record = visit.as_record(Deed.QUESTION_DECIDED, decision.entry, {"what": "undone", "number": decision.number})
        try:
            await self._store.undo(decision, record, publish)
        except QuestionDecided:
            raise self._taken(visit, await found_decision(self._store, visit)) from None
        except (ContentMoved, ContentLocked) as fault:
            raise _refused(fault, here) from None
        return await visit.done(here, "missed.done.undone", number=decision.questions)

    async def _open(self, visit: Visit) -> Cluster:
        """The questions that the address names. Raises `Conflict` when somebody decided about them."""
        key = visit.request.match_info["key"]
        cluster = await self._board.find(key)
        if cluster is None:
            decision = await self._store.decided(key)
            raise self._taken(visit, decision) if decision else NotFound(back=PATH)
        return cluster

    async def _tried(self, visit: Visit, proposal: Proposal) -> Trial | None:
        try:
            return await self._trials.proposed(proposal, self._patience)
        except (NotEditable, ContentErrors):
            raise Conflict("not-editable", back=self._here(visit)) from None

    async def _stored(self, visit: Visit, cluster: Cluster, decision: Decision, publish: Callable[[], None]) -> int:
        data: JsonObject = {"what": str(decision.kind), "rows": cluster.count}
        deed = Deed.CONTENT_CHANGED if decision.applied else Deed.QUESTION_DECIDED
        keys = [question.key for question in cluster.questions]
        try:
            return await self._store.decide(decision, keys, visit.as_record(deed, decision.entry, data), publish)
        except QuestionDecided:
            taken = [found for key in keys if (found := await self._store.decided(key))]
            raise (self._taken(visit, taken[0]) if taken else Conflict(back=PATH)) from None
        except QuestionGone:
            raise NotFound(back=PATH) from None
        except (ContentMoved, ContentLocked) as fault:
            raise _refused(fault, self._here(visit)) from None

    def _publishing(self, trial: Trial, visit: Visit) -> Callable[[], None]:
        now = visit.around.clock.now()
        return lambda: self._trials.folder.publish(trial.stamp, trial.texts, now)

    def _taken(self, visit: Visit, decision: Decision) -> Conflict:
        words = visit.words
        by, at = decision.undone_by or decision.actor, decision.undone_at or decision.at
        kind = "undone" if decision.undone_at else str(decision.kind)
        facts = [
            (words.text("missed.what"), words.name("missed.kind", kind)),
            (words.text("missed.by"), by),
            (words.text("missed.at"), words.moment(at)),
        ]
        return Conflict(back=f"{PATH}/decisions/{decision.number}", facts=facts)

    def _faults(self, proposal: Proposal) -> list[str]:
        entries = self._naming.library().languages[proposal.language].knowledge.entries
        known = entries if proposal.new else _of_kind(entries.values(), topics=proposal.kind is Kind.TOPIC)
        return faults(proposal, known)

    def _here(self, visit: Visit) -> str:
        return f"{PATH}/{visit.request.match_info['key']}"

    async def _page(self, visit: Visit, cluster: Cluster, problems: Sequence[str] = ()) -> web.Response:
        library = self._naming.library()
        entries = library.languages[cluster.language].knowledge.entries if cluster.language in library.languages else {}
        said = typed(visit)
        return await visit.render(
            "missed-question.html",
            cluster=cluster,
            near=titles(cluster, library, cluster.language, 5) if entries else {},
            entries=_of_kind(entries.values(), topics=False),
            topics=_of_kind(entries.values(), topics=True),
            of_languages=list(library.languages) if entries else [],
            sources=list(library.program.sources),
            problems=problems,
            said=said,
            open_kind=f"{said.get('kind', '')}{'-new' if said.get('new') else ''}",
            other=OTHER,
            fewest=MIN_PHRASINGS,
            dark_days=list(cluster.days.items())[:14],
        )

    async def _previewed(self, visit: Visit, cluster: Cluster, proposal: Proposal, trial: Trial | None) -> web.Response:
        path, back = f"{self._here(visit)}/preview", self._here(visit)
        if trial is None:
            return await visit.render("missed-waiting.html", path=path, back=back, said=typed(visit))
        return await visit.render(
            "missed-preview.html",
            cluster=cluster,
            proposal=proposal,
            trial=trial,
            worse={new.question.id + new.question.text for _, new in trial.effect.worse},
            writable=self._trials.folder.writable(),
            said=typed(visit),
            path=self._here(visit),
        )


def _of_kind(entries: Iterable[Entry], *, topics: bool) -> dict[str, str]:
    """Titles by id."""
    return {entry.id: entry.title for entry in entries if (entry.kind is EntryKind.OUT_OF_SCOPE) is topics}


def _found(trial: Trial) -> list[tuple[str, str]]:
    return [(f"{each.file}:{each.line}", each.text) for each in trial.errors[:20]]


def _refused(fault: ContentMoved | ContentLocked, back: str) -> Conflict:
    return Conflict("content-moved" if isinstance(fault, ContentMoved) else "content-locked", back=back)


def _nothing() -> None:
    """The content stays as it is."""
