"""What is decided about missed questions: previewed, written into the content, taken back."""

from __future__ import annotations

import asyncio
import html
import re
import shutil
from pathlib import Path

import pytest

from desk.access import Role
from desk.errors import ContentMoved
from faq.library import Library
from tests.console.missing import (
    NEW,
    PHRASE,
    SMALL,
    TOPIC,
    Desk,
    decided,
    desk_opened,
    listed,
    missed,
    said,
    stamp,
    thumb,
)
from tests.console.place import NOW, Browser, visible

OPENING = "      - start date\n"


async def test_a_phrasing_is_previewed_written_live_and_taken_back(desk: Desk, curator: Browser) -> None:
    await desk.asked(missed("When may I come in?", 1, "no-match", "en", "opening"), missed("when may I come in", 2))
    before = desk.content.text()
    page = await curator.post("/missed/m1/preview", PHRASE)
    assert "Changes 0 of 3, worse: 0." in visible(page.text)
    assert "+      - when may I come in" in page.text
    assert desk.content.text() == before  # nothing is written by looking
    done = await curator.post("/missed/m1/decide", {**PHRASE, "stamp": stamp(page), "how": "apply"})
    assert (done.status, done.goal) == (303, "/console/missed/decisions/1")
    assert desk.content.text() == before.replace(OPENING, OPENING + "      - when may I come in\n")
    assert desk.content.backups() == ["2026-03-10-090000/en/faq.yaml"]
    shown = visible((await curator.get("/missed/decisions/1")).text)
    assert "Written. Questions decided: 2." in shown
    assert listed(await curator.get("/missed")) == []
    assert "takes it up within seconds" in shown
    desk.content.reload()
    assert "Live" in visible((await curator.get("/missed/decisions/1")).text)
    patch = await curator.get("/missed/decisions/1/patch")
    assert "--- a/content/en/faq.yaml\n+++ b/content/en/faq.yaml\n" in patch.text
    assert "decision-1.patch" in patch.headers["Content-Disposition"]
    desk.content.write(desk.content.text().replace("It is free.", "It is free today."))  # elsewhere in the file
    undone = await curator.post("/missed/decisions/1/undo")
    assert undone.status == 303, visible(undone.text)
    assert desk.content.text() == before.replace("It is free.", "It is free today.")
    assert listed(await curator.get("/missed")) == [(2, "when may I come in")]
    assert "Taken back" in visible((await curator.get("/missed/decided")).text)
    deeds = await desk.place.deeds("cora")
    assert deeds[deeds.index("signed-in") + 1 :] == ["content-changed", "exported", "question-decided"]
    again = await curator.post("/missed/decisions/1/undo")
    assert (again.status, "cora" in again.text) == (409, True)


async def test_a_patch_alone_leaves_the_files(desk: Desk, curator: Browser) -> None:
    await desk.asked(missed("when may I come in"))
    before = desk.content.text()
    patch = await curator.post("/missed/m1/patch", PHRASE)
    assert patch.text.endswith(
        "+      - when may I come in\n     expect:\n       - tell me the day you open\n   - id: fee\n"
    )
    await decided(curator, "m1", PHRASE, "record")
    assert desk.content.text() == before
    assert desk.content.backups() == []
    assert "Patch only" in visible((await curator.get("/missed/decisions/1")).text)
    assert (await curator.post("/missed/decisions/1/undo")).status == 303
    assert desk.content.text() == before


