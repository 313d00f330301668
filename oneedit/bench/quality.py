"""Make the edits of cases and ask their questions."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from controller.plan import EditPlan, Verdict
from editor.errors import EditorError
from editor.patch import Patch
from editor.request import EditRequest
from kg_data.phrases import Split, is_right, last_sentence, step_by_step
from kg_data.questions import Kind, Question
from kg_data.triples import Triple
from oneedit.bench.casefile import Case, Item
from oneedit.bench.cases import JUDGE
from oneedit.bench.marks import Mark
from oneedit.bench.world import World
from oneedit.solving import followed

UNEDITED = "unedited"
"""Name of the method that makes no edit."""

KEPT = frozenset({Kind.LOCALITY, Kind.SPECIFICITY})
CHAINS = frozenset({Kind.ONE_HOP, Kind.TWO_HOP})


@dataclass(frozen=True)
class Edited:
    """A case with its plan, what is taught, and the patch; None where the edit was refused."""

    case: Case
    plan: EditPlan
    request: EditRequest
    patch: Patch | None


class Quality:
    """Runs cases through the controller and one method."""

    def __init__(self, world: World, method: str) -> None:
        self._world, self._method = world, method
        self.marks: list[Mark] = []
        self.dropped: Counter[str] = Counter()
        self.seconds: list[float] = []

    def single(self, cases: Iterable[Case]) -> None:
        """Make each edit alone, on the base model."""
        for case in cases:
            plan = self._plan(case)
            items, baseline = self._answerable(case, plan)
            edited = self._edit(case, plan, on=[])
            self._score([edited], {id(case): (items, baseline)}, [edited.patch])

    def sequential(self, cases: Sequence[Case], done: Callable[[], None]) -> None:
        """Make the edits one upon the other, then ask all questions."""
        prepared = {id(case): self._answerable(case, self._plan(case)) for case in cases}
        edits: list[Edited] = []
        live: list[Patch] = []
        changed: list[set[str]] = []
        for case in cases:
            edited = self._edit(case, self._plan(case), on=live)
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
        self.dropped["changed_later"] += len(prepared[0]) - len(pairs)
        return [item for item, _ in pairs], [answer for _, answer in pairs]

    def _plan(self, case: Case) -> EditPlan:
        """Plan the edit of a case on the graph as it is now."""
        subject, relation, obj = case.edit
        fact = Triple(self._id(subject), relation, self._id(obj))
        return self._world.controller.plan([fact], JUDGE)

    def _edit(self, case: Case, plan: EditPlan, *, on: Sequence[Patch]) -> Edited:
        """Solve; only that is timed."""
        chains = followed(plan, self._world.editor, on=on)[: self._world.most_chains]
        request = EditRequest((*plan.targets, *chains), plan.keep)
        if self._method == UNEDITED or not request.targets:
            return Edited(case, plan, request, None)
        start = time.perf_counter()
        try:
            patch = self._world.editor.solve(request, on=on, method=self._method)
        except EditorError:
            return Edited(case, plan, request, None)
        self.seconds.append(time.perf_counter() - start)
        return Edited(case, plan, request, patch)

    def _id(self, name: str) -> str:
        """Return the id of the only entity that a name fits, or else the name."""
        found = self._world.lexicon.lookup(name)
        return found[0].id if len(found) == 1 or (found and found[0].id == name) else name

    def _answerable(self, case: Case, plan: EditPlan) -> tuple[list[Item], list[str]]:
        """Return the items that count, each with the answer it must have.

        Of ``locality`` and ``specificity``, those that the unedited model answers wrongly and
        those whose wording is one of the edit's own are dropped and counted.
        """
        given = self._world.editor.ask_all([item.prompt for item in case.ask])
        changing = self._prompts(_changing(plan), tuple(Split))
        items, answers = [], []
        for item, before in zip(case.ask, given, strict=True):
            expected = item.answer if item.answer is not None else before
            if item.kind in KEPT:
                known = self._world.right([before], [expected])[0]
                if not known or item.prompt in changing:
                    self.dropped[item.kind] += 1
                    continue
            items.append(item)
            answers.append(expected)
        return items, answers

    def _prompts(self, questions: Iterable[Question], splits: Sequence[Split]) -> set[str]:
        return {
            prompt.text
            for question in questions
            for prompt in self._world.phrases.prompts(question, splits)
        }

    def _step_prompts(self, questions: Iterable[Question]) -> set[str]:
        return {
            prompt.text
            for question in questions
            if question.via
            for prompt in self._world.phrases.step_prompts(question, [Split.TEACH])
        }

    def _score(
        self,
        edits: Sequence[Edited],
        prepared: Mapping[int, tuple[list[Item], list[str]]],
        patches: Sequence[Patch | None],
    ) -> None:
        """Ask every question of some edits under a list of patches."""
        self._world.editor.use([patch for patch in patches if patch is not None])
        try:
            for edited in edits:
                self._score_one(edited, *prepared[id(edited.case)])
        finally:
            self._world.editor.use([])

    def _score_one(self, edited: Edited, items: list[Item], answers: list[str]) -> None:
        """Ask the questions in the words of the case, and the chains step by step as well."""
        prompts = [(item, item.prompt, answer) for item, answer in zip(items, answers, strict=True)]
        steps = [
            (item, question, answer)
            for item, _, answer in prompts
            if item.kind in CHAINS and (question := step_question(item.prompt))
        ]
        given = self._world.editor.ask_all([text for _, text, _ in (*prompts, *steps)])
        taught = self._prompts(edited.request.targets, [Split.TEACH])
        taught |= self._step_prompts(edited.request.targets)
        chains = self._prompts(edited.request.targets, tuple(Split))
        idle = self._method == UNEDITED or edited.plan.decision.verdict is Verdict.NOTHING
        refused = edited.patch is None and not idle
        for place, ((item, text, answer), words) in enumerate(
            zip((*prompts, *steps), given, strict=True)
        ):
            accepted, stepped = self._world.accepted(answer), place >= len(prompts)
            ended = last_sentence(words, accepted) is not None
            mark = Mark(
                row=f"{item.kind}_steps" if stepped else item.kind.value,
                group=edited.case.group,
                right=(ended if stepped else is_right(words, accepted)) and not refused,
                taught=text in taught,
                chain_taught=item.prompt in chains if item.kind in CHAINS else None,
                edit=edited.case.edit,
                prompt=text,
                expected=answer,
                given=words,
            )
            self.marks.append(mark)


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
        return step_by_step(prompt)
    noun_phrase, verb = prompt.rsplit(" ", 1) if " " in prompt else (prompt, "")
    if verb not in {"is", "was"}:
        return None
    if noun_phrase.startswith("The "):
        noun_phrase = f"the {noun_phrase[4:]}"
    return f"Step by step, what is {noun_phrase}?"
