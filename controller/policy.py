"""The policy: what the findings of the checks mean for an edit, and how much is allowed at once."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from controller.actor import Actor, Tier
from controller.plan import Decision, Reason, Verdict
from controller.screening.thresholds import ScreeningThresholds
from kg_data.errors import BadFile


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check: a verdict with its reason."""

    verdict: Verdict
    reason: Reason


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TierVerdicts(_Model):
    """The verdicts of one code, by trust tier."""

    new: Verdict
    known: Verdict
    curator: Verdict

    def of(self, tier: Tier) -> Verdict:
        """Return the verdict for a tier."""
        return {Tier.NEW: self.new, Tier.KNOWN: self.known, Tier.CURATOR: self.curator}[tier]


class Limits(_Model):
    """How much one edit may do.

    Attributes:
        derived: facts that may follow from an edit without a reviewer.
        facts: facts of one request whose questions are worked out before a reviewer agrees.
        two_approvers: codes of findings that two people have to agree to.
    """

    derived: int = 500
    facts: int = 50
    two_approvers: frozenset[str] = frozenset()


class Policy(_Model):
    """The verdicts of all codes, and the limits; see ``controller/policy.toml``.

    Raises:
        BadFile: ``load`` was given a file that is not a policy.
    """

    verdicts: Mapping[str, TierVerdicts]
    limits: Limits = Limits()
    screening: ScreeningThresholds = ScreeningThresholds()

    @classmethod
    def shipped(cls) -> Self:
        """Return the policy that comes with OneEdit."""
        return cls._validated(_shipped_path(), _read(_shipped_path()))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the shipped policy with the entries of a file in place of its own."""
        base, own = _read(_shipped_path()), _read(path)
        unknown = sorted(set(own.get("verdicts", {})) - set(base["verdicts"]))
        if unknown:
            raise BadFile(path, None, f"no check has the code {', '.join(unknown)}")
        merged = {table: base.get(table, {}) | own.get(table, {}) for table in {*base, *own}}
        return cls._validated(path, merged)

    def finding(self, reason: Reason, actor: Actor) -> Finding:
        """Return a finding with the verdict of its reason's code for an actor."""
        return Finding(self.verdicts[reason.code].of(actor.tier), reason)

    def decide(self, reasons: Iterable[Reason], actor: Actor) -> Decision:
        """Return the decision on a change for these reasons."""
        return decide((self.finding(each, actor) for each in reasons), changed=True)

    def approvals(self, reasons: Iterable[Reason]) -> int:
        """Return how many people have to agree to an edit with these reasons."""
        return 2 if any(each.code in self.limits.two_approvers for each in reasons) else 1

    @classmethod
    def _validated(cls, path: Path, content: Mapping[str, object]) -> Self:
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise BadFile(path, None, f"{place}: {first['msg']}") from error


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


def _shipped_path() -> Path:
    return Path(str(files("controller") / "policy.toml"))


def _read(path: Path) -> dict[str, dict[str, object]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadFile(path, None, str(error)) from error
    if not all(isinstance(table, dict) for table in content.values()):
        raise BadFile(
            path, None, "a policy has only the tables [verdicts], [limits] and [screening]"
        )
    return content
