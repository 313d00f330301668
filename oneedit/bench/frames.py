"""Facts between what may stand before and behind them: each is told as it is, or not at all."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from interpreter.dialogue import EMPTY_DIALOGUE
from interpreter.intents import Forget, Intent, Tell
from interpreter.interpreter import Reader
from kg_data.entities import EntityChange
from kg_data.errors import BadFile
from kg_data.triples import Triple

_MOST_SHOWN = 200  # failures of one kind
_NOT_FOR_ALL = frozenset({"contrast"})  # ", not Warsaw" is no frame of a fact about a spouse


class Frame(BaseModel):
    """What stands before or behind a fact.

    Attributes:
        text: the words, with the marks and the space that they need.
        edit: whether the fact may still be told.
        kind: a name by which failures are grouped.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    edit: bool
    kind: str


class FramedFact(BaseModel):
    """A fact in words without a final mark, and what it means."""

    model_config = ConfigDict(frozen=True)

    text: str
    fact: tuple[str, str, str]


class FrameLists(BaseModel):
    """The lists of a file: facts, and what may stand around them."""

    model_config = ConfigDict(frozen=True)

    facts: tuple[FramedFact, ...]
    front: tuple[Frame, ...]
    behind: tuple[Frame, ...]

    def spread(self, count: int) -> "FrameLists":
        """Return the lists with at most so many frames on each side, of all kinds."""
        front, behind = (
            [each for each in frames if each.kind not in _NOT_FOR_ALL]
            for frames in (self.front, self.behind)
        )
        return FrameLists(
            facts=self.facts, front=_spread(front, count), behind=_spread(behind, count)
        )

    def messages(self, sample: int | None, seed: int) -> Iterator["FramedMessage"]:
        """Yield every fact in every pair of frames, or a sample of them, the same for a seed."""
        total = len(self.facts) * len(self.front) * len(self.behind)
        chosen: Sequence[int] = range(total)
        if sample is not None and sample < total:
            chosen = random.Random(seed).sample(chosen, sample)
        for number in chosen:
            rest, behind = divmod(number, len(self.behind))
            fact, front = divmod(rest, len(self.front))
            yield FramedMessage(self.facts[fact], self.front[front], self.behind[behind])


@dataclass(frozen=True, slots=True)
class FramedMessage:
    """A fact in a pair of frames."""

    fact: FramedFact
    front: Frame
    behind: Frame

    @property
    def text(self) -> str:
        """Return the message."""
        return f"{self.front.text}{self.fact.text}{self.behind.text}"

    def outcome(self, intent: Intent) -> str:
        """Return "right", or what is wrong with how the message was read.

        "false": an edit where a frame denies one. "junk": an edit with a new name. "wrong": an
        edit of another fact. "missed": none although the fact may be told.
        """
        may = self.front.edit and self.behind.edit
        if not isinstance(intent, Tell | Forget | EntityChange):
            return "missed" if may else "right"
        if not may:
            return "false"
        if isinstance(intent, Tell) and intent.new_entities:
            return "junk"
        told = [_plain(fact) for fact in intent.facts] if isinstance(intent, Tell) else []
        return "right" if told == [self.fact.fact] else "wrong"


def frame_figures(reader: Reader, messages: Iterator[FramedMessage]) -> dict[str, object]:
    """Return how many messages were read rightly and not, and which were not, as JSON values."""
    counts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    failures: dict[str, list[str]] = {"false": [], "junk": [], "wrong": [], "missed": []}
    told = 0
    for message in messages:
        outcome = message.outcome(reader.read(message.text, EMPTY_DIALOGUE))
        counts[outcome] += 1
        told += message.front.edit and message.behind.edit
        if outcome != "right":
            kinds[f"{outcome}: {message.front.kind} / {message.behind.kind}"] += 1
            if len(failures[outcome]) < _MOST_SHOWN:
                failures[outcome].append(message.text)
    return {
        "messages": sum(counts.values()),
        "facts_to_tell": told,
        "scores": {
            "right": counts["right"],
            "told": round(1 - counts["missed"] / told, 4) if told else 1.0,
            **{each: counts[each] for each in failures},
        },
        "kinds": dict(kinds.most_common(40)),
        "failures": failures,
    }


def frame_lists(folder: Path) -> FrameLists:
    """Return the lists of ``framed_facts.jsonl`` and ``frames.json`` in a folder.

    Raises:
        BadFile: one cannot be read, or holds something else.
    """
    try:
        lines = (folder / "framed_facts.jsonl").read_text(encoding="utf-8").splitlines()
        known = [FramedFact.model_validate_json(line) for line in lines if line.strip()]
        sides = json.loads((folder / "frames.json").read_text(encoding="utf-8"))
        return FrameLists.model_validate({"facts": known, **sides})
    except (OSError, ValueError, TypeError) as error:
        raise BadFile(folder, None, str(error)) from error


def _spread(frames: Sequence[Frame], count: int) -> tuple[Frame, ...]:
    count = min(count, len(frames))
    return tuple(frames[number * len(frames) // count] for number in range(count))


def _plain(fact: Triple) -> tuple[str, str, str]:
    return fact.subject, fact.relation, fact.object
