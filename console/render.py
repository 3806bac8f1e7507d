"""Templates to HTML: everything is escaped, and a name that is not there is an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from console.routing import NavEntry

TEMPLATES = Path(__file__).parent / "templates"


@cache
def _environment() -> Environment:
    """One for the process: a template is compiled once, which takes 30 ms."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


class Renderer:
    """All templates, with what every page needs."""

    def __init__(
        self, base: str, assets: Mapping[str, str], languages: Sequence[str], navigation: Sequence[NavEntry]
    ) -> None:
        """``base`` is the console's path as browsers see it; ``assets``: served name by file name."""
        self.base, self.navigation = base, tuple(navigation)
        self._environment = _environment()
        self._shared = {"languages": tuple(languages), "asset": lambda name: f"{base}/static/{assets[name]}"}

    def html(self, template: str, values: Mapping[str, object]) -> str:
        """The page. Raises `jinja2.TemplateError`."""
        return self._environment.get_template(template).render({**self._shared, **values})