@pytest.mark.parametrize(("form", "file"), [(NEW, "faq.yaml"), (TOPIC, "out_of_scope.yaml")])
async def test_a_new_entry_stands_in_every_language(
    desk: Desk, curator: Browser, form: dict[str, str], file: str
) -> None:
    await desk.asked(missed("when is lunch"))
    before = {language: desk.content.text(f"{language}/{file}") for language in ("en", "zh-CN")}
    done = await decided(curator, "m1", form)
    assert done.status == 303, visible(done.text)
    desk.content.reload()
    for language, text in before.items():
        assert desk.content.text(f"{language}/{file}").startswith(text)
        entry = desk.content.live.library.languages[language].knowledge.entries[form["id"]]
        assert entry.title == form[f"title-{language}"]
        assert len(entry.phrasings) == 5
        assert "1,200" in entry.answer
    assert "# hungry" in desk.content.live.library.languages["en"].knowledge.entries[form["id"]].phrasings
    assert (await curator.post("/missed/decisions/1/undo")).status == 303
    assert {language: desk.content.text(f"{language}/{file}") for language in before} == before


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({**PHRASE, "entry": "weather"}, "Choose an entry"),
        ({**PHRASE, "entry": "-", "other": "nothing"}, "Choose an entry"),
        ({**PHRASE, "phrasings": " \n\u200b"}, "Choose an entry"),
        ({**PHRASE, "phrasings": "x" * 201}, "too long"),
        ({**PHRASE, "kind": "topic", "entry": "opening"}, "Choose an entry"),
        ({**NEW, "id": "Lunch time"}, "needs small letters"),
        ({**NEW, "id": "fee"}, "of this name already"),
        ({**NEW, "answer-zh-CN": "  "}, "in every language"),
        ({**NEW, "phrasings-en": "one\ntwo"}, "at least 5 phrasings"),
        ({**NEW, "answer-en": "x" * 4001}, "too long"),
    ],
)
async def test_what_cannot_be_proposed_is_told_and_kept(
    desk: Desk, curator: Browser, form: dict[str, str], told: str
) -> None:
    await desk.asked(missed("when is lunch"))
    page = await curator.post("/missed/m1/preview", form)
    assert told in visible(page.text)
    if "id" in form:
        assert f'value="{form["id"]}"' in page.text
    assert (await curator.post("/missed/m1/decide", {**form, "stamp": "x", "how": "apply"})).status == 400


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({**PHRASE, "phrasings": "what is the price"}, "the same question stands in"),  # of another entry
        ({**PHRASE, "phrasings": "tell me the day you open"}, "a test question must not be indexed"),
        ({**PHRASE, "phrasings": "see {opens}"}, "written out as people type it"),
        ({**NEW, "answer-en": "Costs {euros}."}, "euros"),
        ({**NEW, "answer-en": "Nothing of the kind."}, "the facts are others"),
    ],
)
async def test_what_does_not_pass_the_gates_is_shown_and_not_written(
    desk: Desk, curator: Browser, form: dict[str, str], told: str
) -> None:
    await desk.asked(missed("when is lunch"))
    before = desk.content.text()
    page = await curator.post("/missed/m1/preview", form)
    assert told in html.unescape(visible(page.text))
    assert 'value="apply"' not in page.text
    refused = await curator.post("/missed/m1/decide", {**form, "stamp": stamp(page), "how": "apply"})
    assert "could not be published" in visible(refused.text)
    assert desk.content.text() == before
    assert len(listed(await curator.get("/missed"))) == 1


async def test_a_phrasing_in_a_list_on_one_line_is_not_guessed_at(desk: Desk, curator: Browser) -> None:
    await desk.asked(missed("how much is the fish"))
    page = await curator.post("/missed/m1/preview", {**PHRASE, "entry": "fee"})
    assert (page.status, "Change it by hand" in page.text) == (409, True)


async def test_the_content_is_refused_that_changed_since_the_effect_was_shown(desk: Desk, curator: Browser) -> None:
    await desk.asked(missed("when may I come in"))
    page = await curator.post("/missed/m1/preview", PHRASE)
    changed = desk.content.text().replace("It is free.", "It is dear.")
    desk.content.write(changed)
    late = await curator.post("/missed/m1/decide", {**PHRASE, "stamp": stamp(page), "how": "apply"})
    assert (late.status, "changed meanwhile" in late.text) == (409, True)
    assert desk.content.text() == changed
    assert len(listed(await curator.get("/missed"))) == 1


