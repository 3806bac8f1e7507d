"""A console with missed questions in it, over a small content folder that can be written."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from console.curating.board import Board
from console.curating.folder import ContentFolder
from console.curating.trials import Trials
from console.naming import Naming
from console.pages.audit import Audit
from console.pages.deciding import Deciding
from console.pages.missed import MissedQuestions
from dialogs.decision import Knowledge
from faq.library import Library
from faq.load import load_library
from faq.matcher import Matcher
from storage.engine import Database, open_database
from storage.missed import SqlMissed
from storage.records import insert_records
from tests.console.place import NOW, Answer, Browser, Place, opened, visible
from turn.model import Exchange, Feedback, Missed, Record

SMALL = Path(__file__).parents[1] / "content" / "good"

PHRASE = {"kind": "phrasing", "entry": "opening", "other": "", "phrasings": "when may I come in"}
NEW = {
    "kind": "entry",
    "new": "yes",
    "id": "lunch",
    "source": "intro",
    "title-en": "When is lunch?",
    "answer-en": "At noon: {seats} seats.\r\n\r\nAsk the [help desk](link:help).",
    "phrasings-en": "lunch when\r\nlunch: what time\r\nnoon meal\r\nyes\r\n# hungry\r\nlunch when",
    "title-zh-CN": "什么时候吃午饭？",
    "answer-zh-CN": "中午：{seats} 个座位。\n\n请问[服务台](link:help)。",
    "phrasings-zh-CN": "几点午饭\n午饭时间\n中午吃什么\n午餐\n饭点",
}
TOPIC = {**NEW, "kind": "topic", "id": "meals"}


@dataclass
class Watched:
    """A content folder, and what is live of it."""

    folder: ContentFolder
    live: Knowledge

    def text(self, name: str = "en/faq.yaml") -> str:
        """A file as it is."""
        return (self.folder.folder / name).read_text(encoding="utf-8")

    def write(self, text: str, name: str = "en/faq.yaml") -> None:
        """Somebody changes a file."""
        (self.folder.folder / name).write_text(text, encoding="utf-8")

    def reload(self) -> None:
        """What the watcher does."""
        self.live = known(self.folder.folder)

    def backups(self) -> list[str]:
        """Copies of files."""
        place = self.folder.backups
        return sorted(str(path.relative_to(place)) for path in place.rglob("*.yaml"))


@dataclass
class Desk:
    """A console, what is kept behind it, and its content."""

    place: Place
    content: Watched
    store: SqlMissed

    @property
    def database(self) -> Database:
        """Where it is kept."""
        return self.place.database

    async def asked(self, *records: Record) -> None:
        """Turns were committed with these."""
        await self.database.write(lambda connection: insert_records(connection, records))


def known(folder: Path) -> Knowledge:
    """What a bot knows that is started on the folder."""
    library = load_library(folder)
    return Knowledge(library, Matcher(library.knowledge_bases))


def missed(text: str, at: int = 0, reason: str = "no-match", language: str = "en", *candidates: str) -> Missed:
    """A missed question, so many minutes after the beginning."""
    return Missed(text, language, "directline", reason, candidates, later(at), "v", f"user-of-{text[:20]}")


def said(kind: str, entry: str, text: str = "", at: int = 0, **more: str) -> Exchange:
    """What a user wrote or pressed, and what it led to."""
    values = {"user": "u", "channel": "directline", "conversation": "c", "language": "en", **more}
    return Exchange(text=text, kind=kind, entry=entry, score=0.9, knowledge_version="v", at=later(at), **values)


def thumb(entry: str, at: int, *, helpful: bool = False, user: str = "u") -> Feedback:
    """A user's word on an answer."""
    return Feedback(user, "directline", "en", entry, "v", helpful, later(at))


def later(minutes: float) -> datetime:
    """So long after the beginning."""
    return NOW + timedelta(minutes=minutes)


@asynccontextmanager
async def desk_opened(
    folder: Path, library: Library, source: Path = SMALL, patience: float = 60.0, questions: Path | None = None
) -> AsyncIterator[Desk]:
    """A console over a copy of ``source``; ``library`` gives the console's words."""
    shutil.copytree(source, folder / "content")
    content = Watched(ContentFolder(folder / "content", folder / "var" / "content-backups"), known(folder / "content"))
    database = await open_database(f"sqlite:///{folder}/desk.db")
    store, naming = SqlMissed(database), Naming(lambda: content.live.library, lambda: None)
    board = Board(store, lambda: content.live.library)
    trials = Trials(
        content.folder,
        live=lambda: content.live,
        matcher_of=Matcher,
        questions=questions or folder / "nowhere",
        today=NOW.date,
    )
    sections = [MissedQuestions(store, board, naming), Deciding(store, board, trials, naming, patience), Audit()]
    async with opened(folder, library, sections=sections) as place:
        yield Desk(place, content, store)
    await database.close()


def listed(page: Answer) -> list[tuple[int, str]]:
    """Counts and questions of the list, in order."""
    rows = re.findall(r'<strong>(\d+)</strong></td>\s*<th.*?href="[^"]*">(.*?)</a>', page.text, re.DOTALL)
    return [(int(count), html.unescape(text)) for count, text in rows]


def stamp(page: Answer) -> str:
    """What the page of an effect was made from."""
    found = re.search(r'name="stamp" value="([0-9a-f]+)"', page.text)
    assert found, visible(page.text)
    return found[1]


async def decided(browser: Browser, key: str, form: dict[str, str], how: str = "apply") -> Answer:
    """Look at the effect, then decide."""
    page = await browser.post(f"/missed/{key}/preview", form)
    assert page.status == 200, visible(page.text)
    return await browser.post(f"/missed/{key}/decide", {**form, "stamp": stamp(page), "how": how})
