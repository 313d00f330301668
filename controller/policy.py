"""The policy: verdicts for the findings of the checks, and the facts that nobody may change."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from controller.actor import Actor
from controller.plan import Decision, Reason, Verdict
from kg_data.errors import BadFile
from kg_data.triples import Slot, Triple

VERDICTS: Mapping[str, Verdict] = {
    "duplicate": Verdict.NOTHING,
    "nothing": Verdict.NOTHING,
    "coverage": Verdict.APPLY,
    "reverse": Verdict.APPLY,
    "symmetric": Verdict.APPLY,
    "displaced_partner": Verdict.REVIEW,
    "new_subject": Verdict.REVIEW,
    "alias": Verdict.REVIEW,
    "type_unknown": Verdict.REVIEW,
    "rule_head": Verdict.REVIEW,
    "protected_consequence": Verdict.REVIEW,
    "type": Verdict.BLOCK,
    "same": Verdict.BLOCK,
    "cycle": Verdict.BLOCK,
    "literal": Verdict.BLOCK,
    "derived": Verdict.BLOCK,
    "protected": Verdict.BLOCK,
    "contradiction": Verdict.BLOCK,
    "unknown_relation": Verdict.BLOCK,
    "role": Verdict.BLOCK,
}
CURATORS_APPLY = frozenset({"displaced_partner", "new_subject"})
"""Codes that need no review if a reviewer or an administrator requests the edit."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check: a verdict with its reason."""

    verdict: Verdict
    reason: Reason


def make_finding(code: str, text: str, actor: Actor) -> Finding:
    """Return a finding with the verdict of its code."""
    verdict = VERDICTS[code]
    if actor.curator and code in CURATORS_APPLY:
        verdict = Verdict.APPLY
    return Finding(verdict, Reason(code, text))


def decide(findings: Iterable[Finding], *, changed: bool) -> Decision:
    """Return the decision on findings, which are in the order of the checks.

    The first BLOCK decides and is the only reason; else the verdict is NOTHING if nothing
    changes, REVIEW if any finding is, or APPLY.
    """
    findings = tuple(findings)
    for each in findings:
        if each.verdict is Verdict.BLOCK:
            return Decision(Verdict.BLOCK, (each.reason,))
    if not changed:
        return Decision(Verdict.NOTHING, _reasons(findings))
    if any(each.verdict is Verdict.REVIEW for each in findings):
        # the reasons for the review first
        ordered = sorted(findings, key=lambda each: each.verdict is not Verdict.REVIEW)
        return Decision(Verdict.REVIEW, _reasons(ordered))
    return Decision(Verdict.APPLY, _reasons(findings))


def _reasons(findings: Iterable[Finding]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(each.reason for each in findings))


@dataclass(frozen=True)
class BlockList:
    """Slots and relations that nobody may change and facts that nobody may assert, with reasons."""

    slots: Mapping[Slot, str] = field(default_factory=dict)
    relations: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[Triple, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a list from a TOML file with the tables ``slots``, ``relations`` and ``facts``.

        Raises:
            BadFile: the file is missing or is not such a list.
        """
        try:
            content = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
            raise BadFile(path, None, str(error)) from error
        return cls(
            slots={Slot(row.subject, row.relation): row.reason for row in content.slots},
            relations={row.relation: row.reason for row in content.relations},
            facts={
                Triple(row.subject, row.relation, row.object): row.reason for row in content.facts
            },
        )

    @classmethod
    def shipped(cls) -> Self:
        """Return the list that comes with OneEdit."""
        return cls.load(Path(str(files("kg_data") / "data" / "protected.toml")))

    def refusal(self, fact: Triple) -> str | None:
        """Return why a fact may not be asserted, or None if it may."""
        return self.facts.get(fact) or self.slot_refusal(fact.slot)

    def slot_refusal(self, slot: Slot) -> str | None:
        """Return why a slot may not be changed, or None if it may."""
        return self.slots.get(slot) or self.relations.get(slot.relation)


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    relation: str
    reason: str


class _SlotRow(_Row):
    subject: str


class _FactRow(_SlotRow):
    object: str


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    slots: tuple[_SlotRow, ...] = ()
    relations: tuple[_Row, ...] = ()
    facts: tuple[_FactRow, ...] = ()
