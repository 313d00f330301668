"""Make edits and ask: the score table of a method."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from controller.plan import EditPlan
from editor.errors import EditorError
from editor.patch import LowRankPatch
from editor.request import EditRequest
from kg_data.phrases import Split, last_sentence
from kg_data.questions import Kind, Question
from kg_data.triples import Triple
from oneedit.bench.casefile import Case, Item
from oneedit.bench.cases import JUDGE
from oneedit.bench.world import World
from oneedit.solving import followed

UNEDITED = "unedited"
"""Name of the method that makes no edit."""

KEPT = frozenset({Kind.LOCALITY, Kind.SPECIFICITY})
CHAINS = frozenset({Kind.ONE_HOP, Kind.TWO_HOP})


@dataclass
class Tally:
    """Right answers among those asked."""

    right: int = 0
    n: int = 0

    def add(self, *, right: bool) -> None:
        self.right += right
        self.n += 1

    def as_dict(self) -> dict[str, float]:
        """Return n, right and score; the score of nothing is 0."""
        return {"n": self.n, "right": self.right, "score": round(self.right / max(1, self.n), 4)}


@dataclass
class Table:
    """Scores by kind and by group of cases; prompts that were taught stand apart."""

    kinds: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    groups: dict[str, dict[str, Tally]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Tally))
    )
    taught: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    untaught_chains: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    dropped: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, row: str, group: str, *, right: bool) -> None:
        self.kinds[row].add(right=right)
        self.groups[group][row].add(right=right)

    def as_dict(self) -> dict[str, object]:
        """Return the table as plain values, rows sorted."""
        return {
            "kinds": _plain(self.kinds),
            "groups": {name: _plain(rows) for name, rows in sorted(self.groups.items())},
            "taught_prompts": _plain(self.taught),
            "untaught_chains": _plain(self.untaught_chains),
            "dropped": dict(sorted(self.dropped.items())),
        }


def _plain(rows: Mapping[str, Tally]) -> dict[str, dict[str, float]]:
    return {name: tally.as_dict() for name, tally in sorted(rows.items())}


@dataclass(frozen=True)
class Edited:
    """A case with its plan, what is taught, and the patch; None where the edit was refused."""

    case: Case
    plan: EditPlan
    request: EditRequest
    patch: LowRankPatch | None


class Quality:
    """Runs cases through the controller and one method."""

    def __init__(self, world: World, method: str) -> None:
        self._world, self._method = world, method
        self._table = Table()
        self._seconds: list[float] = []

    def single(self, cases: Iterable[Case], done: Callable[[], None]) -> None:
        """Make each edit alone, on the base model."""
        for case in cases:
            items, baseline = self._answerable(case)
            edited = self._edit(case, on=[])
            self._score([edited], {id(case): (items, baseline)}, [edited.patch])
            done()

    def sequential(self, cases: Sequence[Case], done: Callable[[], None]) -> None:
        """Make the edits one upon the other, then ask all questions."""
        prepared = {id(case): self._answerable(case) for case in cases}
        edits: list[Edited] = []
        live: list[LowRankPatch] = []
        changed: list[set[str]] = []
        for case in cases:
            edited = self._edit(case, on=live)
            edits.append(edited)
            changed.append(self._prompts(_changing(edited.plan), tuple(Split)))
            live += [edited.patch] if edited.patch else []
            self._world.editor.use(live)
            self._world.move(edited.plan)
            done()
        for number, case in enumerate(cases):
            later = set[str]().union(*changed[number + 1 :])
            prepared[id(case)] = self._without(prepared[id(case)], later)
        self._score(edits, prepared, live)

    def _without(
        self, prepared: tuple[list[Item], list[str]], later: set[str]
    ) -> tuple[list[Item], list[str]]:
        """Drop the questions whose answer a later edit changed."""
        pairs = [pair for pair in zip(*prepared, strict=True) if pair[0].prompt not in later]
        self._table.dropped["changed_later"] += len(prepared[0]) - len(pairs)
        return [item for item, _ in pairs], [answer for _, answer in pairs]

    def result(self, *, seed: int) -> dict[str, object]:
        """Return what ``--json`` writes."""
        mean = sum(self._seconds) / len(self._seconds) if self._seconds else 0.0
        return {
            "method": self._method,
            "seed": seed,
            "seconds_per_edit": round(mean, 3),
            **self._table.as_dict(),
        }

    def _edit(self, case: Case, *, on: Sequence[LowRankPatch]) -> Edited:
        """Plan and solve; only the solve is timed."""
        plan = self._world.controller.plan([self._resolve(case)], JUDGE)
        chains = followed(plan, self._world.editor)[: self._world.most_chains]
        request = EditRequest((*plan.targets, *chains), plan.keep)
        if self._method == UNEDITED:
            return Edited(case, plan, request, None)
        start = time.perf_counter()
        try:
            patch = self._world.editor.solve(request, on=on, method=self._method)
        except EditorError:
            return Edited(case, plan, request, None)
        self._seconds.append(time.perf_counter() - start)
        return Edited(case, plan, request, patch)

    def _resolve(self, case: Case) -> Triple:
        """Return the edit with names that fit exactly one entity replaced by its id."""
        subject, relation, obj = case.edit
        return Triple(self._id(subject), relation, self._id(obj))

    def _id(self, name: str) -> str:
        found = self._world.lexicon.lookup(name)
        return found[0].id if len(found) == 1 or (found and found[0].id == name) else name

    def _answerable(self, case: Case) -> tuple[list[Item], list[str]]:
        """Return the items that count, each with the answer it must have.

        Of ``locality`` and ``specificity``, those that the unedited model answers wrongly and
        those whose wording is one of the edit's own are dropped and counted.
        """
        given = self._world.editor.ask_all([item.prompt for item in case.ask])
        changing = self._changing_prompts(case)
        items, answers = [], []
        for item, before in zip(case.ask, given, strict=True):
            expected = item.answer if item.answer is not None else before
            if item.kind in KEPT:
                known = self._world.right([before], [expected])[0]
                if not known or item.prompt in changing:
                    self._table.dropped[item.kind] += 1
                    continue
            items.append(item)
            answers.append(expected)
        return items, answers

    def _changing_prompts(self, case: Case) -> set[str]:
        plan = self._world.controller.plan([self._resolve(case)], JUDGE)
        return self._prompts(_changing(plan), tuple(Split))

    def _prompts(self, questions: Iterable[Question], splits: Sequence[Split]) -> set[str]:
        return {
            prompt.text
            for question in questions
            for prompt in self._world.phrases.prompts(question, splits)
        }

    def _score(
        self,
        edits: Sequence[Edited],
        prepared: Mapping[int, tuple[list[Item], list[str]]],
        patches: Sequence[LowRankPatch | None],
    ) -> None:
        """Ask every question of some edits under a list of patches."""
        self._world.editor.use([patch for patch in patches if patch is not None])
        try:
            for edited in edits:
                self._score_one(edited, *prepared[id(edited.case)])
        finally:
            self._world.editor.use([])

    def _score_one(self, edited: Edited, items: list[Item], answers: list[str]) -> None:
        refused = edited.patch is None and self._method != UNEDITED
        given = self._world.editor.ask_all([item.prompt for item in items])
        taught = self._prompts(edited.request.targets, [Split.TEACH])
        chains = self._prompts(edited.request.targets, tuple(Split))
        right = self._world.right(given, answers)
        for item, ok in zip(items, right, strict=True):
            success = ok and not refused
            if item.prompt in taught:
                self._table.taught[item.kind].add(right=success)
                continue
            self._table.add(item.kind, edited.case.group, right=success)
            if item.kind in CHAINS and item.prompt not in chains:
                self._table.untaught_chains[item.kind].add(right=success)
        self._score_steps(edited, items, answers, refused=refused)

    def _score_steps(
        self, edited: Edited, items: list[Item], answers: list[str], *, refused: bool
    ) -> None:
        """Ask the chains again, step by step; the last sentence must end with the answer."""
        asked = [
            (item, answer, question)
            for item, answer in zip(items, answers, strict=True)
            if item.kind in CHAINS and (question := step_question(item.prompt))
        ]
        given = self._world.editor.ask_all([question for *_, question in asked])
        for (item, answer, _), text in zip(asked, given, strict=True):
            right = last_sentence(text, self._world.accepted(answer)) is not None
            self._table.add(f"{item.kind}_steps", edited.case.group, right=right and not refused)


def _changing(plan: EditPlan) -> tuple[Question, ...]:
    return (*plan.targets, *plan.consequences)


def step_question(prompt: str) -> str | None:
    """Return a chain prompt as a question that asks for the hops, or None if it cannot be one.

    >>> step_question("Who is the father of the spouse of A?")
    'Step by step, who is the father of the spouse of A?'
    >>> step_question("The father of the spouse of A is")
    'Step by step, what is the father of the spouse of A?'
    """
    if prompt.endswith("?"):
        return f"Step by step, {prompt[0].lower()}{prompt[1:]}"
    noun_phrase, verb = prompt.rsplit(" ", 1) if " " in prompt else (prompt, "")
    if verb not in {"is", "was"}:
        return None
    if noun_phrase.startswith("The "):
        noun_phrase = f"the {noun_phrase[4:]}"
    return f"Step by step, what is {noun_phrase}?"
