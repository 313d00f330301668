"""How well messages are read: intents, triples, and edits that nobody asked for."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from pydantic import BaseModel, ConfigDict, ValidationError

from interpreter.dialogue import EMPTY_DIALOGUE
from interpreter.intents import (
    Ask,
    Forget,
    History,
    Intent,
    RollBack,
    Show,
    Tell,
    Unclear,
    Undo,
)
from interpreter.interpreter import Reader
from kg_data.entities import EntityChange
from kg_data.errors import BadFile

Triples = tuple[tuple[str | None, ...], ...]


class ReadingCase(BaseModel):
    """A message and what it means.

    Attributes:
        text: the message.
        intent: "tell", "forget", "ask", "undo", "history", "talk" or "unclear".
        triples: [s, r, o] of a tell; [s, r, o or null] of a forget; [s, r, ...] of a question.
        accept: other intents that are right.
        alternatives: other right triples ("or" in files).
        alt: other relations that are right for one.
        before: earlier messages of the dialogue.
        category: a name by which failures are grouped.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str
    intent: str
    triples: Triples = ()
    accept: tuple[str, ...] = ()
    alternatives: tuple[Triples, ...] = ()
    alt: Mapping[str, tuple[str, ...]] = {}
    before: tuple[str, ...] = ()
    category: str = ""

    def accepts_triples(self, triples: Triples) -> bool:
        """Tell whether triples are those of the case, in any order."""
        found = _sorted(triples)
        return any(found == _sorted(each) for each in self._right())

    def _right(self) -> Iterable[Triples]:
        for wanted in (self.triples, *self.alternatives):
            yield wanted
            for relation, others in self.alt.items():
                for other in others:
                    yield tuple(
                        tuple(other if part == relation else part for part in triple)
                        for triple in wanted
                    )


@dataclass(frozen=True, slots=True)
class CaseReading:
    """How a case was read.

    Attributes:
        case: the case.
        intent, triples: what was read.
        asked: whether nothing would be changed before the user has agreed.
        seconds: how long it took.
    """

    case: ReadingCase
    intent: str
    triples: Triples
    asked: bool
    seconds: float

    @property
    def intent_right(self) -> bool:
        """Tell whether the intent is right."""
        return self.intent in {self.case.intent, *self.case.accept}

    @property
    def triples_right(self) -> bool:
        """Tell whether the triples are right; of another accepted intent they do not matter."""
        if self.intent_right and self.intent != self.case.intent:
            return True
        return self.intent_right and self.case.accepts_triples(self.triples)

    @property
    def false_edit(self) -> bool:
        """Tell whether it is an edit where none is asked for."""
        return self.intent in _EDITS and not self.intent_right

    @property
    def wrong_edit(self) -> bool:
        """Tell whether it is another edit than the one that is asked for."""
        return self.intent in _EDITS and self.intent_right and not self.triples_right

    @property
    def applied_unasked(self) -> bool:
        """Tell whether it is a wrong edit that would be applied at once."""
        return (self.false_edit or self.wrong_edit) and not self.asked


_EDITS = frozenset({"tell", "forget"})


def read_reading_cases(path: Path) -> list[ReadingCase]:
    """Read cases from a JSONL file.

    Raises:
        BadFile: it cannot be read, or a line is no case.
    """
    cases = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(path, None, str(error)) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            content = json.loads(line)
            cases.append(
                ReadingCase.model_validate({**content, "alternatives": content.get("or", ())})
            )
        except (ValueError, TypeError, ValidationError) as error:
            raise BadFile(path, number, str(error)) from error
    return cases


def read_case(reader: Reader, case: ReadingCase) -> CaseReading:
    """Read the messages of a case in order, and return how its own was read."""
    dialogue = EMPTY_DIALOGUE
    for message in case.before:
        dialogue = dialogue.after(reader.read(message, dialogue))
    start = time.perf_counter()
    intent = reader.read(case.text, dialogue)
    seconds = time.perf_counter() - start
    return CaseReading(case, intent_name(intent), _triples(intent), _asks_first(intent), seconds)


def intent_name(intent: Intent) -> str:
    """Return the name of an intent as case files have it."""
    match intent:
        case Ask() | Show():
            return "ask"
        case Undo() | RollBack():
            return "undo"
        case EntityChange():
            return "forget"
        case Tell() | Forget() | History() | Unclear():
            return type(intent).__name__.lower()
        case _:
            return "talk"


def _triples(intent: Intent) -> Triples:
    match intent:
        case Tell(facts):
            return tuple((fact.subject, fact.relation, fact.object) for fact in facts)
        case Forget(slot, obj):
            return ((*slot, obj),)
        case EntityChange(entity=entity):
            return ((entity, None, None),)
        case Ask(subject=subject, path=path) if path:
            return ((subject, *path),)
        case _:
            return ()


def _asks_first(intent: Intent) -> bool:
    match intent:
        case Tell(new_entities=new, guesses=guesses, read_by=name, heard=heard):
            return bool(new or guesses or name or heard)
        case Forget(guesses=guesses, read_by=name):
            return bool(guesses or name)
        case _:
            return True


def _sorted(triples: Triples) -> list[str]:
    return sorted(json.dumps(triple) for triple in triples)


def reading_figures(readings: Sequence[CaseReading]) -> dict[str, object]:
    """Return scores, latency and failures of readings, as JSON values."""
    count = len(readings)
    milliseconds = sorted(1000 * each.seconds for each in readings)
    percentiles = quantiles(milliseconds, n=100) if count > 1 else [*milliseconds] * 99
    return {
        "cases": count,
        "scores": {
            "intent": round(sum(each.intent_right for each in readings) / count, 4),
            "triples": round(sum(each.triples_right for each in readings) / count, 4),
            "false_edits": sum(each.false_edit for each in readings),
            "wrong_edits": sum(each.wrong_edit for each in readings),
            "applied_unasked": sum(each.applied_unasked for each in readings),
        },
        "latency_ms": {
            "p50": round(percentiles[49], 2),
            "p99": round(percentiles[98], 2),
            "max": round(milliseconds[-1], 2),
        },
        "failures": [
            {
                "text": each.case.text,
                "before": each.case.before,
                "category": each.case.category,
                "intent": each.case.intent,
                "read_as": each.intent,
                "triples": each.case.triples,
                "read_triples": each.triples,
            }
            for each in readings
            if not each.triples_right
        ],
    }
