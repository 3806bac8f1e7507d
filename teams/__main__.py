"""``python -m teams``: settings and content, wired for the command line."""

from __future__ import annotations

import sys

from faq.load import load_library
from program.document import ContentErrors
from settings import SettingsError, load_settings
from teams.cli import Desk, app
from teams.manifest import TeamsApp


def _desk(version: str) -> Desk:
    settings = load_settings()
    described = TeamsApp(
        bot_id=settings.app_id,
        version=version,
        public_url=settings.public_url,
        developer=settings.teams_developer,
        website_url=settings.teams_website_url,
        privacy_url=settings.teams_privacy_url,
        terms_url=settings.teams_terms_url,
    )
    return Desk(described, lambda: load_library(settings.content_dir))


def main() -> None:
    """Run the command; what cannot work is a line that says what to do."""
    try:
        app(prog_name="python -m teams", obj=_desk)
    except (SettingsError, ContentErrors, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
