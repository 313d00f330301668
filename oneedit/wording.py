"""Results in words, for the terminal and for the page alike."""

import re
from collections.abc import Iterator, Mapping, Sequence

from controller.plan import Verdict
from kg_data.changes import SlotChange
from oneedit.results import (
    Already,
    AskResult,
    ConsolidateResult,
    EditResult,
    ExportResult,
    HistoryEntry,
    Hop,
    NeedsConfirmation,
    Refused,
    Result,
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
STAGES = {
    "look": "Asking the model",
    "read": "Reading and planning",
    "plan": "Planning",
    "solve": "Solving",
    "check": "Checking",
    "commit": "Committing",
    "advance": "Applying",
}
NOTHING = "nothing"
"""Stands for an empty slot or answer."""

_QUOTED = re.compile(r"""["'](.+?)["'](?= can be | is the name |\. Did|\. Check)""")


def headline(result: Result) -> str:
    """Return what happened, in a few words without a final stop; "" where the result is enough."""
    text = ""
    match result:
        case EditResult():
            text = f"Applied as version {result.version}"
        case UndoResult():
            text = f"Version {result.version} takes version {result.undone} back"
        case ConsolidateResult():
            patches = counted(result.replaced, "patch", "patches")
            text = (
                f"Version {result.version}: one patch holds all edits up to version "
                f"{result.covered}, instead of {patches}"
            )
        case ExportResult():
            text = f"Version {result.version} is in {result.path}"
        case VerifyResult():
            text = f"{counted(result.versions, 'version')} verified"
        case Already() | NeedsConfirmation() | Refused():
            text = _headline_without_change(result)
        case _:
            pass
    return text


def _headline_without_change(result: Already | NeedsConfirmation | Refused) -> str:
    match result:
        case Already():
            return "Nothing to do"
        case NeedsConfirmation():
            return "This needs your agreement"
        case Refused():
            held = result.verdict is Verdict.REVIEW
            return f"{'Held' if held else 'Refused'}; nothing was changed"


def details(result: Result) -> tuple[str, ...]:
    """Return what else there is to say about a result, a sentence each."""
    match result:
        case EditResult():
            found = _of_edit(result)
        case UndoResult():
            found = _of_undo(result)
        case ConsolidateResult():
            found = _of_consolidation(result)
        case ExportResult():
            found = _of_export(result)
        case VerifyResult():
            found = _of_verification(result)
        case ShowResult():
            found = _of_entity(result)
        case Already() | NeedsConfirmation() | Refused():
            found = (reason.text for reason in result.reasons)
        case _:
            return ()
    return tuple(found)


def _of_edit(result: EditResult) -> Iterator[str]:
    if result.replayed:
        yield "It had been applied before; nothing was done twice."
    if result.consequences:
        chains = counted(result.consequences, "chain")
        chains = f"At least {chains}" if result.consequences_at_least else chains
        taught = f"the model was taught {result.taught:,} of them"
        yield f"{chains} of relations changed with it; {taught}."
    if result.degraded:
        yield "Below the gate: it was applied because a person agreed."


def _of_undo(result: UndoResult) -> Iterator[str]:
    if result.replayed:
        yield "It had been done before; nothing was done twice."
    if result.identical:
        yield "The weights are bit for bit those from before that edit."
    elif result.overruled:
        yield ("The edit had been consolidated; a patch overrules it until the next consolidation.")
    else:
        yield "The weights were rebuilt without it; later edits stay."
    if result.solved_again:
        yield f"Solved again, because they overlapped: {_versions(result.solved_again)}."
    if result.degraded:
        yield "Below the gate: the model does not answer all that was restored."


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
    if result.rank:
        yield f"Rank {result.rank}; it leaves out {result.error:.1e} of the changes."


def _of_verification(result: VerifyResult) -> Iterator[str]:
    facts, patches = (
        counted(result.facts, "fact"),
        counted(result.patches, "live patch", "live patches"),
    )
    yield f"{facts} and {patches} are as recorded; the weights have the hash {result.state_hash}."


def _of_entity(result: ShowResult) -> Iterator[str]:
    yield from (f"also known as {alias}" for alias in result.aliases)
    yield from map(str, (*result.facts, *result.about))
    if result.versions:
        yield f"changed by versions {', '.join(map(str, result.versions))}"


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun.

    >>> counted(1, "patch", "patches")
    '1 patch'
    >>> counted(1200, "chain")
    '1,200 chains'
    """
    return f"1 {one}" if count == 1 else f"{count:,} {many or f'{one}s'}"


def slot_words(change: SlotChange) -> tuple[str, str, str]:
    """Return a changed slot, what it held before, and what it holds after."""
    slot = f"{change.slot.subject} - {relation_name(change.slot.relation)}"
    return slot, listed(change.old) or NOTHING, listed(change.new) or NOTHING


def changed_slots(entry: HistoryEntry) -> list[str]:
    """Return the asserted changes of a version, a line each."""
    rows = (slot_words(each) for each in entry.changes.by_slot if not each.derived)
    return [f"{slot}: {old} → {new}" for slot, old, new in rows]


def hop_words(hop: Hop) -> tuple[str, str]:
    """Return the slot of a hop, and what the graph holds in it."""
    slot = f"{listed(hop.subjects, most=2)} - {relation_name(hop.relation)}"
    return slot, listed(hop.objects) or NOTHING


def comparison(result: AskResult) -> str:
    """Return how the model's answer compares with the graph's."""
    if result.agrees is None:
        return "The question was not found in the graph, so nothing is compared"
    if result.agrees:
        return "Model and graph agree"
    return "Model and graph differ" if result.expected else "The graph holds no answer"


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
    """Return names in a row; many are cut short.

    >>> listed(("Paris", "Lyon", "Nice"), most=2)
    'Paris, Lyon and 1 more'
    """
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def _versions(versions: Sequence[int]) -> str:
    return f"version {', '.join(map(str, versions))}"
