"""Documentation that can be wrong is checked: settings, links, commands, settings' and metrics' names, limits."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from prometheus_client import Metric
from ruamel.yaml import YAML

import settings
from faq.load import load_library
from faq.schema import EntryBlock
from ops.guard import BODY_LIMIT, UPLOAD_LIMIT
from ops.limits import Limits
from ops.metrics import Metrics

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TEXT = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}


def headings(text: str) -> set[str]:
    """The anchors of a page."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in titles}


def broken_links(page: Path, text: str) -> list[str]:
    """Relative links of a page that lead nowhere."""
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = page.parent / name if name else page
        if not path.exists() or (anchor and anchor not in headings(path.read_text(encoding="utf-8"))):
            found.append(target)
    return found


def code(text: str) -> list[str]:
    """Every command line of a page: indented and inline."""
    return re.findall(r"^    (\S.*)$", text, re.MULTILINE) + re.findall(r"`([^`\n]+)`", text)


def test_the_settings_page_is_the_settings() -> None:
    assert TEXT["docs/settings.md"] == settings.reference(), "run: python settings.py > docs/settings.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page, page.read_text(encoding="utf-8")) == []


def test_a_broken_link_is_caught() -> None:
    page = ROOT / "README.md"
    text = "[a](docs/nowhere.md) [b](docs/run.md#nothing) [c](docs/run.md#watch-it) [d](https://example.com/x)"
    assert broken_links(page, text) == ["docs/nowhere.md", "docs/run.md#nothing"]


def test_commands_of_start_exist() -> None:
    known = set(re.findall(r'"(\w+)": \w+', re.search(r"commands = \{.+\}", (ROOT / "start.py").read_text())[0]))  # type: ignore[index]
    named = {
        word for text in TEXT.values() for line in code(text) for word in re.findall(r"start\.py ([a-z]\w*)", line)
    }
    assert named <= known
    assert {"test", "chat", "setup"} <= named


def test_commands_of_faq_exist() -> None:
    source = (ROOT / "faq" / "cli.py").read_text(encoding="utf-8")
    commands = re.findall(r'@app\.command\((?:"([\w-]+)")?[^)]*\)\ndef (\w+)', source)
    known = {named or function for named, function in commands}
    named = {
        word for text in TEXT.values() for line in code(text) for word in re.findall(r"-m faq ([a-z][\w-]*)", line)
    }
    assert named
    assert named <= known


def test_settings_named_anywhere_exist() -> None:
    known = {str(field.alias) for field in settings.Settings.model_fields.values()}
    shaped = re.compile(r"\b(?:MicrosoftApp\w+|[A-Z]+(?:_[A-Z]+)+|PORT|HOST)(?==|`)")
    named = {name for page in ("README.md", "docs/run.md") for name in shaped.findall(TEXT[page])}
    assert len(named) > 5
    assert named <= known


def test_metrics_are_told_by_their_names() -> None:
    families: list[Metric] = list(Metrics().registry.collect())
    exposed = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    assert exposed == set(re.findall(r"`(bot_\w+)`", TEXT["docs/run.md"]))


def test_limits_are_told_as_they_are() -> None:
    limits = Limits()
    rows = dict(re.findall(r"^\| (.+?) \| (.+?) \|$", TEXT["docs/run.md"].partition("## Limits")[2], re.MULTILINE))
    assert rows["body of a request"].startswith(f"{BODY_LIMIT // 1024} kB; uploads {UPLOAD_LIMIT // 1024**2} MB")
    assert rows["head of a request"] == f"{limits.head:.0f} s"
    assert rows["its body"].startswith(f"{limits.body:.0f} s")
    assert rows["reading nothing of an answer"] == f"{limits.stalled:.0f} s"
    assert rows["between requests"] == f"{limits.idle:.0f} s"
    assert rows["connections of one address"].startswith(str(limits.per_address))
    assert limits.per_address == settings.Settings.model_fields["connections_per_address"].default


def test_the_example_of_an_entry_is_one() -> None:
    block = re.search(r"```yaml\n(.+?)```", TEXT["docs/add-an-entry.md"], re.DOTALL)
    assert block
    (entry,) = YAML(typ="safe").load(block[1])
    parsed = EntryBlock.model_validate(entry | {"as_of": entry["as_of"].isoformat()})
    known = load_library(ROOT / "content").languages["en"].knowledge.entries.keys()
    assert set(parsed.related) <= known
    assert parsed.id not in known


def test_the_changelog_knows_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert re.search(rf"^## {re.escape(project['version'])}\b", TEXT["CHANGELOG.md"], re.MULTILINE)


def test_the_glossary_is_in_order() -> None:
    words = [
        word.strip("`").casefold() for word in re.findall(r"^\| (\S+?),? .*\|$", TEXT["docs/glossary.md"], re.MULTILINE)
    ]
    assert words[1:] == sorted(words[1:])
