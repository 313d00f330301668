"""Asks how far an edit reaches: the portability questions of its plan, and of a stored version.

The answers are reported beside the gate and never change its verdict.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from controller.graph.paths import Chain
from controller.graph.store import GraphStore
from controller.questions.affected import links
from controller.questions.diff import GraphDiff
from controller.questions.portability import PortabilityKind, PortabilityQuestion
from editor.request import EditRequest
from kg_data.changes import Changes
from kg_data.phrases import Split
from kg_data.questions import UNKNOWN, Kind
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple
from oneedit.edits.context import EditContext
from oneedit.ledger.events import Event, Portability, StoredQuestion
from oneedit.ports import EditorPort, PatchPort
from oneedit.results import CheckResult


def ask_on_trial(
    questions: Sequence[PortabilityQuestion],
    request: EditRequest,
    editor: EditorPort,
    *,
    below: Sequence[PatchPort],
    patches: Sequence[PatchPort],
) -> Portability:
    """Ask portability questions under a list of patches on trial.

    Chains that the request teaches are left out, and so are questions over facts that the model
    did not know before.

    Args:
        questions: those of the plan of the edit.
        request: what the patch was solved for.
        editor: the model.
        below: the list before the edit.
        patches: the list on trial.
    """
    taught = {(each.subject, each.path) for each in request.targets if each.chained}
    untaught = [
        each for each in questions if (each.question.subject, each.question.path) not in taught
    ]
    return _ask(_answerable(untaught, editor, on=below), editor, on=patches)


def ask_again(event: Event, context: EditContext) -> CheckResult:
    """Ask the stored questions of a version with the answers that the graph gives now.

    So they are asked with the old answers once the edit is undone. Left out are questions with no
    single answer now, and those over facts that the model did not know before the edit.
    """
    ledger, projector = context.ledger, context.projector
    book = context.controller.book
    stored = event.content.portability.questions
    with projector.reading() as version:
        now = (_as_of_now(each, event.content.changes, projector.store, book) for each in stored)
        questions = [each for each in now if each]
        live = projector.load(ledger.patches(version))
    before = projector.load(ledger.patches(event.base_version))
    asked = _ask(_answerable(questions, context.editor, on=before), context.editor, on=live)
    return CheckResult(
        version=event.version,
        at=version,
        portability=asked.steps,
        portability_direct=asked.direct,
        left_out=len(stored) - len(asked.questions),
    )


def _answerable(
    questions: Sequence[PortabilityQuestion], editor: EditorPort, *, on: Sequence[PatchPort]
) -> list[PortabilityQuestion]:
    """Return the questions of which the model knows all links under a list."""
    asked = list(dict.fromkeys(link for each in questions for link in each.links))
    right = editor.knows(asked, on=on) if asked else ()
    known = {link for link, knows in zip(asked, right, strict=True) if knows}
    return [each for each in questions if known.issuperset(each.links)]


def _ask(
    questions: Sequence[PortabilityQuestion], editor: EditorPort, *, on: Sequence[PatchPort]
) -> Portability:
    """Ask questions step by step and directly; a single fact has no steps."""
    if not questions:
        return Portability()
    plain = [each.question for each in questions]
    chains = [each for each in plain if each.chained]
    direct = editor.knows(plain, on=on, split=Split.GATE)
    stepped = dict(
        zip(chains, editor.knows(chains, on=on, split=Split.GATE, steps=True), strict=True)
        if chains
        else ()
    )
    steps = [stepped.get(question, right) for question, right in zip(plain, direct, strict=True)]
    kinds = [each.kind for each in questions]
    return Portability(
        questions=tuple(map(_to_store, questions)),
        steps=_by_kind(kinds, steps),
        direct=_by_kind(kinds, direct),
    )


def _by_kind(kinds: Sequence[PortabilityKind], right: Iterable[bool]) -> dict[str, tuple[int, int]]:
    """Return the number of right and of all answers of each kind that was asked."""
    answers = list(zip(kinds, right, strict=True))
    return {
        kind.value: (sum(ok for each, ok in answers if each is kind), kinds.count(kind))
        for kind in dict.fromkeys(kinds)
    }


def _to_store(asked: PortabilityQuestion) -> StoredQuestion:
    question = asked.question
    return StoredQuestion(
        kind=asked.kind.value,
        subject=question.subject,
        path=question.path,
        answers=question.answers,
        called=question.called,
    )


def _as_of_now(
    stored: StoredQuestion, changes: Changes, store: GraphStore, book: RelationBook
) -> PortabilityQuestion | None:
    """Return a stored question with its answers now, or None if it has no known single answer.

    An empty slot is known to be empty only if the edit emptied it.
    """
    nodes = [stored.subject]
    for relation in stored.path:
        slot = Slot(nodes[-1], relation)
        objects = store.objects(slot)
        if len(objects) > 1 or (not objects and slot not in _slots(changes.all_retracted)):
            return None
        nodes += objects or [UNKNOWN]
        if not objects:
            break
    now = GraphDiff(store, store, edited=(), facts=(), book=book)
    chain = Chain(stored.subject, stored.path, tuple(nodes[1:]))
    question = replace(now.question(chain, Kind.RELIABILITY), called=stored.called)
    edited = _slots(fact for fact in changes.all_added if fact in store)
    known = (link for link in links(now, [question]) if link.slot not in edited)
    return PortabilityQuestion(PortabilityKind(stored.kind), question, tuple(known))


def _slots(facts: Iterable[Triple]) -> set[Slot]:
    return {fact.slot for fact in facts}
