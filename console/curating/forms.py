"""What was filled in on the page of a missed question, as a proposal."""

from __future__ import annotations

from collections.abc import Mapping

from console.errors import BadForm
from console.visit import Visit
from desk.curating import Proposal, Texts, lines_of, prose_of
from desk.missed import Cluster, Kind
from faq.library import Library

PROPOSED = (Kind.PHRASING, Kind.TOPIC, Kind.ENTRY)
OTHER = "-"
"""The choice of an entry that is not among the candidates."""


def proposal_of(visit: Visit, cluster: Cluster, library: Library) -> Proposal:
    """What the form says. Raises `BadForm` for what no page of ours sends."""
    said = typed(visit)
    kind = next((each for each in PROPOSED if each == visit.field("kind")), None)
    if kind is None:
        raise BadForm
    if kind is Kind.ENTRY or said.get("new") == "yes":
        new = {language: _texts(said, language) for language in library.languages}
        source = said.get("source", "") if kind is Kind.ENTRY else ""
        if source not in ("", *library.program.sources):
            raise BadForm
        as_of = visit.around.clock.now().date() if source else None
        return Proposal(kind, cluster.language, said.get("id", "").strip(), (), new, source, as_of)
    entry = said.get("entry", "")
    if entry in ("", OTHER):
        entry = said.get("other", "")
    return Proposal(kind, cluster.language, entry, lines_of(said.get("phrasings", "")))


def typed(visit: Visit) -> Mapping[str, str]:
    """The form, without what belongs to sending it."""
    return {name: values[0] for name, values in visit.form.items() if name not in ("csrf", "stamp", "how") and values}


def _texts(said: Mapping[str, str], language: str) -> Texts:
    title, answer, phrasings = (said.get(f"{name}-{language}", "") for name in ("title", "answer", "phrasings"))
    return Texts(" ".join(lines_of(title)), prose_of(answer), lines_of(phrasings))
