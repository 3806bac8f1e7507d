"""What is found on pages, and how it is said in both languages."""

from __future__ import annotations

import pytest

from bot.render import ActivityRenderer
from dialogs.decision import Knowledge
from pagecheck.fetch import Obstacle, Page, Unseen
from pagecheck.findings import Finding, State, core_name, findings_of
from pagecheck.report import report
from program.pages import LandingPageRules
from tests.talk import START, shown
from turn.model import Address, Happening, Incoming

FILLER = "<p>" + "Our courses take place in small groups. " * 10
MET, NOT, UNKNOWN = State.MET, State.NOT_MET, State.UNKNOWN


@pytest.fixture(scope="session")
def rules(knowledge: Knowledge) -> LandingPageRules:
    return knowledge.library.program.landing_page


def page(markup: str, *, url: str = "https://contoso.com/ms", status: int = 200, whole: bool = True) -> Page:
    return Page(url, status, "text/html; charset=utf-8", markup.encode(), whole)


def found(seen: Page | Unseen, name: str, rules: LandingPageRules) -> dict[str, Finding]:
    return {finding.about: finding for finding in findings_of(seen, name, rules)}


@pytest.mark.parametrize(
    ("markup", "microsoft", "partner", "competitors"),
    [
        ("<h1>Contoso Learning: Microsoft training", MET, MET, MET),
        ("<h1>CONTOSO-LEARNING</h1> microsoft", MET, MET, MET),
        ("<b>Contoso</b>\n<b>Learning</b>, Ｍｉｃｒｏｓｏｆｔ", MET, MET, MET),
        ('<img alt="ContosoLearning logo">Micro<b>soft</b>', MET, MET, MET),
        ("微软培训", MET, NOT, MET),
        ("微軟培訓", MET, NOT, MET),
        ("Microsoftware by Contoso", NOT, NOT, MET),
        ("Fabrikam", NOT, NOT, MET),
        ("Contoso Learnings, Macrosoft", NOT, NOT, MET),
        ("Contoso Learning, Microsoft, and our friends at Global Knowledge", MET, MET, NOT),
        ("Contoso Learning, Microsoft, 达内教育", MET, MET, NOT),
        ("Contoso Learning, Microsoft, 達內教育", MET, MET, NOT),
        ("Contoso Learning, Microsoft, globalknowledgebase", MET, MET, MET),
        ("<script>Microsoft Contoso Learning Udemy</script>", NOT, NOT, MET),
        ("<!-- Microsoft Contoso Learning Udemy -->", NOT, NOT, MET),
    ],
)
def test_pages(markup: str, microsoft: State, partner: State, competitors: State, rules: LandingPageRules) -> None:
    states = {
        about: finding.state for about, finding in found(page(FILLER + markup), "Contoso Learning", rules).items()
    }
    expected = {"reachable": MET, "https": MET, "microsoft": microsoft, "partner": partner, "competitors": competitors}
    assert states == expected


@pytest.mark.parametrize(
    ("name", "on_page", "named"),
    [
        ("Contoso Inc.", "Contoso", True),
        ("Contoso, Inc.", "contoso", True),
        ("Contoso Pty Ltd", "Contoso", True),
        ("Contoso Sp. z o.o.", "Contoso", True),
        ("Contoso S.A. de C.V.", "Contoso", True),
        ("Contoso S.à r.l.", "Contoso", True),
        ("Müller & Söhne GmbH", "MULLER &amp; SOHNE", True),
        ("ООО Контосо", "Контосо", True),
        ("株式会社コントソ", "コントソ", False),  # written as one word: looked for as a whole
        ("株式会社 コントソ", "コントソ", True),
        ("微软教育有限公司", "欢迎来到微软教育中心", True),
        ("微軟教育股份有限公司", "微软教育", True),
        ("北京东方（集团）有限责任公司", "北京东方集团", True),
        ("Contoso Learning", "Contoso", False),
        ("Contoso", "Contosos", False),
        ("Contoso", "我们是Contoso公司", True),
        ("AS Training", "Training", False),
        ("Company Ltd", "Ltd", False),
        ("Company Ltd", "Company Ltd", True),
        ("???", "anything", False),
        ("C++ (.*)", "C", True),
    ],
)
def test_the_partners_name(name: str, on_page: str, named: bool, rules: LandingPageRules) -> None:
    assert found(page(FILLER + on_page), name, rules)["partner"].state is (MET if named else NOT)


def test_a_name_of_nothing_but_forms_is_kept_whole(rules: LandingPageRules) -> None:
    assert core_name("Company Ltd", rules) == ("company", "ltd")
    assert core_name("", rules) == ()


