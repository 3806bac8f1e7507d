"""The app manifest of Teams and its translations, as plain JSON.

Format: Microsoft's app manifest schema, version `SCHEMA_VERSION`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from dialogs.reply import JsonObject, JsonValue
from faq.library import LanguagePack, Library

SCHEMA_VERSION = "1.30"
_SCHEMAS = f"https://developer.microsoft.com/json-schemas/teams/v{SCHEMA_VERSION}/MicrosoftTeams"
ACCENT = "#0f5563"
ALONE = ("start-eligibility", "start-directory-listing", "start-kpi-discrepancy", "check-status", "help")
"""Entries offered as commands in a personal chat."""
TOGETHER = ("start-eligibility", "start-directory-listing", "help")
"""Entries offered in group chats and channels: what is personal is left out."""
EXTENSIONS = ("answers", "requests", "closed")
"""Commands of the message extension: searching the knowledge, one's own requests, and those that are done."""
_QUERY = "query"


@dataclass(frozen=True, slots=True)
class TeamsApp:
    """What the package says about whoever runs the bot."""

    bot_id: str
    """Application (client) id of the bot's registration; also the id of the app."""
    version: str
    """As in 1.0.0. Teams takes an update only with a higher one."""
    public_url: str
    developer: str
    website_url: str
    privacy_url: str
    terms_url: str


def manifest(app: TeamsApp, library: Library) -> JsonObject:
    """``manifest.json``, in the library's default language."""
    pack = library.languages[library.default_language]
    host = urlsplit(app.public_url).hostname or ""
    others = [language for language in library.languages if language != library.default_language]
    return {
        "$schema": f"{_SCHEMAS}.schema.json",
        "manifestVersion": SCHEMA_VERSION,
        "version": app.version,
        "id": app.bot_id,
        "localizationInfo": {
            "defaultLanguageTag": library.default_language.lower(),
            "additionalLanguages": [{"languageTag": tag.lower(), "file": language_file(tag)} for tag in others],
        },
        "developer": {
            "name": app.developer,
            "websiteUrl": app.website_url,
            "privacyUrl": app.privacy_url,
            "termsOfUseUrl": app.terms_url,
        },
        "name": {"short": _words(pack, "name.short"), "full": _words(pack, "name.full")},
        "description": {"short": _words(pack, "description.short"), "full": _words(pack, "description.full")},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": ACCENT,
        "bots": [_bot(app, pack)],
        "composeExtensions": [_extension(app, pack)],
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [host],
        "defaultInstallScope": "personal",
        "defaultGroupCapability": {"team": "bot", "groupchat": "bot"},
    }


def localization(library: Library, language: str) -> JsonObject:
    """The translations file of ``language``: each text of the manifest under its path."""
    pack = library.languages[language]
    texts: JsonObject = {"$schema": f"{_SCHEMAS}.Localization.schema.json"}
    for name in ("name.short", "name.full", "description.short", "description.full"):
        texts[name] = _words(pack, name)
    for place, entries in enumerate((ALONE, TOGETHER)):
        for number, entry in enumerate(entries):
            path = f"bots[0].commandLists[{place}].commands[{number}]"
            texts |= {f"{path}.{name}": text for name, text in _command(pack, entry).items()}
    for number, name in enumerate(EXTENSIONS):
        path = f"composeExtensions[0].commands[{number}]"
        texts[f"{path}.title"] = _words(pack, f"{name}.title")
        texts[f"{path}.description"] = _words(pack, f"{name}.description")
        texts[f"{path}.parameters[0].title"] = _words(pack, f"{name}.query")
        texts[f"{path}.parameters[0].description"] = _words(pack, f"{name}.query.description")
    return texts


def language_file(language: str) -> str:
    """Name of a translations file in the package."""
    return f"{language.lower()}.json"


def _bot(app: TeamsApp, pack: LanguagePack) -> JsonObject:
    def commands(scopes: Sequence[str], entries: Sequence[str]) -> JsonObject:
        return {"scopes": [*scopes], "commands": [_command(pack, entry) for entry in entries]}

    return {
        "botId": app.bot_id,
        "scopes": ["personal", "team", "groupChat"],
        "supportsFiles": False,  # a file in Teams is a link behind a sign-in; tables can be pasted
        "isNotificationOnly": False,
        "commandLists": [commands(["personal"], ALONE), commands(["team", "groupChat"], TOGETHER)],
    }


def _command(pack: LanguagePack, entry: str) -> JsonObject:
    """A command is said as it is titled: the entry's own title always finds the entry."""
    return {"title": pack.knowledge.entries[entry].title, "description": _words(pack, f"command.{entry}")}


def _extension(app: TeamsApp, pack: LanguagePack) -> JsonObject:
    return {"botId": app.bot_id, "commands": list(_searches(pack))}


def _searches(pack: LanguagePack) -> Iterator[JsonValue]:
    for name in EXTENSIONS:
        query: JsonObject = {
            "name": _QUERY,
            "title": _words(pack, f"{name}.query"),
            "description": _words(pack, f"{name}.query.description"),
            "inputType": "text",
        }
        yield {
            "id": name,
            "type": "query",
            "context": ["compose", "commandBox"],
            "title": _words(pack, f"{name}.title"),
            "description": _words(pack, f"{name}.description"),
            "initialRun": True,
            "parameters": [query],
        }


def _words(pack: LanguagePack, name: str) -> str:
    return pack.catalog.text(f"teams.{name}").strip()
