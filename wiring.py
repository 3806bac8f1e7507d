"""Everything behind the doors: settings, then objects, started and stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from pathlib import Path

from aiohttp import ClientSession

from bot.connector import Connector
from bot.courier import ConnectorCourier
from bot.http import open_session
from bot.identity import Identity, registered, unregistered
from bot.pace import PacedCourier
from bot.render import ActivityRenderer
from cases.notify import NOTIFY
from channels.directline import StreamHub
from dialogs.decision import Guiding, Knowledge
from dialogs.privacy import DISCLOSE, ERASE
from dialogs.reload import WatchedGuiding
from faq.cache import FitFolder
from faq.embedders.load import load_embedders
from faq.embedding import Embedder
from faq.fitting import KeptFits
from faq.library import Library
from faq.matcher import Matcher
from faq.model import KnowledgeBase
from faq.reload import LibraryWatcher
from ops.clock import SetClock, SystemClock
from ops.metrics import Metrics
from ops.observer import TurnObserver
from pagecheck.fetch import WebFetcher
from pagecheck.handler import CHECK_PAGE, PageChecks
from program.cache import KeptContent
from program.windows import calendar_of
from setting_types import is_loopback
from settings import ROOT, Settings
from storage.archive import SqlArchive
from storage.cases import SqlCaseStore
from storage.engine import Database, open_database
from storage.erasing import SqlEraser
from storage.inquiries import SqlInquiries
from storage.listening import hear_growth
from storage.log import SqlConversationLog
from storage.migrate import migrate
from storage.outbox import SqlOutbox
from storage.overview import count_regularly
from storage.retention import RetentionDays, purge_regularly
from storage.schedule import Round, work_regularly
from storage.turns import SqlTurnStore
from turn.delivery import Delivery
from turn.desk import Desk
from turn.disclosing import DiscloseHandler
from turn.dispatcher import Dispatcher, Handler
from turn.engine import TurnEngine
from turn.erasing import ERASE_LATE, EraseHandler, EraseLateHandler
from turn.inquiring import EVERY, Inquirer
from turn.messenger import Messenger
from turn.notices import NoticeHandler
from turn.ports import Clock
from turn.probe import Probe, unobserved
from turn.reminders import REMIND, ReminderHandler

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


@dataclass(frozen=True, slots=True)
class Parts:
    """A running bot without its doors."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    observer: TurnObserver
    database: Database
    log: SqlConversationLog
    hub: StreamHub
    outbox: SqlOutbox
    watcher: LibraryWatcher
    knowledge: Callable[[], Knowledge]
    trial_matcher: Callable[[Mapping[str, KnowledgeBase]], Matcher]
    """Of content that is not live; it is not kept."""
    delivery: Delivery
    engine: TurnEngine
    connector: Connector
    identity: Identity


@contextlib.asynccontextmanager
async def running(settings: Settings, probe: Probe = unobserved) -> AsyncIterator[Parts]:
    """Everything behind the doors, started; stopped in order at the end.

    Raises `ContentErrors`, `EmbedderError` and `StorageError`. ``probe`` sees the named points of every turn.
    """
    async with contextlib.AsyncExitStack() as stack:
        database = await _database(settings)
        stack.push_async_callback(database.close)
        session = await stack.enter_async_context(open_session())
        parts = _assemble(settings, database, session, probe)
        dispatcher = Dispatcher(
            outbox=parts.outbox,
            delivery=parts.delivery,
            clock=parts.clock,
            observer=parts.observer,
            handlers=_handlers(parts, stack),
            probe=probe,
        )
        await parts.outbox.take_over()
        dispatcher.start()
        stack.push_async_callback(dispatcher.stop)
        _in_background(stack, parts.watcher.run())
        hub, failure = parts.hub, parts.observer.failure
        _in_background(stack, hear_growth(database, hub.wake, hub.wake_all, partial(failure, "listening")))
        _in_background(stack, work_regularly(database, parts.clock.now, _rounds(parts), partial(failure, "rounds")))
        keep = _retention(settings)
        _in_background(
            stack, count_regularly(database, parts.clock.now, partial(_zone, parts), partial(failure, "overview"))
        )
        _in_background(stack, purge_regularly(database, parts.clock.now, keep, partial(failure, "retention")))
        yield parts


