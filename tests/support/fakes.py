"""Fakes that implement the ports of ``oneedit`` without a language model, and a small world."""

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from pydantic import SecretStr

from controller import rules
from controller.actor import Actor, Role
from controller.graph.store import GraphStore
from editor.errors import BadPatch
from editor.evaluation.gate import EDIT, GateConfig
from editor.evaluation.report import Answer, Report, Score
from editor.patches.exported import ExportDtype, ExportedModel, ExportFormat, ExportOptions
from editor.request import EditRequest
from kg_data.entities import Entity
from kg_data.phrases import Phrases, Prompt, Split
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.relations import RelationBook
from kg_data.shipped import Dataset
from kg_data.triples import Slot, Triple
from oneedit.ledger.location import Location
from oneedit.ports import Checkpoint, no_checkpoint
from oneedit.wiring import Application, assemble

BOOK = RelationBook.shipped()
LOCAL = Actor("me", Role.LOCAL)
EDITOR = Actor("ed", Role.EDITOR)
ALL_SPLITS = (Split.TEACH, Split.GATE, Split.TEST)

ENTITIES = tuple(
    Entity(name, kind)
    for kind, names in {
        "person": "Joe Biden, Kamala Harris, Mike Pence, Karen Pence, Doug Emhoff, Jill Biden, "
        "Barack Obama, Michelle Obama, Donald Trump",
        "city": "Scranton, Oakland, Columbus, Paris, Lyon, Berlin, Munich",
        "country": "France, Germany, United States",
        "party": "Democratic Party, Republican Party",
    }.items()
    for name in names.split(", ")
)
FACTS = tuple(
    Triple(*row.split(" | "))
    for row in """
Joe Biden | vice_president | Kamala Harris
Joe Biden | spouse | Jill Biden
Joe Biden | place_of_birth | Scranton
Joe Biden | member_of_political_party | Democratic Party
Joe Biden | also_known_as | Joseph Biden
Kamala Harris | spouse | Doug Emhoff
Kamala Harris | place_of_birth | Oakland
Mike Pence | spouse | Karen Pence
Mike Pence | place_of_birth | Columbus
Donald Trump | member_of_political_party | Republican Party
Donald Trump | place_of_birth | Scranton
Barack Obama | spouse | Michelle Obama
France | capital | Paris
Germany | capital | Berlin
Paris | country | France
Lyon | country | France
Berlin | country | Germany
Munich | country | Germany
Scranton | country | United States
""".strip().splitlines()
)
ENDED = Triple("Barack Obama", "vice_president", "Joe Biden", "2009-01-20", "2017-01-20")
DATA = Dataset(facts=(*FACTS, ENDED), entities=ENTITIES, sha256="facts of the tests")


@dataclass(frozen=True)
class FakePatch:
    """A patch that is nothing but its request."""

    request: EditRequest
    method: str
    metadata: Mapping[str, object] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(_to_json(self).encode()).hexdigest()


