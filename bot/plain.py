"""Replies as text alone: for channels without cards, and as the fallback of every card."""

from __future__ import annotations

from bot.cards import MARKS, numbered, past_line, source_line, sourced
from dialogs.reply import (
    Block,
    Button,
    EntryAnswer,
    Input,
    Inputs,
    Open,
    Paragraph,
    Press,
    Reply,
    Row,
    SourceLine,
    Steps,
    Table,
)
from dialogs.speaking import Speaker


def markdown_text(reply: Reply, speaker: Speaker) -> str:
    """The whole reply as Markdown; choices are numbered, questions to ask are listed."""
    parts = [_text(block, source, speaker) for block, source in sourced(reply.blocks, speaker)]
    parts.append(_buttons(reply.buttons, speaker))
    return "\n\n".join(part for part in parts if part)


def _text(block: Block, source: str, speaker: Speaker) -> str:
    match block:
        case Paragraph(words, emphasis):
            text = speaker.markdown(words)
            if emphasis not in ("heading", "strong"):
                return text
            return f"**{text.replace('**', '')}**"  # marks of ours inside would end it; those of users are escaped
        case EntryAnswer(entry):
            return "\n\n".join(filter(None, (_answer(entry, speaker), _source(source, speaker))))
        case Table(rows):
            return "\n".join(_row(row, speaker) for row in rows)
        case Steps(items):
            return numbered([speaker.markdown(item) for item in items])
        case SourceLine():
            return _source(source, speaker)
        case Inputs(inputs):
            return "\n".join(_input(one, speaker) for one in inputs)


def _input(shown: Input, speaker: Speaker) -> str:
    value = speaker.markdown(shown.value) if shown.value else "…"
    named = {given: words for words, given in shown.choices}
    if shown.value and speaker.label(shown.value) in named:
        value = speaker.markdown(named[speaker.label(shown.value)])
    error = f" ({speaker.markdown(shown.error)})" if shown.error else ""
    return f"- {speaker.markdown(shown.label)}: {value}{error}"


def _source(source: str, speaker: Speaker) -> str:
    return source_line(source, speaker) if source else ""


def _row(row: Row, speaker: Speaker) -> str:
    mark = f"{MARKS[row.state]} " if row.state else ""
    return f"- {speaker.markdown(row.label)}: {mark}{speaker.markdown(row.value)}"


def _answer(entry_id: str, speaker: Speaker) -> str:
    entry = speaker.pack.knowledge.entries[entry_id]
    parts = [entry.answer.strip(), numbered(list(entry.steps))]
    parts.append(past_line(entry, speaker))
    if entry.erratum:
        parts.append(f"**{speaker.sentence('answer.erratum')}** {entry.erratum}")
    return "\n\n".join(part for part in parts if part)


def _buttons(buttons: tuple[Button, ...], speaker: Speaker) -> str:
    lines, number = [], 0
    for button in (one for one in buttons if not one.needs_card):
        label = speaker.label(button.label)
        match button.action:
            case Open(link):
                lines.append(f"- [{label}]({speaker.library.program.link(link)})")
            case Press():
                number += 1
                lines.append(f"{number}. {label}")
            case _:
                lines.append(f"- {label}")
    hint = [speaker.sentence("choices.hint")] if number else []
    return "\n".join(lines + ([""] if hint else []) + hint)
