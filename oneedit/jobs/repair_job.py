"""The kind ``repair``: asks the model what the graph knows, and teaches it again what is wrong.

It has three phases: it asks, it teaches what was answered wrongly, and it asks again. The slots
are drawn from the graph by the seed, so that a run that goes on draws the same ones as long as
nobody has changed their relations; otherwise some may be asked twice or not at all.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from pydantic import Field

from controller.actor import Actor
from controller.graph.lexicon import ALIAS
from kg_data.triples import Slot
from oneedit.edits.call import Call
from oneedit.edits.repair import Repairer
from oneedit.jobs.kinds import JobKind, JobRequest, JobResult, JobSettings
from oneedit.jobs.run_context import RunContext
from oneedit.ledger.hashing import canonical_json, sha256_of
from oneedit.people.permissions import Operation
from oneedit.service import EditService

ASKED_AT_ONCE = 100
"""Questions between two saves of the cursor."""

MOST_SHOWN = 20
"""Relations, and slots that could not be taught, that are logged one by one."""


class RepairSettings(JobSettings):
    """What may be set for a repair."""

    per_relation: int = Field(default=0, ge=0)
    """Slots of each relation that are drawn; 0 for all."""
    seed: int = 0
    """Seed of the draw; the same seed draws the same slots of the same graph."""
    relations: tuple[str, ...] = ()
    """Only these relations."""
    most: int = Field(default=200, ge=0)
    """Slots that one run teaches at most; the next run goes on."""
    together: int = Field(default=16, ge=1, le=16)
    """Slots that are taught as one version."""


@dataclass(frozen=True, kw_only=True)
class _Progress:
    """How far a run is; its cursor.

    Attributes:
        phase: "ask", "teach" or "again".
        position: slots that were asked in the phase.
        before, after: (right, asked) before and after teaching, by relation.
        wrong: slots that are left to be taught.
        counts: what became of the others.
    """

    phase: str = "ask"
    position: int = 0
    before: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    after: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    wrong: tuple[Slot, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, saved: Mapping[str, Any] | None) -> "_Progress":
        if not saved:
            return cls()
        return cls(
            phase=saved["phase"],
            position=saved["position"],
            before={name: (right, asked) for name, (right, asked) in saved["before"].items()},
            after={name: (right, asked) for name, (right, asked) in saved["after"].items()},
            wrong=tuple(Slot(*entry) for entry in saved["wrong"]),
            counts=saved["counts"],
        )

    def saved(self) -> dict[str, Any]:
        return {
            "phase": self.phase,
            "position": self.position,
            "before": {name: list(score) for name, score in self.before.items()},
            "after": {name: list(score) for name, score in self.after.items()},
            "wrong": [[slot.subject, slot.relation] for slot in self.wrong],
            "counts": dict(self.counts),
        }

    def plus(self, **counts: int) -> "_Progress":
        total = {name: self.counts.get(name, 0) + number for name, number in counts.items()}
        return replace(self, counts={**self.counts, **total})


def run_repair(
    request: JobRequest[RepairSettings], service: EditService, actor: Actor, context: RunContext
) -> JobResult:
    """Ask the model what the graph knows, teach again what is wrong, and ask again.

    Raises:
        RunCancelled, RunInterrupted: the run is to end.
        BadRelation: the home's relation book lacks a relation of the settings.
        HomeBusy: other edits held the home for too long.
    """
    return _Repair(request, service, actor, context).run()


class _Repair:
    """One run."""

    def __init__(
        self,
        request: JobRequest[RepairSettings],
        service: EditService,
        actor: Actor,
        context: RunContext,
    ) -> None:
        self._request, self._service = request, service
        self._actor, self._context = actor, context
        self._settings = request.settings
        self._repairer = Repairer(service.context)
        self._progress = _Progress.load(context.load_cursor())

    def run(self) -> JobResult:
        slots = self._drawn()
        if self._progress.phase == "ask":
            self._ask(slots)
            self._log_scores("before", self._progress.before)
            if self._context.dry_run:
                return self._result()
            self._save(replace(self._progress, phase="teach", position=0))
        if self._progress.phase == "teach":
            self._choose()
            self._teach()
            self._save(replace(self._progress, phase="again", position=0))
        if self._progress.counts.get("taught"):
            self._ask(slots)
            self._log_scores("after", self._progress.after)
        return self._result()

    # ---------- ask ----------

    def _drawn(self) -> list[Slot]:
        """Return the slots that are asked, sorted."""
        store, settings = self._service.context.projector.store, self._settings
        book = self._service.context.controller.book
        wanted = tuple(book[name].name for name in settings.relations or book.names())
        wanted = tuple(name for name in wanted if name != ALIAS)
        with self._service.context.projector.reading():
            if not settings.per_relation:
                names = frozenset(wanted)
                return sorted({each.slot for each in store.facts() if each.relation in names})
            drawn = (
                fact.slot
                for name in wanted
                for fact in store.sample(
                    name, settings.per_relation, Random(f"{settings.seed}:{name}")
                )
            )
            return sorted(set(drawn))

    def _ask(self, slots: Sequence[Slot]) -> None:
        """Ask the slots from the position on, and save after each batch."""
        for batch in _parts(slots[self._progress.position :], ASKED_AT_ONCE):
            self._context.check()
            right, wrong = self._repairer.ask(batch)
            before = self._progress
            done = replace(before, position=before.position + len(batch))
            if before.phase == "ask":
                scores = _added(before.before, right, wrong)
                done = replace(done, before=scores, wrong=(*before.wrong, *wrong))
            else:
                done = replace(done, after=_added(before.after, right, wrong))
            self._save(done)
            self._context.progress(done.position / len(slots))

    # ---------- teach ----------

    def _choose(self) -> None:
        """Take out of what is wrong what cannot be taught, and what is too much for one run."""
        if "chosen" in self._progress.counts:
            return  # before the run was interrupted
        hopeless = self._repairer.unwritable(self._progress.wrong)
        for slot in hopeless[:MOST_SHOWN]:
            self._context.log(f"the model cannot write the answer: {_words(slot)}")
        possible = [slot for slot in self._progress.wrong if slot not in set(hopeless)]
        chosen = tuple(possible[: self._settings.most])
        left = len(possible) - len(chosen)
        counted = self._progress.plus(unwritable=len(hopeless), left=left, chosen=len(chosen))
        self._save(replace(counted, wrong=chosen))

    def _teach(self) -> None:
        """Teach what is left in parts, each of them a version."""
        total = self._progress.counts["chosen"]
        while self._progress.wrong:
            self._context.check()
            part = self._progress.wrong[: self._settings.together]
            self._part(part)
            rest = self._progress.wrong[len(part) :]
            self._save(replace(self._progress, wrong=rest))
            self._context.progress(1 - len(rest) / total)

    def _part(self, part: Sequence[Slot]) -> None:
        """Teach some slots; halves of them if the model does not learn all of them at once."""
        self._context.check()
        found = self._repairer.teach(part, self._call(part))
        if found is not None:
            versions = 0 if found.event is None else 1
            self._progress = self._progress.plus(taught=len(found.slots), versions=versions)
            if found.event is not None:
                self._context.log(f"version {found.event.version}: {len(found.slots)} slots taught")
            return
        if len(part) == 1:
            self._progress = self._progress.plus(failed=1)
            if self._progress.counts["failed"] <= MOST_SHOWN:
                self._context.log(f"the model does not learn: {_words(part[0])}")
            return
        middle = len(part) // 2
        self._part(part[:middle])
        self._part(part[middle:])

    def _call(self, part: Sequence[Slot]) -> Call:
        """Return the call for a part; the same part has the same key in the same run."""
        digest = sha256_of(canonical_json([[slot.subject, slot.relation] for slot in part]))
        named = ", ".join(map(_words, part[:3])) + (" ..." if len(part) > 3 else "")
        return Call(
            actor=self._actor,
            text=f"repair {named}",
            operation="repair",
            key=f"{self._request.batch}:{digest[:16]}",
            progress=self._check_now_and_then,
            source=self._service.source,
            batch=self._request.batch,
        )

    def _check_now_and_then(self, stage: str, _share: float) -> None:
        """Let the solve of a part end where the run is to end; its share is not the run's."""
        if stage in {"solve", "check"}:
            self._context.check_now_and_then()

    # ---------- report ----------

    def _save(self, progress: _Progress) -> None:
        self._progress = progress
        if not self._context.dry_run:
            self._context.save_cursor(progress.saved())

    def _log_scores(self, when: str, scores: Mapping[str, tuple[int, int]]) -> None:
        """Log the agreement of all relations, and of those with the most wrong answers."""
        self._context.log(f"agreement {when}: {_share(scores)}")
        worst = sorted(scores, key=lambda name: scores[name][0] - scores[name][1])
        for name in worst[:MOST_SHOWN]:
            right, asked = scores[name]
            if right < asked:
                self._context.log(f"  {name}: {right} of {asked}")

    def _result(self) -> JobResult:
        progress = self._progress
        right, asked = _total(progress.before)
        text = f"agreement {_share(progress.before)}"
        counts = {"asked": asked, "right_before": right}
        if self._context.dry_run:
            return JobResult(counts=counts, text=f"{text}; nothing was taught")
        after = progress.after or progress.before
        counts["right_after"] = _total(after)[0]
        counts |= {name: n for name, n in progress.counts.items() if name != "chosen"}
        text = f"{text} before, {_share(after)} after"
        if counts.get("versions"):
            text += f"; undo it with: oneedit undo --batch {self._request.batch}"
        return JobResult(counts=counts, text=text)


def _words(slot: Slot) -> str:
    return f"{slot.relation} of {slot.subject}"


def _parts(slots: Sequence[Slot], size: int) -> Iterator[Sequence[Slot]]:
    for start in range(0, len(slots), size):
        yield slots[start : start + size]


def _added(
    scores: Mapping[str, tuple[int, int]], right: Sequence[Slot], wrong: Sequence[Slot]
) -> dict[str, tuple[int, int]]:
    """Return scores by relation with more answers."""
    good = Counter(slot.relation for slot in right)
    asked = good + Counter(slot.relation for slot in wrong)
    found = dict(scores)
    for name, count in asked.items():
        before = found.get(name, (0, 0))
        found[name] = (before[0] + good[name], before[1] + count)
    return found


def _total(scores: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    return sum(right for right, _ in scores.values()), sum(asked for _, asked in scores.values())


def _share(scores: Mapping[str, tuple[int, int]]) -> str:
    right, asked = _total(scores)
    return f"{right} of {asked}" + (f" ({right / asked:.1%})" if asked else "")


REPAIR = JobKind(
    name="repair",
    about="asks the model what the graph knows, and teaches it again what is wrong",
    settings=RepairSettings,
    operation=Operation.EDIT,
    run=run_repair,
)
