"""From a plan to patches that were tried, and the model's own answers before and after."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from controller.plan import Decision, EditPlan, Reason, Verdict
from editor.evaluation.report import Report
from editor.request import EditRequest
from kg_data.phrases import Phrases, Split
from kg_data.questions import Kind, Question
from oneedit.edits.progress import StageTimer
from oneedit.ledger.events import THIS, GateSummary, LivePatch
from oneedit.ports import EditorPort, PatchPort
from oneedit.results import AnswerChange
from oneedit.state.projector import Projector

MOST_TOLD = 3
"""Told slots about which the model is asked before and after."""

METHODS_TRIED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A list of patches as it would be attached, and how the check of it went.

    Attributes:
        live: the whole list, as the ledger will record it.
        patches: the same list.
        fresh: those of it that were solved now and are nowhere else yet.
        report: how the check went; None if there was nothing to check.
    """

    live: tuple[LivePatch, ...]
    patches: tuple[PatchPort, ...]
    fresh: tuple[PatchPort, ...] = ()
    report: Report | None = None

    @property
    def passed(self) -> bool:
        """Tell whether the list may be committed."""
        return self.report is None or self.report.passed

    @property
    def outcome(self) -> GateSummary:
        """Return the report's figures."""
        if self.report is None:
            return GateSummary()
        scores = {name: (score.right, score.asked) for name, score in self.report.scores.items()}
        return GateSummary(self.report.passed, scores, self.report.shortfalls)

    @property
    def rank(self) -> tuple[int, float]:
        """Order trials that did not pass: fewest shortfalls, then highest scores."""
        if self.report is None:
            return 0, 0.0
        return -len(self.report.shortfalls), sum(each.share for each in self.report.scores.values())


