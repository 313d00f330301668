"""The approval of a plan by reviewers, and what two plans must share to mean the same."""

from dataclasses import astuple, dataclass

from controller.plan import EditPlan
from kg_data.triples import Triple


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What reviewers have agreed to.

    Attributes:
        plan: the plan that they have seen.
        approvers: their names.
        below_gate: whether the edit may be committed although its check did not pass.
        self_confirmed: whether one of them is the only user of an installation without accounts.
    """

    plan: EditPlan
    approvers: tuple[str, ...]
    below_gate: bool = False
    self_confirmed: bool = False

    def covers(self, plan: EditPlan) -> bool:
        """Tell whether a plan means what was approved."""
        return same_meaning(self.plan, plan)


def same_meaning(one: EditPlan, other: EditPlan) -> bool:
    """Tell whether two plans change the same facts, with the same dates, for the same reasons.

    Reasons are compared by their codes: the figures in their sentences may change with time.
    """
    return _meaning(one) == _meaning(other)


def _meaning(plan: EditPlan) -> tuple[object, ...]:
    changes, decision = plan.changes, plan.decision
    groups = (
        changes.added,
        changes.retracted,
        changes.derived_added,
        changes.derived_retracted,
    )
    codes = frozenset(reason.code for reason in decision.reasons)
    entities = frozenset((*plan.entities, *plan.removed_entities))
    return (*map(_rows, groups), entities, decision.verdict, codes)


def _rows(facts: tuple[Triple, ...]) -> frozenset[tuple[object, ...]]:
    return frozenset(astuple(fact) for fact in facts)  # dates count, unlike in ``==``