@pytest.mark.parametrize("name", ["Global Knowledge", "Global Knowledge Germany GmbH", "GlobalKnowledge"])
def test_a_provider_is_not_its_own_competitor(name: str, rules: LandingPageRules) -> None:
    assert found(page(FILLER + "Global Knowledge"), name, rules)["competitors"].state is MET


@pytest.mark.parametrize(
    "seen",
    [
        page("<div id=root></div>"),
        page(FILLER, whole=False),
        Page("https://contoso.com", 200, "application/pdf", b"%PDF" * 100, whole=True),
    ],
    ids=["written by scripts", "cut", "no page"],
)
def test_what_is_not_read_is_not_known(seen: Page, rules: LandingPageRules) -> None:
    states = {about: finding.state for about, finding in found(seen, "Contoso", rules).items()}
    assert states == {"reachable": MET, "https": MET, "microsoft": UNKNOWN, "partner": UNKNOWN, "competitors": UNKNOWN}


def test_what_is_seen_of_a_cut_page_counts(rules: LandingPageRules) -> None:
    seen = found(page(FILLER + "Contoso Microsoft Udemy", whole=False), "Contoso", rules)
    assert [seen[about].state for about in ("microsoft", "partner", "competitors")] == [MET, MET, NOT]


@pytest.mark.parametrize(
    ("status", "state"),
    [(401, UNKNOWN), (403, UNKNOWN), (429, UNKNOWN), (503, UNKNOWN), (304, NOT), (404, NOT), (500, NOT)],
)
def test_a_site_that_gives_no_page(status: int, state: State, rules: LandingPageRules) -> None:
    seen = found(page("Microsoft", status=status), "Contoso", rules)
    assert {about: finding.state for about, finding in seen.items()} == {"reachable": state}


def test_a_quote_shows_where(rules: LandingPageRules) -> None:
    seen = found(page("x " * 100 + "Learn **Microsoft** here" + " y" * 100), "Contoso", rules)["microsoft"]
    quote = seen.evidence.params["quote"].text  # type: ignore[union-attr]
    assert "Learn **Microsoft** here" in quote
    assert (quote[0], quote[-1]) == ("…", "…")
    assert len(quote) < 100


def test_without_encryption(rules: LandingPageRules) -> None:
    assert found(page(FILLER, url="http://contoso.com/https:"), "Contoso", rules)["https"].state is NOT


FINE = page(FILLER + "Contoso Microsoft")
SEEN: list[Page | Unseen] = [
    *(Unseen(obstacle) for obstacle in Obstacle),
    *(page("", status=status) for status in (403, 404)),
    page(""),
    page(FILLER, url="http://contoso.com"),
    FINE,
    page(FILLER + "Contoso Microsoft Udemy"),
]


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("channel", ["terminal", "msteams"])
def test_everything_can_be_said(
    seen: Page | Unseen, language: str, channel: str, knowledge: Knowledge, rules: LandingPageRules
) -> None:
    setting = Incoming(Address(channel, "c"), "a", "u", Happening.MESSAGE, START)
    reply = report("https://contoso.com/[ms](x)", findings_of(seen, "Contoso", rules))
    text = shown(ActivityRenderer(lambda: knowledge.library).render(reply, language, setting))
    assert "{" not in text
    assert "[ms](x)" not in text, "not ours: never read as Markdown"
    assert ("✘" in text or "? " in text) is (seen is not FINE)
    assert ("only advice" in text) is (language == "en")
    assert ("仅供参考" in text) is (language == "zh-CN")


def test_every_sentence_is_used(knowledge: Knowledge, rules: LandingPageRules) -> None:
    used = {"page-check.title", "page-check.advice", "page-check.fine", "page-check.look", "page-check.unsure"}
    for seen in SEEN:
        for finding in findings_of(seen, "Contoso", rules):
            used |= {f"page-check.{finding.about}", finding.evidence.key}
    used |= {"page-check.passed-over.title", "page-check.passed-over"}
    messages = knowledge.library.languages["en"].catalog.messages
    assert used == {key for key in messages if key.startswith("page-check.")}


@pytest.mark.parametrize(
    ("markup", "verdict"),
    [("Contoso Microsoft", "nothing to change"), ("Contoso", "marked"), ("", "marked")],
)
def test_the_verdict(markup: str, verdict: str, knowledge: Knowledge, rules: LandingPageRules) -> None:
    setting = Incoming(Address("terminal", "c"), "a", "u", Happening.MESSAGE, START)
    reply = report("https://contoso.com", findings_of(page(FILLER + markup), "Contoso", rules))
    assert verdict in shown(ActivityRenderer(lambda: knowledge.library).render(reply, "en", setting))
