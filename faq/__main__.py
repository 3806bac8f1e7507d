"""``python -m faq``: the curators' command line."""

from __future__ import annotations

from faq.cli import app

if __name__ == "__main__":
    app(prog_name="python -m faq")
