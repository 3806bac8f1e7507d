"""The example of docs/add-a-dialog.md is a form."""

from __future__ import annotations

import re
from pathlib import Path

from dialogs.form import Form
from dialogs.forms import FORMS

PAGE = (Path(__file__).parents[2] / "docs" / "add-a-dialog.md").read_text(encoding="utf-8")


def test_the_example_is_a_form_of_its_own() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(code, "docs/add-a-dialog.md", "exec"), names)
    form = names["WEBINAR"]
    assert isinstance(form, Form)
    assert form.name not in FORMS
    assert [field.name for field in form.fields] == ["display-name", "day"]
