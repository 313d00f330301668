"""From a plan to patches on trial, and the model's own answers before and after."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from controller.plan import Decision, EditPlan, Reason, Verdict
from controller.questions.portability import is_held_out
from editor.evaluation.report import Report
from editor.request import EditRequest
from kg_data.phrases import Phrases, Split
from kg_data.questions import UNKNOWN, Kind, Question
from oneedit.edits.known import within_knowledge
from oneedit.edits.progress import StageTimer
from oneedit.knowledge.knowledge import Knowledge
from oneedit.ledger.events import NEW_VERSION, GateSummary, LivePatch
from oneedit.ports import EditorPort, PatchPort
from oneedit.results import AnswerChange
from oneedit.state.projector import Projector

MAX_ANSWERS = 3
"""Edited slots about which the model is asked before and after."""

CANDIDATES = 3
"""Chains that are looked at for each one that is taught; the model may not know their facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A list of patches as it would be applied, and the report of its check.

    Attributes:
        live: the whole list, as the ledger will record it.
        patches: the same list.
        fresh: those of it that were solved now and are not stored yet.
        report: the report; None if there was nothing to check.
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
    def summary(self) -> GateSummary:
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
    """Lets the editor solve and check; the live model is the same before and after.

    Attributes:
        editor: the model.
        projector: loads and stores patches.
        phrases: words for questions.
        max_chains: changed chains that an edit teaches at most, step by step; a consolidation
            teaches the others, and all of them directly as well.
        knowledge: returns what the base model was found to know; nothing by default.
    """

    editor: EditorPort
    projector: Projector
    phrases: Phrases
    max_chains: int
    knowledge: Callable[[], Knowledge] = Knowledge

    def refuse_unwritable(self, plan: EditPlan) -> EditPlan:
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

    def committed(self, live: Sequence[LivePatch]) -> Trial:
        """Return a committed list as a trial, for others to build upon."""
        return Trial(live=tuple(live), patches=tuple(self.projector.load(live)))

    def request(self, plan: EditPlan, below: Trial, *, edits: int = 1) -> EditRequest:
        """Return what the editor must make true for a plan on top of a list, and keep.

        Args:
            plan: the plan.
            below: the list.
            edits: how many edits the plan is for.
        """
        plan = within_knowledge(plan, self.knowledge(), below=below.patches)
        most = self.max_chains * edits
        chains = taught(plan, self.editor, on=below.patches, most=most)
        return EditRequest(targets=plan.targets + chains, keep=plan.keep)

    def solve(
        self,
        request: EditRequest,
        below: Trial,
        timer: StageTimer,
        *,
        also: Sequence[Question] = (),
        instead_of: Sequence[PatchPort] | None = None,
    ) -> Trial:
        """Return a list with a patch for the request on top; the list itself if it asks nothing.

        The fallback method is tried if the default does not pass; if neither does, the better
        trial is returned.

        Args:
            request: what the patch must make true.
            below: the list the patch goes on top of, fresh patches of it included.
            timer: counts the time.
            also: what else must be true, without being taught.
            instead_of: the list of today, if that is another than the one below.
        """
        if not request.targets:
            return below
        checked = replace(request, targets=(*request.targets, *also))
        today = below.patches if instead_of is None else instead_of
        return first_passing(
            self._on_top(method, request, below, timer, checked=checked, today=today)
            for method in self.editor.attempts
        )

    def fit(
        self, request: EditRequest, below: Trial, timer: StageTimer, *, method: str | None = None
    ) -> Trial:
        """Return a list with a patch for the request on top, unchecked."""
        with timer.stage("solve") as progress:
            patch = self.editor.solve(request, on=below.patches, method=method, progress=progress)
        return Trial(
            live=(*below.live, LivePatch(NEW_VERSION, patch.sha256)),
            patches=(*below.patches, patch),
            fresh=(*below.fresh, patch),
        )

    def check(
        self,
        request: EditRequest,
        trial: Trial,
        *,
        instead_of: Sequence[PatchPort],
        timer: StageTimer,
    ) -> Report:
        """Ask a request's questions under a list on trial; ``instead_of`` is the list of today."""
        with timer.stage("check"):
            return self.editor.check(request, trial.patches, instead_of=instead_of)

    def solve_again(
        self,
        kept: Mapping[LivePatch, PatchPort],
        again: Mapping[LivePatch, EditRequest],
        *,
        also: EditRequest,
        instead_of: Sequence[PatchPort],
        timer: StageTimer,
    ) -> Trial:
        """Return a list in which some edits have new patches, solved on top of the others.

        Args:
            kept: the patches that stay, in their order.
            again: by the place of the old patch, what the new one must make true; an edit that
                has nothing left to make true gets no patch.
            also: what else is checked.
            instead_of: the list of today.
            timer: counts the time.
        """
        methods = self.editor.attempts if again else self.editor.attempts[:1]
        return first_passing(
            self._in_place(method, kept, again, timer, also=also, today=instead_of)
            for method in methods
        )

    def save(self, trial: Trial) -> str:
        """Store fresh patches durably; return the hash of the weights under the list."""
        for patch in trial.fresh:
            self.projector.patches.save(patch)
            self.projector.checkpoint("patch.saved")
        return self.editor.trial_hash(trial.patches)

    def answers_before(self, plan: EditPlan) -> tuple[AnswerChange, ...]:
        """Ask the model about the edited slots, one plain question each."""
        targets = [each for each in plan.targets if each.kind is Kind.RELIABILITY]
        prompts = [self.phrases.prompts(target, [Split.TEACH]) for target in targets[:MAX_ANSWERS]]
        questions = [next(each.text for each in found if each.chat) for found in prompts]
        return tuple(AnswerChange(text, self.editor.ask(text), "") for text in questions)

    def answers_after(self, before: Sequence[AnswerChange]) -> tuple[AnswerChange, ...]:
        """Ask the same questions once more."""
        return tuple(replace(each, after=self.editor.ask(each.question)) for each in before)

    def _on_top(
        self,
        method: str,
        request: EditRequest,
        below: Trial,
        timer: StageTimer,
        *,
        checked: EditRequest,
        today: Sequence[PatchPort],
    ) -> Trial:
        """Solve a request on top of a list with one method, and check it."""
        trial = self.fit(request, below, timer, method=method)
        report = self.check(checked, trial, instead_of=today, timer=timer)
        return replace(trial, report=report)

    def _in_place(
        self,
        method: str,
        kept: Mapping[LivePatch, PatchPort],
        again: Mapping[LivePatch, EditRequest],
        timer: StageTimer,
        *,
        also: EditRequest,
        today: Sequence[PatchPort],
    ) -> Trial:
        """Solve some edits of a list anew with one method, and check all of them."""
        entries, fresh = dict(kept), list[PatchPort]()
        for entry, request in again.items():
            if not request.targets:
                continue
            on = [*kept.values(), *fresh]
            with timer.stage("solve") as progress:
                patch = self.editor.solve(request, on=on, method=method, progress=progress)
            entries[LivePatch(entry.edit, patch.sha256)] = patch
            fresh.append(patch)
        live = tuple(sorted(entries, key=lambda entry: entry.edit))
        patches = tuple(entries[entry] for entry in live)
        targets = [target for request in again.values() for target in request.targets]
        checked = replace(also, targets=(*also.targets, *targets))
        with timer.stage("check"):
            report = self.editor.check(checked, patches, instead_of=today)
        return Trial(live=live, patches=patches, fresh=tuple(fresh), report=report)


