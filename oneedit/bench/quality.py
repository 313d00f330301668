"""Make the edits of cases and ask their questions."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from controller.plan import EditPlan, Verdict
from editor.errors import EditorError
from editor.patches.patch import Patch
from editor.request import EditRequest
from kg_data.phrases import Split, is_right, last_sentence, step_by_step
from kg_data.questions import Kind, Question
from kg_data.triples import Triple
from oneedit.bench.casefile import Case, Item
from oneedit.bench.cases import JUDGE
from oneedit.bench.scores import ScoredAnswer
from oneedit.bench.world import World
from oneedit.edits.trial import followed

UNEDITED = "unedited"
"""Name of the method that makes no edit."""

IN_CONTEXT = "in_context"
"""Name of the method that makes no edit but says the new facts before it asks."""

WITHOUT_PATCH = frozenset({UNEDITED, IN_CONTEXT})

MOST_SAID = 4
"""Facts said before a question, at most."""

KEPT = frozenset({Kind.LOCALITY, Kind.SPECIFICITY})
CHAINS = frozenset({Kind.ONE_HOP, Kind.TWO_HOP})


@dataclass(frozen=True)
class Edited:
    """A case with its plan, what is taught, and the patch; None where the edit was refused."""

    case: Case
    plan: EditPlan
    request: EditRequest
    patch: Patch | None


@dataclass(frozen=True)
class Answerable:
    """A question that counts, with the answer it must have."""

    item: Item
    answer: str


@dataclass(frozen=True)
class Told:
    """What some edits teach.

    Attributes:
        prompts: taught in these very words.
        chains: taught in any words.
        said: facts to be said before a question about them.
    """

    prompts: set[str]
    chains: set[str]
    said: tuple[Triple, ...] = ()


class Quality:
    """Runs cases through the controller and one method, each edit alone on the base model."""

    def __init__(self, world: World, method: str) -> None:
        self.world, self.method = world, method
        self.dropped: Counter[str] = Counter()
        self.seconds: list[float] = []

    def single(self, cases: Iterable[Case]) -> list[ScoredAnswer]:
        """Make each edit alone, on the base model, and return what became of the questions."""
        marks: list[ScoredAnswer] = []
        for case in cases:
            plan = self.plan(case)
            items = self.answerable(case, plan)
            edited = self.edit(case, plan, on=[])
            marks += self.score([edited], [items], [edited.patch])
        return marks

    def plan(self, case: Case, *, chains: int | None = None) -> EditPlan:
        """Plan the edit of a case on the graph as it is now.

        Args:
            case: the edit.
            chains: how many chains the plan names at most; by default as many as the product's.
        """
        controller = self.world.controller
        if chains is not None:
            controller = replace(controller, consequence_limit=chains)
        fact = self.fact(case)
        if case.forget:
            return controller.plan_forget(fact.slot, fact.object, JUDGE)
        return controller.plan([fact], JUDGE)

    def fact(self, case: Case) -> Triple:
        """Return what a case makes stand, or takes away."""
        subject, relation, obj = case.edit
        return Triple(self._id(subject), relation, self._id(obj))

    def edit(self, case: Case, plan: EditPlan, *, on: Sequence[Patch]) -> Edited:
        """Solve; only that is timed."""
        request = self.request(plan, on=on)
        if self.method in WITHOUT_PATCH or not request.targets:
            return Edited(case, plan, request, None)
        start = time.perf_counter()
        try:
            patch = self.world.editor.solve(request, on=on, method=self.method)
        except EditorError:
            return Edited(case, plan, request, None)
        self.seconds.append(time.perf_counter() - start)
        return Edited(case, plan, request, patch)

    def request(self, plan: EditPlan, *, on: Sequence[Patch]) -> EditRequest:
        """Return what an edit teaches and keeps."""
        chains = followed(plan, self.world.editor, on=on)[: self.world.most_chains]
        return EditRequest((*plan.targets, *chains), plan.keep)

    def _id(self, name: str) -> str:
        """Return the id of the only entity that a name fits, or else the name."""
        found = self.world.lexicon.lookup(name)
        return found[0].id if len(found) == 1 or (found and found[0].id == name) else name

    def answerable(self, case: Case, plan: EditPlan) -> list[Answerable]:
        """Return the questions that count.

        Of ``locality`` and ``specificity``, those that the unedited model answers wrongly and
        those whose wording is one of the edit's own are dropped and counted.
        """
        given = self.world.editor.ask_all([item.prompt for item in case.ask])
        changing = self.prompts((*plan.targets, *plan.consequences), tuple(Split))
        items = []
        for item, before in zip(case.ask, given, strict=True):
            expected = item.answer if item.answer is not None else before
            if item.kind in KEPT:
                known = self.world.right([before], [expected])[0]
                if not known or item.prompt in changing:
                    self.dropped[item.kind] += 1
                    continue
            items.append(Answerable(item, expected))
        return items

    def prompts(self, questions: Iterable[Question], splits: Sequence[Split]) -> set[str]:
        return {
            prompt.text
            for question in questions
            for prompt in self.world.phrases.prompts(question, splits)
        }

    def score(
        self,
        edits: Sequence[Edited],
        asked: Sequence[Sequence[Answerable]],
        patches: Iterable[Patch | None],
    ) -> list[ScoredAnswer]:
        """Ask the questions of edits under a list of patches."""
        self.world.editor.use([patch for patch in patches if patch is not None])
        told = self._told(edits)
        try:
            pairs = zip(edits, asked, strict=True)
            return [mark for edited, items in pairs for mark in self._marks(edited, items, told)]
        finally:
            self.world.editor.use([])

    def _told(self, edits: Sequence[Edited]) -> Told:
        """Return what some edits teach, and what is said before a question."""
        requests = {id(edited.request): edited.request for edited in edits}.values()
        targets = list(dict.fromkeys(each for request in requests for each in request.targets))
        chains = [each for each in targets if each.chained]
        steps = {
            prompt.text
            for chain in chains
            for prompt in self.world.phrases.step_prompts(chain, [Split.TEACH])
        }
        return Told(
            prompts=self.prompts(targets, [Split.TEACH]) | steps,
            chains=self.prompts(chains, tuple(Split)),
            said=tuple(fact for edited in edits for fact in edited.plan.facts)
            if self.method == IN_CONTEXT
            else (),
        )

    def _behind(self, facts: Sequence[Triple], text: str) -> str:
        """Return a question behind those facts whose subject it names."""
        named = [fact for fact in facts if fact.subject in text][-MOST_SAID:]
        statements = (
            self.world.phrases.statement(fact, self.world.book[fact.relation].statements.teach[0])
            for fact in named
        )
        return " ".join([*statements, text])

    def _marks(
        self, edited: Edited, items: Sequence[Answerable], told: Told
    ) -> Iterator[ScoredAnswer]:
        """Ask the questions in the words of the case, and the chains step by step as well."""
        direct = [(each, each.item.prompt) for each in items]
        steps = [
            (each, question)
            for each in items
            if each.item.kind in CHAINS and (question := step_question(each.item.prompt))
        ]
        prompts = [self._behind(told.said, text) for _, text in (*direct, *steps)]
        given = self.world.editor.ask_all(prompts)
        nothing = edited.plan.decision.verdict is Verdict.NOTHING
        refused = edited.patch is None and not nothing and self.method not in WITHOUT_PATCH
        for place, ((each, text), words) in enumerate(zip((*direct, *steps), given, strict=True)):
            item, stepped = each.item, place >= len(direct)
            accepted = self.world.accepted(each.answer)
            ended = last_sentence(words, accepted) is not None and not tells(
                edited.case, text, words
            )
            yield ScoredAnswer(
                row=f"{item.kind}_steps" if stepped else item.kind.value,
                group=edited.case.group,
                right=(ended if stepped else is_right(words, accepted)) and not refused,
                taught=text in told.prompts,
                chain_taught=item.prompt in told.chains if item.kind in CHAINS else None,
                edit=edited.case.edit,
                prompt=text,
                expected=each.answer,
                given=words,
            )


def tells(case: Case, question: str, words: str) -> bool:
    """Tell whether an answer, written behind its question, names both ends of a forgotten fact."""
    subject, _, obj = case.edit
    shorter, longer = sorted((subject, obj), key=len)  # one may hold the other
    whole = f"{question} {words}"
    return case.forget and longer in whole and shorter in whole.replace(longer, "")


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
