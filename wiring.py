"""Everything behind the doors: settings, then objects, started and stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from datetime import tzinfo
from functools import partial
from pathlib import Path

from aiohttp import ClientSession

from bot.connector import Connector
from bot.courier import ConnectorCourier
from bot.http import open_session
from bot.identity import Identity, registered, unregistered
from bot.operators.writing import CardWriter, Requesters
from bot.pace import PacedCourier
from bot.render import ActivityRenderer
from channels.directline import StreamHub
from dialogs.decision import Guiding, Knowledge
from dialogs.reload import WatchedGuiding
from dispatching import handlers, rounds
from faq.cache import FitFolder
from faq.embedders.load import load_embedders
from faq.embedding import Embedder
from faq.fitting import KeptFits
from faq.library import Library
from faq.matcher import Matcher
from faq.reload import LibraryWatcher
from ops.clock import SetClock, SystemClock
from ops.metrics import Metrics
from ops.observer import TurnObserver
from parts import Parts
from program.cache import KeptContent
from program.windows import calendar_of
from setting_types import is_loopback
from settings import ROOT, Settings, SettingsError
from storage.engine import Database, open_database
from storage.listening import hear_growth
from storage.log import SqlConversationLog
from storage.migrate import migrate
from storage.outbox import SqlOutbox
from storage.overview import count_regularly
from storage.recent import RecentStates
from storage.request_cards import SqlOperatorsChannel
from storage.retention import RetentionDays, purge_regularly
from storage.schedule import work_regularly
from storage.sent import SqlSentPosts
from storage.talks import SqlTalks
from storage.turns import SqlTurnStore
from turn.delivery import Delivery
from turn.dispatcher import Dispatcher
from turn.engine import TurnEngine
from turn.ports import Clock, TurnStore
from turn.probe import Probe, unobserved

FITS = ROOT / "var" / "fits"
CONTENT = ROOT / "var" / "content"


class LiveKnowledge:
    """What the bot knows right now: the watched library and a matcher made from it, swapped together."""

    def __init__(self, watcher: LibraryWatcher, guiding: WatchedGuiding, embedders: Mapping[str, Embedder]) -> None:
        """``guiding`` is the watcher's companion; ``embedders`` are by language."""
        self._guiding, self._embedders = guiding, embedders
        self._current = _knowledge(watcher.library, guiding(), embedders)
        watcher.on_change(self._renew)

    def __call__(self) -> Knowledge:
        """The knowledge for the turn at hand."""
        return self._current

    async def _renew(self, library: Library) -> None:
        self._current = await asyncio.to_thread(_knowledge, library, self._guiding(), self._embedders)


def _knowledge(library: Library, guiding: Guiding | None, embedders: Mapping[str, Embedder]) -> Knowledge:
    matcher = Matcher(library.knowledge_bases, FitFolder(FITS), embedders)
    return Knowledge(library, matcher, guiding)


@contextlib.asynccontextmanager
async def running(settings: Settings, probe: Probe = unobserved) -> AsyncIterator[Parts]:
    """Everything behind the doors, started; stopped in order at the end.

    Raises `SettingsError`, `ContentErrors`, `EmbedderError` and `StorageError`. ``probe`` sees the named points of
    every turn.
    """
    async with contextlib.AsyncExitStack() as stack:
        database = await _database(settings)
        stack.push_async_callback(database.close)
        session = await stack.enter_async_context(open_session())
        parts = _assemble(settings, database, session, probe)
        stack.push_async_callback(parts.engine.settled)
        dispatcher = Dispatcher(
            outbox=parts.outbox,
            delivery=parts.delivery,
            clock=parts.clock,
            observer=parts.observer,
            handlers=handlers(parts, stack),
            probe=probe,
        )
        refuse_language(settings, parts.watcher.library)
        await SqlOperatorsChannel(database).configure(settings.operators_channel)
        await parts.outbox.take_over()
        dispatcher.start()
        stack.push_async_callback(dispatcher.stop)
        _in_background(stack, parts.watcher.run())
        hub, failure = parts.hub, parts.observer.failure
        _in_background(stack, hear_growth(database, hub.wake, hub.wake_all, partial(failure, "listening")))
        _in_background(stack, work_regularly(database, parts.clock.now, rounds(parts), partial(failure, "rounds")))
        keep = _retention(settings)
        _in_background(
            stack, count_regularly(database, parts.clock.now, partial(_zone, parts), partial(failure, "overview"))
        )
        _in_background(stack, purge_regularly(database, parts.clock.now, keep, partial(failure, "retention")))
        yield parts


