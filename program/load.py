"""Turns ``program.yaml`` into the `Program`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from program.check import program_faults
from program.document import ContentErrors, Document
from program.facts import Fact, Program
from program.pages import LandingPageRules
from program.rules import LevelRule, RequirementRule, Rules, StepRule
from program.schema import EligibilityBlock, LandingPageBlock, LevelBlock, ProgramFile, RequirementBlock, StepBlock
from program.shape import check_shape


def load_program(document: Document) -> Program:
    """The program's facts. Raises `ContentErrors`."""
    checked = check_shape(document, ProgramFile)
    if faults := list(program_faults(document, checked)):
        raise ContentErrors(faults)
    return Program(
        page_title=checked.page.title,
        as_of=checked.page.as_of,
        facts=checked.facts,
        links=checked.links,
        sources=checked.sources,
        page_address=checked.page.address,
        anchors=checked.anchors,
        eligibility=tuple(_rules(block, checked.facts) for block in checked.eligibility),
        landing_page=_landing_page(checked.landing_page),
    )


def _landing_page(block: LandingPageBlock) -> LandingPageRules:
    return LandingPageRules(**{name: frozenset(hosts) for name, hosts in block})


def _rules(block: EligibilityBlock, facts: Mapping[str, Fact]) -> Rules:
    needs = {name: _requirement(name, written, facts) for name, written in block.requirements.items()}
    return Rules(
        effective_from=block.effective_from,
        levels=tuple(_level(name, level, needs) for name, level in block.levels.by_name()),
        internal=_steps(block.steps.internal),
        not_yet=_steps(block.steps.not_yet),
        later=_steps(block.steps.later),
    )


def _level(name: str, block: LevelBlock, needs: Mapping[str, RequirementRule]) -> LevelRule:
    return LevelRule(name, tuple(needs[need] for need in block.needs), _steps(block.steps), block.held_by)


def _requirement(name: str, block: RequirementBlock, facts: Mapping[str, Fact]) -> RequirementRule:
    at_least = facts[block.at_least] if isinstance(block.at_least, str) else block.at_least
    if isinstance(at_least, int):
        return RequirementRule(name, block.answer, block.link, at_least)
    return RequirementRule(name, block.answer, block.link)


def _steps(blocks: Sequence[StepBlock]) -> tuple[StepRule, ...]:
    return tuple(StepRule(block.id, block.link, block.when) for block in blocks)
