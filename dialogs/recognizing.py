"""What the knowledge base makes of a message while a form is open, or might open."""

from __future__ import annotations

from dataclasses import dataclass

from dialogs.decision import Knowledge
from faq.model import Answers, Kind, MatchContext

NO_CONTEXT = MatchContext()

SURE = 0.97
"""Score from which a question was asked word for word."""
SURE_OF_TALK = 0.75
"""The same for small talk, which has few words: "thanks" is no company."""


@dataclass(frozen=True, slots=True)
class Recognizer:
    """The knowledge base in one language."""

    knowledge: Knowledge
    language: str
    context: MatchContext = NO_CONTEXT
    """What the open form makes probable."""

    def is_known(self, text: str) -> bool:
        """Whether the knowledge base surely answers this text."""
        return isinstance(self.knowledge.matcher.match(text, self.language, self.context), Answers)

    def is_phrase(self, text: str) -> bool:
        """Whether the text is, word for word, a question or small talk of the knowledge base."""
        kind, score = self.best(text)
        return kind is not None and score >= (SURE_OF_TALK if kind is Kind.SMALL_TALK else SURE)

    def is_order(self, text: str) -> bool:
        """Whether the text asks, word for word, for something that the bot does: "status" is no country."""
        kind, score = self.best(text)
        return kind is Kind.COMMAND and score >= SURE

    def dialog_of(self, text: str) -> str | None:
        """The dialog that the text asks for."""
        result = self.knowledge.matcher.match(text, self.language)
        if not isinstance(result, Answers):
            return None
        entry = self.knowledge.library.languages[self.language].knowledge.entries[result.parts[0].candidate.entry]
        return entry.starts if entry.kind is Kind.COMMAND else None

    def best(self, text: str) -> tuple[Kind | None, float]:
        """Kind and score of the entry that answers the text, word for word from `SURE`; no kind when none does."""
        result = self.knowledge.matcher.match(text, self.language)
        if not isinstance(result, Answers):
            return None, 0.0
        best = result.parts[0].candidate
        return self.knowledge.library.languages[self.language].knowledge.entries[best.entry].kind, best.score
