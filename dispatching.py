"""What the bot does by itself: what waits in the outbox besides replies, and what comes round."""

from __future__ import annotations

import contextlib

from bot.courier import ConnectorCourier
from bot.operators.showing import CardPoster, CardShow
from bot.pace import PacedChanger
from bot.render import ActivityRenderer
from bot.settled import CardSettler
from cases.notify import NOTIFY
from desk.channel import SHOW_CARD
from dialogs.privacy import DISCLOSE, ERASE
from dialogs.router import TELL_NEWS
from dialogs.unfinished import REMIND_FORM
from faq.library import Library
from ops.rates import Buckets, Rate
from pagecheck.fetch import WebFetcher
from pagecheck.handler import CHECK_PAGE, PageChecks
from parts import Parts
from storage.archive import SqlArchive
from storage.cases import SqlCaseStore
from storage.erasing import SqlEraser
from storage.inquiries import SqlInquiries
from storage.news import SqlNews
from storage.request_cards import SqlOperatorsChannel, SqlRequestCards
from storage.schedule import Round
from storage.sent import SqlSentPosts
from storage.unfinished import SqlUnfinished
from turn import inquiring, unfinished
from turn.desk import Desk
from turn.disclosing import DiscloseHandler
from turn.dispatcher import Handler
from turn.erasing import ERASE_LATE, EraseHandler, EraseLateHandler
from turn.inquiring import Inquirer
from turn.messenger import Messenger
from turn.model import UPDATE
from turn.notices import NoticeHandler
from turn.reminders import REMIND, ReminderHandler
from turn.returning import NewsHandler
from turn.unfinished import REMIND_CASE, CaseReminder, FormReminder, WaitingReminder
from turn.updating import UpdateHandler
from turn.views import CardViews


def handlers(parts: Parts, stack: contextlib.AsyncExitStack) -> dict[str, Handler]:
    """What the dispatcher carries out besides replies; ``stack`` stops what it leaves running."""

    def library() -> Library:
        return parts.watcher.library

    messenger, hourly = Messenger(ActivityRenderer(library), library, parts.clock), parts.settings.rate_page_checks
    checks = PageChecks(
        fetcher=WebFetcher() if parts.settings.page_check else None,
        outbox=parts.outbox,
        messenger=messenger,
        clock=parts.clock,
        observer=parts.observer,
        users=Buckets(Rate(hourly / 60, max(hourly, 1))).take,
    )
    stack.push_async_callback(checks.stop)
    return {
        UPDATE: _updates(parts),
        SHOW_CARD: _card_show(parts),
        CHECK_PAGE: checks,
        **_told(parts, messenger),
        **_own_data(parts, messenger),
    }


def _told(parts: Parts, messenger: Messenger) -> dict[str, Handler]:
    """What partners are told unasked."""
    database, outbox, delivery = parts.database, parts.outbox, parts.delivery
    cases, open_forms, news = SqlCaseStore(database), SqlUnfinished(database), SqlNews(database)
    return {
        NOTIFY: NoticeHandler(delivery=delivery, messenger=messenger),
        REMIND: ReminderHandler(delivery=delivery, outbox=outbox, messenger=messenger),
        REMIND_FORM: FormReminder(unfinished=open_forms, delivery=delivery, outbox=outbox, messenger=messenger),
        REMIND_CASE: CaseReminder(cases=cases, delivery=delivery, outbox=outbox, messenger=messenger),
        TELL_NEWS: NewsHandler(news=news, delivery=delivery, outbox=outbox, messenger=messenger),
    }


def _own_data(parts: Parts, messenger: Messenger) -> dict[str, Handler]:
    """What users want done with what is kept of them."""
    outbox, observer = parts.outbox, parts.observer
    eraser, archive = SqlEraser(parts.database, parts.clock, parts.forget), SqlArchive(parts.database)
    return {
        DISCLOSE: DiscloseHandler(archive=archive, delivery=parts.delivery, messenger=messenger),
        ERASE: EraseHandler(eraser=eraser, outbox=outbox, messenger=messenger, observer=observer),
        ERASE_LATE: EraseLateHandler(eraser=eraser, outbox=outbox, clock=parts.clock, observer=observer),
    }


def rounds(parts: Parts) -> tuple[Round, ...]:
    """What comes round, in one process however many there are."""
    inquirer = Inquirer(
        inquiries=SqlInquiries(parts.database),
        desk=Desk(SqlCaseStore(parts.database), parts.clock),
        library=lambda: parts.watcher.library,
        clock=parts.clock,
    )
    reminder = WaitingReminder(
        unfinished=SqlUnfinished(parts.database),
        cases=SqlCaseStore(parts.database),
        library=lambda: parts.watcher.library,
        clock=parts.clock,
    )
    return (
        Round("listing questions", inquiring.EVERY, inquirer.run),
        Round("reminders before a batch", unfinished.EVERY, reminder.run),
    )


def card_views(parts: Parts) -> CardViews:
    """Cards as they are now."""
    library = lambda: parts.watcher.library  # noqa: E731
    return CardViews(
        sent=SqlSentPosts(parts.database),
        outbox=parts.outbox,
        cases=SqlCaseStore(parts.database),
        settler=CardSettler(library),
        messenger=Messenger(ActivityRenderer(library), library, parts.clock),
        knowledge=parts.knowledge,
    )


def _card_show(parts: Parts) -> CardShow:
    return CardShow(
        cases=SqlCaseStore(parts.database),
        channel=SqlOperatorsChannel(parts.database),
        cards=SqlRequestCards(parts.database),
        writer=parts.writer,
        poster=CardPoster(parts.connector, parts.courier, parts.settings.app_id),
        outbox=parts.outbox,
        delivery=parts.delivery,
        clock=parts.clock,
    )


def _updates(parts: Parts) -> UpdateHandler:
    views, sent = card_views(parts), SqlSentPosts(parts.database)
    changer = PacedChanger(ConnectorCourier(parts.connector), parts.courier)
    return UpdateHandler(outbox=parts.outbox, sent=sent, views=views, changer=changer, delivery=parts.delivery)