def _zone(parts: Parts) -> tzinfo:
    """The program's."""
    return calendar_of(parts.watcher.library.program).zone


def _rounds(parts: Parts) -> tuple[Round, ...]:
    """What comes round, in one process however many there are."""
    inquirer = Inquirer(
        inquiries=SqlInquiries(parts.database),
        desk=Desk(SqlCaseStore(parts.database), parts.clock),
        library=lambda: parts.watcher.library,
        clock=parts.clock,
    )
    return (Round("listing questions", EVERY, inquirer.run),)


def _handlers(parts: Parts, stack: contextlib.AsyncExitStack) -> dict[str, Handler]:
    """What the dispatcher carries out besides replies."""

    def library() -> Library:
        return parts.watcher.library

    messenger = Messenger(ActivityRenderer(library), library, parts.clock)
    checks = PageChecks(
        fetcher=WebFetcher() if parts.settings.page_check else None,
        outbox=parts.outbox,
        messenger=messenger,
        clock=parts.clock,
        observer=parts.observer,
    )
    stack.push_async_callback(checks.stop)
    eraser, archive = SqlEraser(parts.database, parts.clock), SqlArchive(parts.database)
    return {
        NOTIFY: NoticeHandler(delivery=parts.delivery, messenger=messenger),
        REMIND: ReminderHandler(delivery=parts.delivery, outbox=parts.outbox, messenger=messenger),
        CHECK_PAGE: checks,
        DISCLOSE: DiscloseHandler(archive=archive, delivery=parts.delivery, messenger=messenger),
        ERASE: EraseHandler(eraser=eraser, outbox=parts.outbox, messenger=messenger, observer=parts.observer),
        ERASE_LATE: EraseLateHandler(eraser=eraser, outbox=parts.outbox, clock=parts.clock, observer=parts.observer),
    }


def _assemble(settings: Settings, database: Database, session: ClientSession, probe: Probe) -> Parts:
    clock: Clock = SetClock(settings.clock) if settings.clock else SystemClock()
    metrics = Metrics()
    observer = TurnObserver(metrics)
    watcher, guiding = _content(settings, clock)
    embedders = load_embedders(settings.embeddings, watcher.library.languages)
    knowledge = LiveKnowledge(watcher, guiding, embedders)
    identity = _identity(settings, session)
    connector = Connector(session, identity.credentials, identity.service_urls)
    log, outbox = SqlConversationLog(database, clock), SqlOutbox(database, clock)
    hub = StreamHub(log, clock)
    delivery = Delivery(
        outbox=outbox, courier=PacedCourier(ConnectorCourier(connector)), log=log, waker=hub, clock=clock, probe=probe
    )
    engine = TurnEngine(
        store=SqlTurnStore(database, probe),
        delivery=delivery,
        renderer=ActivityRenderer(lambda: knowledge().library),
        knowledge=knowledge,
        observer=observer,
        probe=probe,
    )
    return Parts(
        settings=settings,
        clock=clock,
        metrics=metrics,
        observer=observer,
        database=database,
        log=log,
        hub=hub,
        outbox=outbox,
        watcher=watcher,
        knowledge=knowledge,
        trial_matcher=lambda bases: Matcher(bases, KeptFits(FitFolder(FITS)), embedders),
        delivery=delivery,
        engine=engine,
        connector=connector,
        identity=identity,
    )


def _content(settings: Settings, clock: Clock) -> tuple[LibraryWatcher, WatchedGuiding]:
    kept = KeptContent(CONTENT)
    guiding = WatchedGuiding(checks_pages=settings.page_check, kept=kept)
    return LibraryWatcher(settings.content_dir, clock.now, companion=guiding, kept=kept), guiding


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
