"""Results in words, for the terminal and for the page alike."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from controller.plan import Verdict
from editor.evaluation.report import Report
from interpreter.intents import Guess
from kg_data.changes import SlotChange
from kg_data.entities import EntityOperation
from kg_data.phrases import Split, written_form
from kg_data.questions import Kind, Question
from kg_data.triples import Triple
from oneedit.ledger.edit_filter import EditFilter
from oneedit.ledger.proposal import Proposal, ProposalAction, ProposalEvent, ProposalState
from oneedit.results import (
    Already,
    BlameResult,
    CheckResult,
    ConsolidateResult,
    DiffResult,
    EarlierValue,
    EditResult,
    ExportResult,
    HistoryEntry,
    HistoryResult,
    KnowledgeResult,
    NeedsConfirmation,
    PreviewResult,
    Proposed,
    Provenance,
    RedefineResult,
    Refused,
    RelationsResult,
    Result,
    RollbackResult,
    ShowResult,
    UndoResult,
    VerifyResult,
)

GROUPS = {
    "taught": "taught wordings",
    "gate": "other wordings",
    "kept": "neighbouring facts kept",
    "consequences": "consequences",
}
KINDS = {
    "logical_generalisation": ("fact that follows", "facts that follow"),
    "compositionality_1": ("chain that goes on from it", "chains that go on from it"),
    "compositionality_2": ("chain that leads to it", "chains that lead to it"),
    "subject_aliasing": ("question by an alias", "questions by an alias"),
    "forgetfulness": ("other object", "other objects"),
    "relation_specificity": ("other fact of the subject", "other facts of the subject"),
    "two_hops": ("other two-hop chain", "other two-hop chains"),
    "three_hops": ("three-hop chain", "three-hop chains"),
    "four_hops": ("four-hop chain", "four-hop chains"),
}
"""What is asked besides, one and several; see :mod:`controller.questions.portability`."""

STAGES = {
    "look": "Asking the model",
    "read": "Reading and planning",
    "plan": "Planning",
    "solve": "Solving",
    "check": "Checking",
    "besides": "Asking besides",
    "commit": "Committing",
    "advance": "Applying",
}
OVERRULED = "The edit had been consolidated; a patch overrules it until the next consolidation."
OVERRULED_MANY = "Some had been consolidated; a patch overrules them until the next consolidation."
STEPS = {
    ProposalAction.PROPOSE: "proposed it",
    ProposalAction.COMMENT: "commented",
    ProposalAction.ASSIGN: "assigned it to",
    ProposalAction.ASK: "asked the author",
    ProposalAction.ANSWER: "answered",
    ProposalAction.AMEND: "amended it",
    ProposalAction.ALLOW: "allowed what the screens found",
    ProposalAction.APPROVE_IN_PART: "approved it, and somebody else has to",
    ProposalAction.APPROVE: "approved it",
    ProposalAction.REJECT: "rejected it",
    ProposalAction.WITHDRAW: "withdrew it",
    ProposalAction.REOPEN: "reopened it",
    ProposalAction.REPLAN: "planned it again",
    ProposalAction.EXPIRE: "planned it again, and it cannot be applied",
    ProposalAction.HOLD: "held it back",
    ProposalAction.APPLY: "applied it",
    ProposalAction.UNDO: "undid it",
    ProposalAction.RESTORE: "found it in force again",
}
ALL_KNOWN = 0.995
"""Share of facts from which on they are said to be all."""

NOTHING = "nothing"
"""Stands for an empty slot or answer."""

_QUOTED = re.compile(r"""["'](.+?)["'](?= can be | is the name |\. Did|\. Check)""")


def headline(result: Result) -> str:
    """Return what happened, in a few words without a final stop; "" where the result is enough."""
    text = ""
    match result:
        case EditResult() | UndoResult() | RollbackResult() | ConsolidateResult():
            text = _headline_of_version(result)
        case PreviewResult():
            text = "This is what would change; nothing was changed"
        case DiffResult():
            of = f" of {result.entity}" if result.entity else ""
            text = f"What changed{of} from version {result.since} to version {result.until}"
        case ExportResult():
            text = f"Version {result.version} is in {result.path}"
        case RelationsResult() | RedefineResult():
            text = _headline_of_relations(result)
        case CheckResult() | KnowledgeResult() | VerifyResult():
            text = _headline_of_check(result)
        case Already() | NeedsConfirmation() | Proposed() | Refused():
            text = _headline_without_change(result)
        case _:
            pass
    return text


def _headline_of_version(
    result: EditResult | UndoResult | RollbackResult | ConsolidateResult,
) -> str:
    match result:
        case EditResult():
            return f"Applied as version {result.version}"
        case UndoResult():
            taken = _versions(result.targets or (result.undone,))
            return f"Version {result.version} takes {taken} back"
        case RollbackResult():
            return f"Version {result.version} restores version {result.restored}"
        case ConsolidateResult():
            patches = counted(result.replaced, "patch", "patches")
            return (
                f"Version {result.version}: one patch holds all edits up to version "
                f"{result.covered}, instead of {patches}"
            )


def _headline_of_relations(result: RelationsResult | RedefineResult) -> str:
    if isinstance(result, RelationsResult):
        return f"The relations of version {result.version}"
    if result.done:
        return f"Version {result.version} changes the relations"
    return "This is what would change; nothing was changed"


def _headline_of_check(result: CheckResult | KnowledgeResult | VerifyResult) -> str:
    match result:
        case CheckResult():
            return f"The questions of version {result.version}, asked at version {result.at}"
        case KnowledgeResult():
            facts = counted(result.asked, "fact")
            return f"The base model knows {result.known} of {facts} that it was asked about"
        case VerifyResult():
            return f"{counted(result.versions, 'version')} verified"


def _headline_without_change(result: Already | NeedsConfirmation | Proposed | Refused) -> str:
    match result:
        case Already():
            return "Nothing to do"
        case NeedsConfirmation():
            return "This needs your agreement"
        case Proposed(proposal_id):
            return f"Proposal {proposal_id} waits for a reviewer"
        case Refused():
            held = result.verdict is Verdict.REVIEW
            return f"{'Held' if held else 'Refused'}; nothing was changed"


def details(result: Result) -> tuple[str, ...]:
    """Return what else there is to say about a result, a sentence each."""
    match result:
        case EditResult() | UndoResult() | RollbackResult() | ConsolidateResult():
            found = _of_version(result)
        case PreviewResult():
            found = _of_preview(result)
        case ExportResult():
            found = _of_export(result)
        case CheckResult() | VerifyResult():
            found = _of_checks(result)
        case KnowledgeResult():
            found = (
                f"{relation_name(each.relation)}: {len(each.known)} of {each.asked}"
                for each in result.relations
            )
        case ShowResult() | BlameResult() | DiffResult() | RedefineResult():
            found = _of_look_up(result)
        case Already() | NeedsConfirmation() | Proposed() | Refused():
            found = (reason.text for reason in result.reasons)
        case _:
            return ()
    return tuple(found)


def _of_version(
    result: EditResult | UndoResult | RollbackResult | ConsolidateResult,
) -> Iterator[str]:
    match result:
        case EditResult():
            return _of_edit(result)
        case UndoResult():
            return _of_undo(result)
        case RollbackResult():
            return _of_rollback(result)
        case ConsolidateResult():
            return _of_consolidation(result)


def _of_edit(result: EditResult) -> Iterator[str]:
    if result.replayed:
        yield "It had been applied before; nothing was done twice."
    for fact in result.changes.recorded:
        since = f" from {fact.valid_from}" if fact.valid_from else ""
        slot = f"{fact.subject} - {relation_name(fact.relation)}"
        held = written_form(fact.object)
        yield f"Recorded as past: {slot} - {held}{since} until {fact.valid_to}."
    if result.consequences:
        chains = counted(result.consequences, "chain")
        chains = f"At least {chains}" if result.consequences_at_least else chains
        yield (
            f"{chains} of relations changed with it; the model was taught the steps of "
            f"{result.taught:,} now. Direct answers to chains come with the next consolidation."
        )
    yield from _not_followed(result.report)
    if result.neighbours_known is not None and result.neighbours_known < ALL_KNOWN:
        share = f"{result.neighbours_known:.0%}"
        yield f"The base model knows about {share} of the facts that were to be kept."
    if result.portability:
        yield f"Asked besides: {_right_by_kind(result.portability)}. No chain of these was taught."
    if result.degraded:
        yield "Below the gate: it was applied because a person agreed."


def _not_followed(report: Report | None) -> Iterator[str]:
    """Yield a sentence about the wordings in which the model does not give what was told."""
    told = (each for each in (report.failures if report else ()) if each.slot)
    wordings = [each for each in told if each.kind is Kind.RELIABILITY and each.split == Split.GATE]
    for each in wordings:
        yield f'It does not follow yet in these words: "{each.prompt}" - "{each.given}".'


def _of_undo(result: UndoResult) -> Iterator[str]:
    if result.replayed:
        yield "It had been done before; nothing was done twice."
    several = len(result.targets) > 1
    if result.identical:
        yield f"The weights are bit for bit those from before {_edits(several)}."
    elif result.overruled:
        yield OVERRULED_MANY if several else OVERRULED
    else:
        yield f"The weights were rebuilt without {'them' if several else 'it'}; later edits stay."
    if result.solved_again:
        yield f"Solved again, because they overlapped: {_versions(result.solved_again)}."
    if result.skipped:
        yield f"Changed again by later edits, and left as it is: {_versions(result.skipped)}."
    if result.degraded:
        yield "Below the gate: the model does not answer all that was restored."


def _edits(several: bool) -> str:  # noqa: FBT001  the value decides the form of a noun
    return "those edits" if several else "that edit"


def _of_rollback(result: RollbackResult) -> Iterator[str]:
    if result.replayed:
        yield "It had been done before; nothing was done twice."
    if result.cut:
        yield f"Not in force any more: {_versions(result.cut)}."
    if result.back:
        yield f"In force again: {_versions(result.back)}."
    if result.identical:
        yield f"The weights are bit for bit those of version {result.restored}."
    if result.degraded:
        yield f"Version {result.restored} had been below the gate."


def _of_preview(result: PreviewResult) -> Iterator[str]:
    yield from result.notes
    for entry in result.cut:
        yield f"Not in force any more: version {entry.version} of {entry.actor}: {entry.text}"
    for entry in result.back:
        yield f"In force again: version {entry.version} of {entry.actor}: {entry.text}"
    if result.skipped:
        yield f"Changed again by later edits, and left as it is: {_versions(result.skipped)}."
    if result.operation in set(EntityOperation):
        return
    if result.identical:
        yield f"The weights would be bit for bit those of version {result.restored}."
    elif result.overruled:
        yield "A new patch would overrule what was consolidated."
    else:
        yield "The weights would be rebuilt; later edits stay."
    if result.solved_again:
        yield f"Solved again, because they overlap: {_versions(result.solved_again)}."


def _of_consolidation(result: ConsolidateResult) -> Iterator[str]:
    if result.solved_again:
        again = _versions(result.solved_again)
        yield f"Solved again on top of it, because they came meanwhile: {again}."
    if result.outcome.shortfalls:
        yield "Below its bars, and no worse than what it replaced:"
        yield from result.outcome.shortfalls


def _of_export(result: ExportResult) -> Iterator[str]:
    differ = "1 matrix differs" if result.matrices == 1 else f"{result.matrices} matrices differ"
    yield f"{differ} from the base model."
    yield f"Read back, its logits ({result.dtype}) differ by {result.difference:.1e}."
    if result.url:
        yield f"Uploaded to {result.url}."
    if result.rank:
        yield f"Rank {result.rank}; it leaves out {result.error:.1e} of the changes."


def _of_checks(result: CheckResult | VerifyResult) -> Iterator[str]:
    return _of_verification(result) if isinstance(result, VerifyResult) else _of_check(result)


def _of_check(result: CheckResult) -> Iterator[str]:
    if result.portability:
        yield f"Step by step: {_right_by_kind(result.portability)}."
        yield f"Directly: {_right_by_kind(result.portability_direct)}."
    else:
        yield "Nothing was asked."
    if result.left_out:
        yield (
            f"Left out: {counted(result.left_out, 'question')} without a single answer now, or "
            "over facts that the model did not know."
        )


def _right_by_kind(scores: Mapping[str, tuple[int, int]]) -> str:
    """Return right answers by kind, in the order of ``KINDS``.

    >>> _right_by_kind({"three_hops": (2, 4), "subject_aliasing": (1, 1)})
    '1 of 1 question by an alias, 2 of 4 three-hop chains'
    """
    return ", ".join(
        f"{scores[kind][0]} of {scores[kind][1]} {names[scores[kind][1] != 1]}"
        for kind, names in KINDS.items()
        if kind in scores
    )


def _of_verification(result: VerifyResult) -> Iterator[str]:
    facts, patches = (
        counted(result.facts, "fact"),
        counted(result.patches, "live patch", "live patches"),
    )
    yield f"{facts} and {patches} are as recorded; the weights have the hash {result.state_hash}."


def _of_look_up(
    result: ShowResult | BlameResult | DiffResult | RedefineResult,
) -> Iterator[str]:
    match result:
        case RedefineResult():
            yield from result.differences
        case ShowResult():
            yield from _of_entity(result)
        case BlameResult():
            for each in result.facts:
                yield from _of_fact(each)
        case DiffResult():
            same = "the same" if result.same_weights else "not the same"
            yield f"The weights of both versions are {same}."


def _of_fact(found: Provenance) -> Iterator[str]:
    edit = found.edit
    yield str(found.fact) + (" (follows from other facts)" if found.derived else "")
    source = f", from {edit.source}" if edit.source else ""
    when = edit.created_at[:16].replace("T", " ")
    yield f"  version {edit.version} of {edit.actor}, {when}{source}: {edit.text}"
    checks = [f"{name} {right}/{asked}" for name, (right, asked) in found.outcome.scores.items()]
    if checks:
        yield f"  right answers: {', '.join(checks)}"
    if not found.outcome.passed:
        yield "  below the gate"
    if found.self_confirmed:
        yield "  agreed to by the one who told it"
    if found.restored_by is not None:
        yield f"  brought back by version {found.restored_by}"
    for each in found.earlier:
        yield f"  before: {written_form(each.fact.object)} ({_time_of(each)})"


def _time_of(value: EarlierValue) -> str:
    """Return when a slot held a value: its dates where they are known, else its versions."""
    if value.fact.ended:
        since = value.fact.valid_from or "an unknown time"
        return f"from {since} to {value.fact.valid_to}"
    return f"from version {value.added} to version {value.removed}"


def _of_entity(result: ShowResult) -> Iterator[str]:
    yield from map(guess_words, result.guesses)
    if result.redirect:
        yield result.redirect
    if result.as_of is not None:
        yield f"as of version {result.as_of}"
    yield from (f"also known as {alias}" for alias in result.aliases)
    yield from map(str, (*result.facts, *result.about))
    if result.versions:
        yield f"changed by versions {', '.join(map(str, result.versions))}"


def proposal_title(proposal: Proposal) -> str:
    """Return number, state, revision and author of a proposal."""
    state = proposal.state.replace("_", " ")
    return (
        f"Proposal {proposal.id}, {state}, revision {proposal.revision}, by {proposal.author.name}"
    )


def proposal_details(proposal: Proposal) -> Iterator[str]:
    """Yield what a reviewer reads beside the changes, a sentence each."""
    plan = proposal.plan
    yield from (reason.text for reason in plan.decision.reasons)
    for each in proposal.answers:
        sure = f"{each.confidence:.0%}".replace("%", " %")
        yield f"The model answered: {each.question} {each.answer} (sure to {sure})"
    if plan.consequence_count:
        chains = counted(plan.consequence_count, "chain")
        first = "; ".join(map(chain_words, plan.consequences))
        such = f", such as: {first.removesuffix('.')}" if first else ""
        yield f"{chains} of relations would change with it{such}."
    if len(proposal.approvals) < proposal.required and proposal.version is None:
        people = counted(proposal.required, "person", "people")
        yield f"Approved by {len(proposal.approvals)} of {people}."
    if proposal.state is ProposalState.APPROVED:
        yield "It is not applied yet. If nobody is applying it now, approve it again."
    if proposal.assignee:
        yield f"Assigned to {proposal.assignee}."
    if proposal.version is not None:
        yield f"It became version {proposal.version}."


def step_words(step: ProposalEvent) -> str:
    """Return who did what to a proposal, and in which words."""
    said = f": {step.comment}" if step.comment else ""
    return f"{step.revision}. {step.actor.name} {STEPS[step.action]}{said} ({step.created_at})"


def chain_words(question: Question) -> str:
    """Return a chain of relations and its answer.

    >>> from kg_data.questions import Kind
    >>> chain = ("vice_president", "spouse")
    >>> chain_words(Question("Joe Biden", chain, ("Karen Pence",), Kind.ONE_HOP))
    'spouse of vice president of Joe Biden - Karen Pence'
    """
    names = [relation_name(each) for each in reversed(question.path)]
    return f"{' of '.join((*names, question.subject))} - {question.answer}"


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun.

    >>> counted(1, "patch", "patches")
    '1 patch'
    >>> counted(1200, "chain")
    '1,200 chains'
    """
    return f"1 {one}" if count == 1 else f"{count:,} {many or f'{one}s'}"


def checked_words(right: int, total: int) -> str:
    """Return how well the model answers after an edit, in a sentence.

    >>> checked_words(12, 12)
    'The model answers all 12 questions about it and around it rightly.'
    >>> checked_words(10, 12)
    'The model answers 10 of 12 questions about it and around it rightly.'
    """
    many = f"all {total:,}" if right == total else f"{right:,} of {total:,}"
    return f"The model answers {many} questions about it and around it rightly."


def slot_words(change: SlotChange) -> tuple[str, str, str]:
    """Return a changed slot, what it held before, and what it holds after."""
    slot = f"{change.slot.subject} - {relation_name(change.slot.relation)}"
    return slot, listed(change.old) or NOTHING, listed(change.new) or NOTHING


def changed_slots(entry: HistoryEntry) -> list[str]:
    """Return the asserted changes of a version, a line each."""
    rows = (slot_words(each) for each in entry.changes.by_slot if not each.derived)
    return [f"{slot}: {old} → {new}" for slot, old, new in rows]


def filter_words(wanted: EditFilter) -> Iterator[str]:
    """Yield the conditions of a filter in words, the entity aside.

    >>> list(filter_words(EditFilter(entity="Ada", relation="place_of_birth", actor="bob")))
    ['place of birth', 'by bob']
    """
    if wanted.relation is not None:
        yield relation_name(wanted.relation)
    if wanted.actor is not None:
        yield f"by {wanted.actor}"
    if wanted.since is not None:
        yield f"from {_moment(wanted.since)}"
    if wanted.until is not None:
        yield f"up to {_moment(wanted.until)}"
    if wanted.source is not None:
        yield f"source {wanted.source}"
    if wanted.batch is not None:
        yield f"batch {wanted.batch}"


def _moment(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes")


def history_title(result: HistoryResult) -> str:
    """Return whose history it is, and by what its versions were chosen.

    >>> history_title(HistoryResult("Ada", (), ("by bob", "from 2026-01-31 00:00+01:00")))
    'History of Ada: by bob, from 2026-01-31 00:00+01:00'
    """
    of = "" if result.entity is None else f" of {result.entity}"
    return f"History{of}" + (f": {', '.join(result.conditions)}" if result.conditions else "")


def guess_words(guess: Guess) -> str:
    """Say which entity a misspelt name was read as.

    >>> guess_words(Guess("marrie curie", "Marie Curie"))
    'I read "marrie curie" as Marie Curie.'
    """
    return f'I read "{guess.written}" as {guess.entity}.'


def fact_words(fact: Triple) -> str:
    """Return a fact with its dates.

    >>> fact_words(Triple("Ada", "date_of_birth", "1815-12-10"))
    'Ada - date of birth - December 10, 1815'
    >>> fact_words(Triple("Ada", "spouse", "Bob", "2009", "2017"))
    'Ada - spouse - Bob (from 2009 until 2017)'
    >>> fact_words(Triple("Caesar", "date_of_death", "-0043"))
    'Caesar - date of death - 44 BC'
    """
    named = (("from", fact.valid_from), ("until", fact.valid_to))
    dates = " ".join(f"{word} {written_form(moment)}" for word, moment in named if moment)
    slot = f"{fact.subject} - {relation_name(fact.relation)}"
    return f"{slot} - {written_form(fact.object)}" + (f" ({dates})" if dates else "")


def relation_name(relation: str) -> str:
    """Return a relation's name for people.

    >>> relation_name("place_of_birth")
    'place of birth'
    """
    return relation.replace("_", " ")


def chosen(message: str, reason: str, option: str) -> str | None:
    """Return the message with the option put where the unclear name stood.

    An option that is a whole sentence stands for the message.

    >>> chosen("Pari is nice.", 'Nothing is called "Pari". Did you mean "Paris"?', "Paris")
    'Paris is nice.'

    Args:
        message: what was unclear.
        reason: why, with the name in quotes.
        option: what was chosen.

    Returns:
        None if the name does not stand in the message as it was quoted.
    """
    if option.endswith((".", "?")) and " " in option:
        return option
    found = _QUOTED.search(reason)
    if found is None:
        return None
    name = rf"(?<!\w){re.escape(found[1])}(?!\w)"
    replaced, count = re.subn(name, lambda _: option, message, count=1, flags=re.IGNORECASE)
    return replaced if count else None


def progress_words(stage: str, share: float) -> str:
    """Return a stage in words.

    >>> progress_words("solve", 0.42)
    'Solving: 42 %'
    >>> progress_words("check", 0.0)
    'Checking'
    """
    name = STAGES.get(stage, stage.capitalize())
    return f"{name}: {share:.0%}".replace("%", " %") if 0.0 < share < 1.0 else name


def waiting_words(place: int, until_done: float) -> str:
    """Return how long something waits, in words.

    >>> waiting_words(2, 95.0)
    'Waiting: 2 before this, done in about 2 min'
    >>> waiting_words(0, 12.2)
    'Next, done in about 12 s'
    """
    first = f"Waiting: {place} before this" if place else "Next"
    return f"{first}, done in about {_rounded(until_done)}"


def _rounded(duration: float) -> str:
    return f"{duration / 60:.0f} min" if duration >= 90 else f"{duration:.0f} s"


def seconds(timings: Mapping[str, float]) -> str:
    """Return how long an edit took, and its longest stages.

    >>> seconds({"plan": 0.01, "solve": 1.32, "check": 0.4})
    '1.7 s: solving 1.3, checking 0.4'
    >>> seconds({"plan": 0.01})
    'less than 0.1 s'
    """
    total = sum(timings.values())
    if total < 0.05:
        return "less than 0.1 s"
    stages = [
        f"{STAGES.get(name, name).lower()} {spent:.1f}"
        for name, spent in timings.items()
        if spent >= 0.05  # less would read 0.0
    ]
    return f"{total:.1f} s" + (f": {', '.join(stages)}" if stages else "")


def listed(names: Sequence[str], *, most: int = 6) -> str:
    """Return names in a row, dates in words; many are cut short.

    >>> listed(("Paris", "Lyon", "Nice"), most=2)
    'Paris, Lyon and 1 more'
    """
    shown = ", ".join(map(written_form, names[:most]))
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def _versions(versions: Sequence[int]) -> str:
    noun = "version" if len(versions) == 1 else "versions"
    return f"{noun} {', '.join(map(str, versions))}"
