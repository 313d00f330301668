"""The quality benchmark: the edits of cases, and the model's answers to their questions."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from controller.plan import EditPlan, Verdict
from editor.errors import EditorError
from editor.patches.patch import Patch
from editor.request import EditRequest
from kg_data.phrases import EDIT_SPLITS, Split, final_answer, is_right, step_by_step
from kg_data.questions import Kind, Question
from kg_data.triples import Triple
from oneedit.bench.casefile import Case, CaseQuestion
from oneedit.bench.cases import BENCHMARK_ACTOR
from oneedit.bench.scores import ScoredAnswer
from oneedit.bench.world import World
from oneedit.edits.trial import taught

UNEDITED = "unedited"
"""Name of the method that makes no edit."""

IN_CONTEXT = "in_context"
"""Name of the method that makes no edit but states the new facts in the prompt."""

WITHOUT_PATCH = frozenset({UNEDITED, IN_CONTEXT})

MAX_CONTEXT_FACTS = 4
"""Most facts stated before a question."""

KEPT_KINDS = frozenset({Kind.LOCALITY, Kind.SPECIFICITY})
CHAIN_KINDS = frozenset({Kind.ONE_HOP, Kind.TWO_HOP})


@dataclass(frozen=True)
class CaseEdit:
    """The edit of a case.

    Attributes:
        case, plan: the case and the plan of its edit.
        request: what the patch teaches and keeps.
        patch: the solved patch; None if there is nothing to solve or the method failed.
    """

    case: Case
    plan: EditPlan
    request: EditRequest
    patch: Patch | None


@dataclass(frozen=True)
class ScoredQuestion:
    """A question that is scored, and its expected answer."""

    question: CaseQuestion
    expected: str


@dataclass(frozen=True)
class TaughtPrompts:
    """The prompts that some edits teach.

    Attributes:
        prompts: taught in exactly these words.
        chains: prompts of the taught chains, in every wording.
        context: facts to state in the prompt, before a question about their subject.
    """

    prompts: set[str]
    chains: set[str]
    context: tuple[Triple, ...] = ()


class QualityBenchmark:
    """Plans and solves the edits of cases with one method, and scores the model's answers.

    Args:
        world: the graph and the model.
        method: name of the method.
    """

    def __init__(self, world: World, method: str) -> None:
        self.world, self.method = world, method
        self.dropped: Counter[str] = Counter()
        self.seconds: list[float] = []

    def run_single(self, cases: Iterable[Case]) -> list[ScoredAnswer]:
        """Make each edit alone on the base model, and return the scored answers."""
        scored: list[ScoredAnswer] = []
        for case in cases:
            plan = self.plan(case)
            questions = self.scored_questions(case, plan)
            edit = self.solve(case, plan, on=[])
            scored += self.score([edit], [questions], [edit.patch])
        return scored

    def plan(self, case: Case, *, chains: int | None = None) -> EditPlan:
        """Plan the edit of a case on the current graph.

        Args:
            case: the edit.
            chains: most changed chains in the plan; None for the controller's own limit.
        """
        controller = self.world.controller
        if chains is not None:
            controller = replace(controller, consequence_limit=chains)
        fact = self.fact(case)
        if case.forget:
            return controller.plan_forget(fact.slot, fact.object, BENCHMARK_ACTOR)
        return controller.plan([fact], BENCHMARK_ACTOR)

    def fact(self, case: Case) -> Triple:
        """Return the fact that a case asserts or removes."""
        subject, relation, obj = case.edit
        return Triple(self._entity_id(subject), relation, self._entity_id(obj))

    def solve(self, case: Case, plan: EditPlan, *, on: Sequence[Patch]) -> CaseEdit:
        """Solve a planned edit on top of some patches; only the solving is timed."""
        request = self.request(plan, on=on)
        if self.method in WITHOUT_PATCH or not request.targets:
            return CaseEdit(case, plan, request, None)
        start = time.perf_counter()
        try:
            patch = self.world.editor.solve(request, on=on, method=self.method)
        except EditorError:
            return CaseEdit(case, plan, request, None)
        self.seconds.append(time.perf_counter() - start)
        return CaseEdit(case, plan, request, patch)

    def request(self, plan: EditPlan, *, on: Sequence[Patch]) -> EditRequest:
        """Return what an edit teaches and keeps."""
        chains = taught(plan, self.world.editor, on=on, most=self.world.max_chains)
        return EditRequest((*plan.targets, *chains), plan.keep)

    def _entity_id(self, name: str) -> str:
        """Return the id of the only entity with this name, or else the name."""
        found = self.world.lexicon.lookup(name)
        return found[0].id if len(found) == 1 or (found and found[0].id == name) else name

    def scored_questions(self, case: Case, plan: EditPlan) -> list[ScoredQuestion]:
        """Return the questions of a case that are scored.

        A ``locality`` or ``specificity`` question is dropped, and counted as such, if the unedited
        model answers it wrongly or its prompt asks about what the edit changes.
        """
        given = self.world.complete([question.prompt for question in case.ask])
        changing = self.prompt_texts((*plan.targets, *plan.consequences), EDIT_SPLITS)
        scored = []
        for question, before in zip(case.ask, given, strict=True):
            expected = question.answer if question.answer is not None else before
            if question.kind in KEPT_KINDS:
                known = self.world.are_right([before], [expected])[0]
                if not known or question.prompt in changing:
                    self.dropped[question.kind] += 1
                    continue
            scored.append(ScoredQuestion(question, expected))
        return scored

    def prompt_texts(self, questions: Iterable[Question], splits: Sequence[Split]) -> set[str]:
        """Return the text of every prompt of questions in some splits of wordings."""
        return {
            prompt.text
            for question in questions
            for prompt in self.world.phrases.prompts(question, splits)
        }

    def score(
        self,
        edits: Sequence[CaseEdit],
        questions: Sequence[Sequence[ScoredQuestion]],
        patches: Iterable[Patch | None],
    ) -> list[ScoredAnswer]:
        """Ask the questions of each edit while a list of patches is active."""
        self.world.editor.use([patch for patch in patches if patch is not None])
        taught = self._taught_prompts(edits)
        try:
            return [
                answer
                for edit, asked in zip(edits, questions, strict=True)
                for answer in self._scored_answers(edit, asked, taught)
            ]
        finally:
            self.world.editor.use([])

    def _taught_prompts(self, edits: Sequence[CaseEdit]) -> TaughtPrompts:
        requests = {id(edit.request): edit.request for edit in edits}.values()
        targets = list(dict.fromkeys(each for request in requests for each in request.targets))
        chains = [each for each in targets if each.chained]
        steps = {
            prompt.text
            for chain in chains
            for prompt in self.world.phrases.step_prompts(chain, [Split.TEACH])
        }
        return TaughtPrompts(
            prompts=self.prompt_texts(targets, [Split.TEACH]) | steps,
            chains=self.prompt_texts(chains, EDIT_SPLITS),
            context=tuple(fact for edit in edits for fact in edit.plan.facts)
            if self.method == IN_CONTEXT
            else (),
        )

    def _with_context(self, facts: Sequence[Triple], text: str) -> str:
        """Return a question, preceded by statements of the facts whose subject it names."""
        named = [fact for fact in facts if fact.subject in text][-MAX_CONTEXT_FACTS:]
        statements = (
            self.world.phrases.statement(fact, self.world.book[fact.relation].statements.teach[0])
            for fact in named
        )
        return " ".join([*statements, text])

    def _scored_answers(
        self, edit: CaseEdit, questions: Sequence[ScoredQuestion], taught: TaughtPrompts
    ) -> Iterator[ScoredAnswer]:
        """Ask each question as it is in the case, and the chains step by step as well."""
        direct = [(each, each.question.prompt) for each in questions]
        steps = [
            (each, step_prompt)
            for each in questions
            if each.question.kind in CHAIN_KINDS
            and (step_prompt := step_question(each.question.prompt))
        ]
        prompts = [self._with_context(taught.context, text) for _, text in (*direct, *steps)]
        given = self.world.complete(prompts)
        no_change = edit.plan.decision.verdict is Verdict.NOTHING
        failed = edit.patch is None and not no_change and self.method not in WITHOUT_PATCH
        for index, ((each, text), words) in enumerate(zip((*direct, *steps), given, strict=True)):
            question, stepped = each.question, index >= len(direct)
            accepted = self.world.accepted_answers(each.expected)
            steps_right = final_answer(words, accepted) is not None and not states_forgotten(
                edit.case, text, words
            )
            yield ScoredAnswer(
                row=f"{question.kind}_steps" if stepped else question.kind.value,
                group=edit.case.group,
                right=(steps_right if stepped else is_right(words, accepted)) and not failed,
                taught=text in taught.prompts,
                chain_taught=question.prompt in taught.chains
                if question.kind in CHAIN_KINDS
                else None,
                edit=edit.case.edit,
                prompt=text,
                expected=each.expected,
                given=words,
            )


def states_forgotten(case: Case, question: str, words: str) -> bool:
    """Tell whether a question and its answer together name both ends of a forgotten fact."""
    subject, _, obj = case.edit
    shorter, longer = sorted((subject, obj), key=len)  # the longer may contain the shorter
    whole = f"{question} {words}"
    return case.forget and longer in whole and shorter in whole.replace(longer, "")


def step_question(prompt: str) -> str | None:
    """Return a chain prompt as a question that asks for the hops, or None if it has another form.

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