def first_passing(trials: Iterable[Trial]) -> Trial:
    """Return the first trial that passes, running no other after it; else the best of them."""
    failed: list[Trial] = []
    for trial in trials:
        if trial.passed:
            return trial
        failed.append(trial)
    return max(failed, key=lambda each: each.rank)


def unwritable(plan: EditPlan, editor: EditorPort) -> list[str]:
    """Return the answers of a plan, those of chains aside, that the model cannot write."""
    answers = list(dict.fromkeys(target.answer for target in plan.targets))
    possible = editor.can_write(answers)
    return [answer for answer, can in zip(answers, possible, strict=True) if not can]


def taught(
    plan: EditPlan, editor: EditorPort, *, on: Sequence[PatchPort], most: int | None = None
) -> tuple[Question, ...]:
    """Return the consequences that the model can follow and that are not held out.

    Chains that end at a slot which was emptied without being edited come last, and take at most a
    third of the places if others want them; there may be hundreds of them.

    Args:
        plan: the plan.
        editor: the model.
        on: the list of patches under which it is asked what it knows.
        most: chains at most, over as many different relations as there are; None for all.
    """
    if most == 0:
        return ()
    edited = {each.slot for each in plan.targets if each.kind is Kind.RELIABILITY}
    chains = [chain for chain in plan.consequences if not is_held_out(chain)]
    emptied = [each.answer == UNKNOWN and each.slots[-1] not in edited for each in chains]
    first = [chain for chain, is_empty in zip(chains, emptied, strict=True) if not is_empty]
    last = [chain for chain, is_empty in zip(chains, emptied, strict=True) if is_empty]
    if most is None:
        return followed(replace(plan, consequences=(*first, *last)), editor, on=on)
    candidates = CANDIDATES * most
    first, last = _by_path_in_turn(first)[:candidates], _by_path_in_turn(last)[:candidates]
    slots = {slot for chain in (*first, *last) for slot in chain.slots}
    links = tuple(link for link in plan.links if link.slot in slots)
    known = followed(replace(plan, consequences=(*first, *last), links=links), editor, on=on)
    found = set(known)
    first, last = [[each for each in part if each in found] for part in (first, last)]
    own = most - min(len(last), most // 3)
    return (*first[:own], *last)[:most]


def _by_path_in_turn(chains: Iterable[Question]) -> list[Question]:
    """Return chains in an order in which each path of relations has its turn."""
    by_path: dict[tuple[str, ...], list[Question]] = {}
    for chain in chains:
        by_path.setdefault(chain.path, []).append(chain)
    turns = zip_longest(*by_path.values())
    return [chain for turn in turns for chain in turn if chain is not None]


def followed(
    plan: EditPlan, editor: EditorPort, *, on: Sequence[PatchPort]
) -> tuple[Question, ...]:
    """Return the consequences that the model can follow under a list, the shorter chains first.

    A chain is worth teaching only where the model knows the facts it passes through; what only
    the graph knows, the graph answers. A chain that ends at an empty slot passes through the hops
    before it.
    """
    links = zip(plan.links, editor.knows(plan.links, on=on), strict=True)
    known = {link.slot for link, right in links if right}
    known.update(target.slot for target in plan.targets)
    return tuple(chain for chain in plan.consequences if known.issuperset(chain.slots))