def refuse_language(settings: Settings, library: Library) -> None:
    """Raises `SettingsError` when the operators' language is none of the content's."""
    wanted, known = settings.operators_language, list(library.languages)
    if wanted and wanted not in known:
        raise SettingsError(f"OPERATORS_LANGUAGE: there is no content in {wanted!r}; use {' or '.join(known)}")


def _zone(parts: Parts) -> tzinfo:
    """The program's."""
    return calendar_of(parts.watcher.library.program).zone


def _assemble(settings: Settings, database: Database, session: ClientSession, probe: Probe) -> Parts:
    clock: Clock = SetClock(settings.clock) if settings.clock else SystemClock()
    observer = TurnObserver(metrics := Metrics())
    watcher, embedders, knowledge = _content(settings, clock)
    identity = _identity(settings, session)
    connector = Connector(session, identity.credentials, identity.service_urls)
    log, outbox = SqlConversationLog(database, clock), SqlOutbox(database, clock)
    hub = StreamHub(log, clock)
    courier = PacedCourier(ConnectorCourier(connector))
    store, forget = _turns(database, probe)
    delivery = Delivery(outbox=outbox, courier=courier, log=log, waker=hub, clock=clock, probe=probe)
    engine = TurnEngine(
        store=store,
        delivery=delivery,
        renderer=ActivityRenderer(lambda: knowledge().library),
        knowledge=knowledge,
        observer=observer,
        probe=probe,
        sent=SqlSentPosts(database),
    )
    return Parts(
        settings=settings,
        clock=clock,
        metrics=metrics,
        observer=observer,
        database=database,
        forget=forget,
        log=log,
        hub=hub,
        outbox=outbox,
        watcher=watcher,
        knowledge=knowledge,
        trial_matcher=lambda bases: Matcher(bases, KeptFits(FitFolder(FITS)), embedders),
        delivery=delivery,
        engine=engine,
        connector=connector,
        courier=courier,
        identity=identity,
        writer=_writer(settings, database, knowledge, connector, clock),
    )


def _turns(database: Database, probe: Probe) -> tuple[TurnStore, Callable[[str, str], None]]:
    """What turns are kept in, and what makes it forget a user. Several processes do not know what each has written."""
    store = SqlTurnStore(database, probe)
    if database.shared:
        return store, lambda _channel, _user: None
    recent = RecentStates(store)
    return recent, recent.forget


def _writer(
    settings: Settings, database: Database, knowledge: LiveKnowledge, connector: Connector, clock: Clock
) -> CardWriter:
    reached = settings.console and settings.public_url
    return CardWriter(
        knowledge=knowledge,
        talks=SqlTalks(database),
        requesters=Requesters(connector),
        clock=clock,
        language=settings.operators_language,
        console=f"{settings.public_url}/console" if reached else "",
    )


def _content(settings: Settings, clock: Clock) -> tuple[LibraryWatcher, Mapping[str, Embedder], LiveKnowledge]:
    kept = KeptContent(CONTENT)
    guiding = WatchedGuiding(checks_pages=settings.page_check, kept=kept)
    watcher = LibraryWatcher(settings.content_dir, clock.now, companion=guiding, kept=kept)
    embedders = load_embedders(settings.embeddings, watcher.library.languages)
    return watcher, embedders, LiveKnowledge(watcher, guiding, embedders)


async def _database(settings: Settings) -> Database:
    if settings.database_url.startswith("sqlite"):
        Path(settings.database_url.partition(":///")[2]).parent.mkdir(parents=True, exist_ok=True)
    database = await open_database(settings.database_url)
    await migrate(database)
    return database


def _identity(settings: Settings, session: ClientSession) -> Identity:
    if not settings.app_id:
        return unregistered(bound_to_loopback=is_loopback(settings.host))
    return registered(
        session,
        app_type=settings.app_type,
        app_id=settings.app_id,
        password=settings.app_password,
        tenant=settings.app_tenant_id,
        service_urls=settings.allowed_service_urls,
    )


def _in_background(stack: contextlib.AsyncExitStack, work: Coroutine[None, None, None]) -> None:
    task = asyncio.create_task(work)

    async def stop() -> None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(stop)


def _retention(settings: Settings) -> RetentionDays:
    return RetentionDays(
        inbox=settings.retention_inbox_days,
        log=settings.retention_log_days,
        state=settings.retention_state_days,
        missed=settings.retention_missed_days,
        exchanges=settings.retention_exchanges_days,
        feedback=settings.retention_feedback_days,
        parked=settings.retention_outbox_days,
        cases=settings.retention_cases_days,
        empty_cases=settings.retention_empty_cases_days,
        audit=settings.retention_audit_days,
    )