async def test_a_change_just_before_writing_is_seen(
    desk: Desk, curator: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.asked(missed("when may I come in"))
    page = await curator.post("/missed/m1/preview", PHRASE)
    decide = desk.store.decide

    async def slow(*given: object) -> int:
        desk.content.write(desk.content.text() + "# late\n")
        return await decide(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.store, "decide", slow)
    late = await curator.post("/missed/m1/decide", {**PHRASE, "stamp": stamp(page), "how": "apply"})
    assert late.status == 409
    assert desk.content.text().endswith("# late\n")
    assert "when may I come in" not in desk.content.text()
    assert len(listed(await curator.get("/missed"))) == 1  # nothing was decided either
    assert "content-changed" not in await desk.place.deeds()


async def test_an_undo_that_does_not_fit_any_more_says_so(desk: Desk, curator: Browser) -> None:
    await desk.asked(missed("when may I come in"))
    await decided(curator, "m1", PHRASE)
    desk.content.write(desk.content.text().replace("when may I come in", "when may we come in"))
    stale = await curator.post("/missed/decisions/1/undo")
    assert (stale.status, "Take it out by hand" in stale.text) == (409, True)
    assert "when may we come in" in desk.content.text()
    assert listed(await curator.get("/missed")) == []


async def test_an_undo_without_which_the_content_fails_is_refused(desk: Desk, curator: Browser) -> None:
    await desk.asked(missed("when is lunch"))
    await decided(curator, "m1", NEW)
    for language in ("en", "zh-CN"):
        name = f"{language}/faq.yaml"
        desk.content.write(desk.content.text(name).replace("related: [fee, hello]", "related: [fee, lunch]"), name)
    refused = await curator.post("/missed/decisions/1/undo")
    assert refused.status == 409
    assert "lunch" in visible(refused.text)
    desk.content.reload()
    assert "lunch" in desk.content.live.library.languages["en"].knowledge.entries


async def test_two_curators_at_once_one_wins_and_the_other_sees_who(desk: Desk, curator: Browser) -> None:
    dora = await desk.place.signed_in(Role.CURATOR, name="dora")
    await desk.asked(missed("when may I come in", 1), missed("When may i come in??", 2))
    page = await curator.post("/missed/m1/preview", PHRASE)
    form = {**PHRASE, "stamp": stamp(page), "how": "apply"}
    answers = await asyncio.gather(*(each.post("/missed/m1/decide", form) for each in (curator, dora)))
    assert sorted(answer.status for answer in answers) == [303, 409]
    lost = next(answer for answer in answers if answer.status == 409)
    winner = "cora" if answers[0].status == 303 else "dora"
    assert desk.content.text().count("when may I come in") == 1
    late = await dora.post("/missed/m2/ignore")
    for answer in (late, *([lost] if winner in lost.text else [])):
        assert answer.status == 409
        assert winner in visible(answer.text)
        assert "Phrasing added" in answer.text
    assert (await dora.get("/missed/m2")).goal == "/console/missed/decisions/1"


async def test_ignoring_is_one_click_and_can_be_taken_back(desk: Desk, curator: Browser) -> None:
    await desk.asked(missed("asdf"), said("answer", "fee", "asdf"), thumb("fee", 1))
    assert (await curator.post("/missed/m1/ignore")).status == 303
    assert listed(await curator.get("/missed")) == []
    assert "asdf" in visible((await curator.get("/missed/ignored")).text)
    assert "asdf" not in visible((await curator.get("/missed/decided")).text)
    assert (await curator.post("/missed/decisions/1/undo")).status == 303
    assert listed(await curator.get("/missed")) == [(2, "asdf")]


async def test_what_gets_worse_is_named(tmp_path: Path, library: Library) -> None:
    source = tmp_path / "source"
    shutil.copytree(SMALL, source)
    faq = source / "en" / "faq.yaml"
    faq.write_text(faq.read_text("utf-8").replace("    expect: [how expensive is it]\n", ""), "utf-8")
    asked = tmp_path / "questions"
    asked.mkdir()
    lines = '{"id": "a", "lang": "en", "text": "is it dear", "expect": ["fee"]}\n'
    lines += '{"id": "b", "lang": "en", "text": "unknown", "expect": ["nowhere"]}\n'
    (asked / "tuning.en.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "run").mkdir()
    async with desk_opened(tmp_path / "run", library, source, questions=asked) as desk:
        curator = await desk.place.signed_in(Role.CURATOR)
        await desk.asked(missed("is it dear"))
        page = visible((await curator.post("/missed/m1/preview", {**PHRASE, "phrasings": "is it dear"})).text)
        assert "of 3, worse: 1." in page  # two lines of `expect`, one question whose entry is known
        assert re.search("is it dear not found \\w+ wrong opening", page), page
        assert "Write it all the same" in page


async def test_a_slow_trial_says_so_and_is_found_by_looking_again(tmp_path: Path, library: Library) -> None:
    async with desk_opened(tmp_path, library, patience=0.0) as desk:
        curator = await desk.place.signed_in(Role.CURATOR)
        await desk.asked(missed("when may I come in"))
        page = await curator.post("/missed/m1/preview", PHRASE)
        assert "being worked out" in visible(page.text)
        assert 'name="phrasings" value="when may I come in"' in page.text
        async with asyncio.timeout(90):
            while "being worked out" in page.text:
                await asyncio.sleep(0.1)
                page = await curator.post("/missed/m1/preview", PHRASE)
        assert "Changes 0 of 3" in visible(page.text)


async def test_content_that_cannot_be_written_is_left_to_a_patch(desk: Desk, curator: Browser) -> None:
    await desk.asked(missed("when may I come in"))
    desk.content.folder.backups.parent.write_text("no folder")
    page = await curator.post("/missed/m1/preview", PHRASE)
    before = desk.content.text()
    locked = await curator.post("/missed/m1/decide", {**PHRASE, "stamp": stamp(page), "how": "apply"})
    assert locked.status == 409
    assert "cannot be written" in locked.text
    assert desk.content.text() == before
    assert len(listed(await curator.get("/missed"))) == 1


async def test_publishing_twice_changes_nothing_the_second_time(desk: Desk) -> None:
    folder, stamp_ = desk.content.folder, desk.content.folder.stamp()
    texts = {"en/faq.yaml": desk.content.text() + "# new\n"}
    for _ in range(2):
        folder.publish(stamp_, texts, NOW)
    assert desk.content.text().endswith("# new\n")
    assert len(desk.content.backups()) == 1
    with pytest.raises(ContentMoved):
        folder.publish(stamp_, {"en/faq.yaml": "other"}, NOW)
