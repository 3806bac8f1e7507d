"""Everything that can be said about content before it is published: what `python -m faq check` shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Protocol

from faq.curate.check import language_findings
from faq.curate.overmatch import SURELY, near_duplicates, overmatched
from faq.draft import Draft, Finding, Severity, Written
from faq.files import ELSEWHERE, OPTIONAL, REQUIRED
from faq.lint import editorial_findings
from faq.load import make_library
from faq.model import Answers, Kind, KnowledgeBase, MatchResult, NoMatch, Suggestions
from faq.reading import read_content
from program.document import Place
from program.spelling import did_you_mean

__all__ = ["Asked", "Finding", "MatcherFactory", "Severity", "check"]


class Asked(Protocol):
    """A matcher, as far as test questions need one."""

    def match(self, utterance: str, language: str) -> MatchResult:
        """Answers, suggestions or nothing."""
        ...


MatcherFactory = Callable[[Mapping[str, KnowledgeBase]], Asked]
"""Makes a matcher of the knowledge bases by language, as `faq.matcher.Matcher` does."""


def check(
    folder: Path, today: date, matcher_factory: MatcherFactory | None = None, *, overmatch: float | None = None
) -> list[Finding]:
    """All findings in ``folder`` (``content/``), by file and line; never raises for what is written there.

    Content is fit to be loaded when there is no error, and the ``expect`` lines are asked when it is and a
    matcher is given. ``overmatch`` also asks every phrasing without itself, and is the probability (0 to 1) from which
    it is told that another entry would answer.
    """
    content = read_content(folder)
    findings = [Finding.of(error) for error in content.errors]
    findings += _misnamed_files(folder)
    findings += language_findings(folder, content)
    for draft in content.drafts.values():
        findings += editorial_findings(draft, today)
    if matcher_factory and content.program and not content.errors:
        bases = make_library(content, content.program).knowledge_bases
        matcher = matcher_factory(bases)
        for draft in content.drafts.values():
            findings += _unexpected_answers(draft, matcher)
            findings += _taken(draft, bases[draft.language], overmatch)
    return sorted(findings, key=lambda finding: (finding.file, finding.line, finding.column, finding.text))


def _misnamed_files(folder: Path) -> Iterator[Finding]:
    """Files that nobody reads because their name is nearly right."""
    names = (*REQUIRED, *OPTIONAL)
    for path in sorted(folder.glob("*/*.y*ml")):
        hint = did_you_mean(path.name, names)
        if hint and path.name not in (*names, *ELSEWHERE):
            place = Place(f"{folder.resolve().name}/{path.relative_to(folder).as_posix()}", 1, 1)
            yield Finding.warning(place, f"this file is not read: rename it{hint}")


def _unexpected_answers(draft: Draft, matcher: Asked) -> Iterator[Finding]:
    for written in draft.entries:
        for place, line in written.questions("expect"):
            result = matcher.match(line, draft.language)
            if not _is_expected(result, written):
                text = f"this test question {_told(result)}, and belongs to `{written.entry.id}`: add phrasings"
                yield Finding.error(place, text)


def _taken(draft: Draft, base: KnowledgeBase, overmatch: float | None) -> Iterator[Finding]:
    """Phrasings that belong to two entries, as far as a matcher can see."""
    written = draft.by_id()
    for taken in near_duplicates(base):
        text = f"this is nearly a phrasing of `{taken.by}` ({taken.line}): keep it with the entry that answers it"
        yield Finding.error(written[taken.entry].place("phrasings", taken.number), text)
    for taken in overmatched(base) if overmatch is not None else ():
        if taken.score < (overmatch or 0):
            continue
        place = written[taken.entry].place("phrasings", taken.number)
        told = f"without this line, `{taken.by}` would answer it ({taken.score:.0%}, {taken.line})"
        if taken.score >= SURELY:
            yield Finding.error(place, f"{told}: move it there, or say what makes it another question")
        else:
            yield Finding.warning(place, f"{told}: is it the right place?")


def _is_expected(result: MatchResult, written: Written) -> bool:
    """An answer is answered first; a topic is recognized and not answered."""
    if written.entry.kind is Kind.OUT_OF_SCOPE:
        return isinstance(result, NoMatch) and result.topic == written.entry.id
    return isinstance(result, Answers) and result.parts[0].candidate.entry == written.entry.id


def _told(result: MatchResult) -> str:
    match result:
        case Answers(parts):
            return f"is answered by `{parts[0].candidate.entry}`"
        case Suggestions(candidates):
            return f"only offers {', '.join(f'`{candidate.entry}`' for candidate in candidates)}"
        case NoMatch(topic=topic):
            return f"finds the topic `{topic}`" if topic else "finds nothing"
