"""How carefully a proposal should be looked at, by the policy's verdicts on its reasons."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from controller.plan import Verdict
from controller.policy import Policy


class Risk(StrEnum):
    """How carefully a proposal should be looked at, the most carefully first."""

    HIGH = "high"  # a newcomer would be refused for a reason, or two people have to agree
    MEDIUM = "medium"  # even a known editor may not do this without a review
    LOW = "low"


@dataclass(frozen=True)
class RiskScale:
    """Tells the risk of reasons by their codes.

    Attributes:
        policy: has a verdict on every code, and names those that two people have to agree to.
    """

    policy: Policy

    @cached_property
    def high(self) -> frozenset[str]:
        """Return the codes of high risk."""
        blocked = {code for code, each in self.policy.verdicts.items() if each.new is Verdict.BLOCK}
        return frozenset(blocked | self.policy.limits.two_approvers)

    @cached_property
    def medium(self) -> frozenset[str]:
        """Return the codes of medium risk."""
        held = {code for code, each in self.policy.verdicts.items() if each.known is Verdict.REVIEW}
        return frozenset(held - self.high)

    def of(self, codes: Iterable[str]) -> Risk:
        """Return the risk of reasons: that of the most severe one."""
        found = set(codes)
        if found & self.high:
            return Risk.HIGH
        return Risk.MEDIUM if found & self.medium else Risk.LOW