@dataclass(frozen=True, kw_only=True)
class TrialRunner:
    """Lets the editor solve and check; the live model is the same before and after."""

    projector: Projector
    phrases: Phrases
    most_chains: int

    @property
    def editor(self) -> EditorPort:
        """Return the model."""
        return self.projector.editor

    def possible(self, plan: EditPlan) -> EditPlan:
        """Return the plan, blocked if the model cannot write what it would have to answer."""
        if plan.decision.verdict in {Verdict.BLOCK, Verdict.NOTHING}:
            return plan
        reasons = tuple(
            Reason(
                "unwritable",
                f'The model cannot write "{answer}": it does not tell a part of that name from '
                "others that it hardly saw in training, so that no edit can teach it. "
                "Serve a model that knows the name, or tell another object.",
            )
            for answer in unwritable(plan, self.editor)
        )
        return replace(plan, decision=Decision(Verdict.BLOCK, reasons)) if reasons else plan

    def on(self, live: Sequence[LivePatch]) -> Trial:
        """Return a list that is committed, for others to build upon."""
        return Trial(live=tuple(live), patches=tuple(self.projector.load(live)))

    def request(self, plan: EditPlan, below: Trial) -> EditRequest:
        """Return what the editor must make true for a plan on top of a list, and keep."""
        chains = followed(plan, self.editor, on=below.patches)[: self.most_chains]
        return EditRequest(targets=plan.targets + chains, keep=plan.keep)

    def solve(
        self,
        request: EditRequest,
        below: Trial,
        watch: StageTimer,
        *,
        also: Sequence[Question] = (),
        instead_of: Sequence[PatchPort] | None = None,
    ) -> Trial:
        """Return a list with a patch for the request on top; none if it asks nothing.

        Args:
            request: what the patch must make true.
            below: the list it goes upon, fresh patches of it included.
            watch: counts the time.
            also: what must be true besides, and is not told again.
            instead_of: the list of today, if that is another than the one below.
        """
        if not request.targets:
            return below
        asked = replace(request, targets=(*request.targets, *also))
        today = below.patches if instead_of is None else instead_of

        def attempt(method: str) -> Trial:
            with watch.stage("solve") as done:
                patch = self.editor.solve(request, on=below.patches, method=method, progress=done)
            patches = (*below.patches, patch)
            with watch.stage("check"):
                report = self.editor.check(asked, patches, instead_of=today)
            return Trial(
                live=(*below.live, LivePatch(THIS, patch.sha256)),
                patches=patches,
                fresh=(*below.fresh, patch),
                report=report,
            )

        return self.best(attempt)

    def solve_again(
        self,
        standing: Mapping[LivePatch, PatchPort],
        again: Mapping[LivePatch, EditRequest],
        *,
        also: EditRequest,
        instead_of: Sequence[PatchPort],
        watch: StageTimer,
    ) -> Trial:
        """Return a list in which some edits have new patches, solved on top of the others.

        Args:
            standing: the patches that stay, in their order.
            again: by the place of the old patch, what the new one must make true; an edit that
                has nothing left to make true goes without.
            also: what is checked besides.
            instead_of: the list of today.
            watch: counts the time.
        """

        def attempt(method: str) -> Trial:
            places, fresh = dict(standing), list[PatchPort]()
            for place, request in again.items():
                if not request.targets:
                    continue
                with watch.stage("solve") as done:
                    patch = self.editor.solve(
                        request, on=[*standing.values(), *fresh], method=method, progress=done
                    )
                places[LivePatch(place.edit, patch.sha256)] = patch
                fresh.append(patch)
            live = tuple(sorted(places, key=lambda place: place.edit))
            patches = tuple(places[place] for place in live)
            targets = [target for request in again.values() for target in request.targets]
            asked = replace(also, targets=(*also.targets, *targets))
            with watch.stage("check"):
                report = self.editor.check(asked, patches, instead_of=instead_of)
            return Trial(live=live, patches=patches, fresh=tuple(fresh), report=report)

        return self.best(attempt) if again else attempt(self.editor.methods[0])

    def best(self, attempt: Callable[[str], Trial]) -> Trial:
        """Try the default method, then one other; return the first that passes, or the better."""
        trials: list[Trial] = []
        for method in self.editor.methods[:METHODS_TRIED]:
            trial = attempt(method)
            if trial.passed:
                return trial
            trials.append(trial)
        return max(trials, key=lambda each: each.rank)

    def keep(self, trial: Trial) -> str:
        """Make fresh patches durable; return the hash of the weights under the list."""
        for patch in trial.fresh:
            self.projector.patches.save(patch)
            self.projector.checkpoint("patch.saved")
        return self.editor.trial_hash(trial.patches)

    def ask_told(self, plan: EditPlan) -> tuple[AnswerChange, ...]:
        """Ask the model about the told slots, in a plain question each."""
        targets = [each for each in plan.targets if each.kind is Kind.RELIABILITY]
        prompts = [self.phrases.prompts(target, [Split.TEACH]) for target in targets[:MOST_TOLD]]
        questions = [next(each.text for each in found if each.chat) for found in prompts]
        return tuple(AnswerChange(text, self.editor.ask(text), "") for text in questions)

    def ask_again(self, told: Sequence[AnswerChange]) -> tuple[AnswerChange, ...]:
        """Ask the same questions once more."""
        return tuple(replace(each, after=self.editor.ask(each.question)) for each in told)


def unwritable(plan: EditPlan, editor: EditorPort) -> list[str]:
    """Return the answers of a plan, those of chains aside, that the model cannot write."""
    answers = list(dict.fromkeys(target.answer for target in plan.targets))
    possible = editor.can_write(answers)
    return [answer for answer, can in zip(answers, possible, strict=True) if not can]


def followed(
    plan: EditPlan, editor: EditorPort, *, on: Sequence[PatchPort]
) -> tuple[Question, ...]:
    """Return the consequences that the model can follow under a list, the shorter chains first.

    A chain is worth teaching only where the model knows the facts that it passes through; what
    the graph alone knows, the graph answers. One that ends at a hop that holds nothing passes
    through those before it.
    """
    links = zip(plan.links, editor.knows(plan.links, on=on), strict=True)
    known = {link.slot for link, right in links if right}
    known.update(target.slot for target in plan.targets)
    return tuple(chain for chain in plan.consequences if known.issuperset(chain.slots))
