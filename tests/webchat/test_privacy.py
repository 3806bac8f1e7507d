"""A visitor sees what is kept, as a file, and has it deleted, in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.webchat.conftest import Bot
from tests.webchat.visitor import Visitor


def test_what_is_kept_comes_as_a_file_and_goes(browser: Browser, bot: Bot) -> None:
    with Visitor.arriving(browser, bot.url) as visitor:
        visitor.open()
        visitor.say("list Fabrikam Schooling in Brazil")
        visitor.hears("Fabrikam Schooling")
        visitor.say("show my data")
        link = visitor.page.get_by_role("link", name="my-data.json")
        expect(visitor.page.get_by_text("All of it is in the file").last).to_be_visible()
        with visitor.page.expect_download() as download:
            link.click()
        kept = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
        assert download.value.suggested_filename == "my-data.json"
        assert "Fabrikam Schooling" in json.dumps(kept["conversations"])
        assert "list Fabrikam Schooling in Brazil" in [message["text"] for message in kept["messages"]]

        visitor.say("delete my data")
        visitor.press("Yes, delete it")
        expect(visitor.answers.last).to_contain_text("Done: what I kept about you is deleted")
        visitor.refresh()
        expect(visitor.answers.last).to_contain_text("Done: what I kept about you is deleted")
        expect(visitor.page.get_by_text("Fabrikam")).to_have_count(0)
        visitor.say("What do we need for the Learning Action Pack?")
        expect(visitor.answers.last).to_contain_text("Learning Action Pack")