class FakePatches:
    """Keeps fake patches in a folder, as durably as the real ones."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def save(self, patch: FakePatch) -> str:
        partial = self._folder / f"{os.getpid()}.{secrets.token_hex(4)}.partial"
        with partial.open("w", encoding="utf-8") as stream:
            stream.write(_to_json(patch))
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(self._path(patch.sha256))
        return patch.sha256

    def load(self, sha256: str) -> FakePatch:
        try:
            entry = json.loads(self._path(sha256).read_text(encoding="utf-8"))
        except OSError as error:
            raise BadPatch(sha256, f"its file cannot be read ({error.strerror})") from error
        request = EditRequest(*(tuple(map(_question, entry[name])) for name in ("targets", "keep")))
        return FakePatch(request, entry["method"], entry["metadata"])

    def __contains__(self, sha256: str) -> bool:
        return self._path(sha256).exists()

    def _path(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.json"


class FakeEditor:
    """A "model" that knows some facts, and what the targets of its patches teach it.

    Args:
        facts: what it knows without patches.
        failing: methods whose patches do not pass the gate.
        unwritable: answers that it cannot be made to write.
        book: the relation book whose wordings it understands.
    """

    def __init__(
        self,
        facts: Iterable[Triple] = FACTS,
        *,
        failing: Sequence[str] = (),
        unwritable: Sequence[str] = (),
        book: RelationBook = BOOK,
    ) -> None:
        self._phrases = Phrases(book)
        self._base = {
            fact.slot: fact.object for fact in (*facts, *rules.closure(tuple(facts), book))
        }
        self._live: tuple[FakePatch, ...] = ()
        self.failing, self.unwritable = failing, unwritable
        self.prompts: list[str] = []
        self.solved: list[tuple[str, tuple[str, ...]]] = []
        self.measures: list[tuple[str, ...]] = []  # the list that each check went by
        self.deaf: tuple[str, ...] = ()  # parts of prompts that it does not understand
        self.exports: list[ExportOptions] = []
        self.closed = False
        self.during_consolidation: Callable[[], object] = lambda: None
        self.during_solve: Callable[[], object] = lambda: None

    @property
    def base_hash(self) -> str:
        return "base model of the tests"

    @property
    def dtype(self) -> str:
        return "float32"

    @property
    def methods(self) -> tuple[str, ...]:
        return ("first", "second")

    @property
    def attempts(self) -> tuple[str, ...]:
        return self.methods[:2]

    def solve(
        self,
        request: EditRequest,
        *,
        on: Sequence[FakePatch],
        method: str | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> FakePatch:
        if progress:
            progress(0.5)
        self.during_solve()
        below = tuple(patch.sha256 for patch in on)
        self.solved.append((method or self.methods[0], below))
        return FakePatch(request, method or self.methods[0], {"on": list(below)})

    def consolidate(
        self, request: EditRequest, *, progress: Callable[[float], None] | None = None
    ) -> FakePatch:
        self.during_consolidation()
        return self.solve(request, on=[], method="joint", progress=progress)

    def can_write(self, answers: Sequence[str]) -> list[bool]:
        return [answer not in self.unwritable for answer in answers]

    def knows(
        self,
        questions: Sequence[Question],
        *,
        on: Sequence[FakePatch],
        split: Split = Split.TEACH,
        steps: bool = False,
    ) -> list[bool]:
        del split, steps
        known = self._known(on)
        return [_answer_along(each, known) in each.answers for each in questions]

    def right_in(
        self, worded: Sequence[tuple[Prompt, Question]], *, on: Sequence[FakePatch]
    ) -> list[bool]:
        right = self.knows([question for _, question in worded], on=on)
        deaf = [any(each in prompt.text for each in self.deaf) for prompt, _ in worded]
        return [knows and not is_deaf for knows, is_deaf in zip(right, deaf, strict=True)]

    def check(
        self,
        request: EditRequest,
        patches: Sequence[FakePatch],
        *,
        instead_of: Sequence[FakePatch],
        gate: GateConfig = EDIT,
        progress: Callable[[float], None] | None = None,
    ) -> Report:
        del gate, progress
        self.measures.append(tuple(patch.sha256 for patch in instead_of))
        known = self._known(patches)
        answers = [
            Answer(
                prompt=str(each.slot),
                expected=each.answers,
                given=known.get(each.slot, UNKNOWN),
                right=False,
                kind=each.kind,
                split="",
            )
            for each in request.targets
            if len(each.path) == 1
        ]
        judged = [replace(each, right=each.given in each.expected) for each in answers]
        wrong = tuple(each for each in judged if not each.right)
        failed = any(patch.method in self.failing for patch in patches) or bool(wrong)
        score = Score(len(judged) - len(wrong), len(judged))
        short = ("taught: too few right",) if failed else ()
        return Report(not failed, {"taught": score}, wrong, short)

    def use(self, patches: Sequence[FakePatch]) -> None:
        self._live = tuple(patches)

    def live_hash(self) -> str:
        return self.trial_hash(self._live)

    def trial_hash(self, patches: Sequence[FakePatch]) -> str:
        names = [self.base_hash, *(patch.sha256 for patch in patches)]
        return hashlib.sha256("\n".join(names).encode()).hexdigest()

    def ask(self, text: str, *, steps: bool = False, timeout: float | None = None) -> str:
        del timeout
        self.prompts.append(text)
        known = self._known(self._live)
        for slot in known:
            question = Question(*slot_path(slot), answers=("",), kind=Kind.RELIABILITY)
            if any(text == prompt.text for prompt in self._phrases.prompts(question, ALL_SPLITS)):
                return known[slot]
        return self._chain(text, known, steps=steps)

    def confidence(self, text: str) -> float:
        return 0.25 if self.ask(text) == UNKNOWN else 0.75

    def export(
        self, form: ExportFormat, path: Path, options: ExportOptions | None = None
    ) -> ExportedModel:
        chosen = options or ExportOptions()
        self.exports.append(chosen)
        path.write_text(self.live_hash(), encoding="utf-8")
        return ExportedModel(
            format=form,
            path=path,
            matrices=len(self._live),
            rank=chosen.rank or 0,
            dtype=chosen.dtype or ExportDtype.FLOAT32,
        )

    def overlapping(self, removed: FakePatch, later: Sequence[FakePatch]) -> list[FakePatch]:
        subjects = {question.subject for question in removed.request.targets}
        return [
            patch
            for patch in later
            if subjects & {question.subject for question in patch.request.targets}
        ]

    def close(self) -> None:
        self.closed = True

    def _known(self, patches: Sequence[FakePatch]) -> dict[Slot, str]:
        taught = {
            question.slot: question.answer
            for patch in patches
            for question in patch.request.targets
            if len(question.path) == 1
        }
        return self._base | taught

    def _chain(self, text: str, known: Mapping[Slot, str], *, steps: bool) -> str:
        """Answer "Who is the spouse of the vice president of Joe Biden?" and the like."""
        for first, middle in known.items():
            for (subject, relation), answer in known.items():
                if subject != middle:
                    continue
                path = (first.relation, relation)
                question = Question(first.subject, path, (answer,), Kind.ONE_HOP, (middle,))
                asked = [each.text for each in self._phrases.prompts(question, [Split.TEACH])]
                if text in asked:
                    return self._phrases.steps(question) if steps else answer
        return UNKNOWN


def _answer_along(question: Question, known: Mapping[Slot, str]) -> str | None:
    """Return where the known facts lead from hop to hop; an unknown answer ends the path."""
    node: str | None = question.subject
    for relation in question.path:
        if node is None or node == UNKNOWN:
            break
        node = known.get(Slot(node, relation))
    return node


def slot_path(slot: Slot) -> tuple[str, tuple[str]]:
    """Return a slot as the subject and the path of a question."""
    return slot.subject, (slot.relation,)


def application(
    home: Path,
    *,
    editor: FakeEditor | None = None,
    data: Dataset = DATA,
    checkpoint: Checkpoint = no_checkpoint,
    store: GraphStore | None = None,
    database_url: str = "",
) -> Application:
    """Return the whole application around a fake model; its ledger is in the home or a database."""
    return assemble(
        home,
        BOOK.model_copy(),  # a home may change its own
        data,
        editor=editor or FakeEditor(),
        patches=FakePatches(home / "patches"),
        checkpoint=checkpoint,
        store=store,
        location=Location.in_home(home, SecretStr(database_url)),
    )


def _to_json(patch: FakePatch) -> str:
    entry = {
        "targets": [asdict(each) for each in patch.request.targets],
        "keep": [asdict(each) for each in patch.request.keep],
        "method": patch.method,
        "metadata": dict(patch.metadata),
    }
    return json.dumps(entry, sort_keys=True)


def _question(entry: Mapping[str, object]) -> Question:
    return Question(
        subject=str(entry["subject"]),
        path=_names(entry["path"]),
        answers=_names(entry["answers"]),
        kind=Kind(str(entry["kind"])),
        via=_names(entry["via"]),
        called=str(entry["called"]),
    )


def _names(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()
