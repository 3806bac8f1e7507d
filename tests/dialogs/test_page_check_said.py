"""Who asks for a listing hears that the page is looked at, exactly when it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialogs.decision import Knowledge
from tests.talk import Talk, buttons, shown

SAID = {"en": "a message about what I find follows", "zh-CN": "再发消息告诉您结果"}
TALKS = {
    "en": ("list Contoso in Brazil, contoso.com/ms", "yes", "yes", "yes", "send"),
    "zh-CN": ("申请目录收录，我们是樱花学院，在日本，网址 sakura.jp/ms", "是", "是", "是", "提交"),
}


@pytest.mark.parametrize("language", TALKS)
@pytest.mark.parametrize("on", [True, False])
async def test_the_page_check_is_said_when_it_is_made(language: str, on: bool, knowledge: Knowledge) -> None:
    assert knowledge.guiding is not None
    talk = Talk(replace(knowledge, guiding=replace(knowledge.guiding, checks_pages=on)))
    for text in TALKS[language]:
        heard = await talk.say(text)
    assert (SAID[language] in "\n".join(map(shown, heard))) is on
    kinds = [stored.post.kind for stored in talk.memory.posts.values()]
    assert ("check-page" in kinds) is on


async def test_a_request_with_the_same_page_is_not_looked_at_again(knowledge: Knowledge) -> None:
    talk = Talk(knowledge)
    for text in (*TALKS["en"], "status"):
        heard = await talk.say(text)
    await talk.press(dict(buttons(heard[0])["Change"]["data"]))  # type: ignore[call-overload]
    await talk.say("change the country to Germany")
    heard = await talk.say("send")
    assert SAID["en"] not in "\n".join(map(shown, heard))
