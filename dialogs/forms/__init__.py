"""The guided dialogs, one file each. To add one, write its file and name it here."""

from __future__ import annotations

from collections.abc import Mapping

from dialogs.form import Form
from dialogs.forms.directory_listing import DIRECTORY_LISTING
from dialogs.forms.eligibility import ELIGIBILITY
from dialogs.forms.kpi_discrepancy import KPI_DISCREPANCY
from dialogs.forms.message import MESSAGE
from dialogs.reply import Button, Press, Text

FORMS: Mapping[str, Form] = {form.name: form for form in (ELIGIBILITY, DIRECTORY_LISTING, KPI_DISCREPANCY, MESSAGE)}


def starts() -> tuple[Button, ...]:
    """A button for every form."""
    return tuple(Button(Text(f"{name}.start"), Press({"do": "start", "form": name})) for name in FORMS)
