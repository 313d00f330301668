"""The job that brings the graph up to a source: a file, an endpoint, another graph.

Each record goes through the controller in the name of the job. New facts without a conflict are
committed batch by batch; conflicts become proposals for review. The place in the source is
committed with the facts of its batch, so that a run that was killed at any point goes on as if it
had not been.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import islice
from typing import Any

from controller.actor import Actor
from controller.bulk import Batch, BatchPlan, Judged, Wanted
from controller.plan import Verdict
from interpreter.intents import Tell
from kg_data.entities import Entity
from kg_data.gathering import relation_named
from kg_data.relations import RelationBook
from kg_data.sources.source import BadRecord, Record
from kg_data.triples import Triple
from oneedit.edits.call import Call
from oneedit.edits.imports import ImportCall, Importer
from oneedit.errors import BadRecords, StaleHead
from oneedit.jobs.pull_request import OnError, PullContext, PullRequest, PullResult
from oneedit.ledger.hashing import canonical_json, sha256_of
from oneedit.people.permissions import Operation, require
from oneedit.service import EditService

MOST_LOGGED = 100
"""Bad records, refused facts and conflicts that are logged one by one, so many of each."""

MOST_UNMAPPED = 10
"""Properties without a relation that are named."""

_TRIES = 10  # plans of one batch while others commit in between


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where a run goes on: its place, the number of the next batch, and what was done so far."""

    position: int = 0
    number: int = 0
    fingerprint: str = ""
    done: PullResult = field(default_factory=PullResult)

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> "_Cursor":
        known = {each.name for each in fields(PullResult)}
        counts = {name: value for name, value in saved["done"].items() if name in known}
        done = PullResult(**counts)
        return cls(saved["position"], saved["batch"], saved["fingerprint"], done)

    def saved(self) -> dict[str, Any]:
        return {
            "position": self.position,
            "batch": self.number,
            "fingerprint": self.fingerprint,
            "done": asdict(self.done),
        }


def pull(
    request: PullRequest, service: EditService, actor: Actor, context: PullContext
) -> PullResult:
    """Add what a source states and the graph lacks; propose what is in conflict with it.

    Args:
        request: what to pull.
        service: the application.
        actor: the job's own actor; new names need a review unless it is trusted as a curator.
        context: cursor, log and cancellation of the run.

    Raises:
        NotPermitted: the job's actor may not import anything.
        BadRecords: a record is bad and ``on_error`` is STOP, or too many are bad.
        KgDataError: the source cannot be read.
        StaleHead: others committed again and again while a batch was planned.
    """
    require(actor, Operation.IMPORT)
    return _Pull(request, service, actor, context).run()


class _Pull:
    """One run."""

    def __init__(
        self, request: PullRequest, service: EditService, actor: Actor, context: PullContext
    ) -> None:
        self._request, self._actor, self._context = request, actor, context
        self._service = replace(service, source=request.ledger_source, batch=request.id)
        self._importer = Importer(service.context)
        self._rehearsal: Batch | None = None
        self._unmapped: set[str] = set()

    def run(self) -> PullResult:
        cursor = self._resumed()
        records = islice(self._request.source.records(), cursor.position, None)
        for items in _batches(records, self._request.batch):
            if self._context.cancelled():
                self._context.log(f"cancelled at record {cursor.position}")
                return cursor.done
            cursor = self._batch(items, cursor)
            if self._request.total:
                self._context.progress(min(1.0, cursor.position / self._request.total))
        self._context.progress(1.0)
        done = replace(cursor.done, finished=True)
        if not self._context.dry_run:
            self._context.save_cursor(replace(cursor, done=done).saved())
        return done

    def _resumed(self) -> _Cursor:
        """Return where the run goes on: what was committed last, or saved after it."""
        fingerprint = self._request.source.fingerprint
        if self._context.dry_run:
            return _Cursor(fingerprint=fingerprint)
        committed = self._service.context.ledger.last_import(self._actor.name, self._request.id)
        found = [self._context.load_cursor()]
        if committed is not None and committed.content.imported is not None:
            found.append(committed.content.imported.cursor)
        cursors = [_Cursor.read(each) for each in found if each]
        if not cursors:
            return _Cursor(fingerprint=fingerprint)
        last = max(cursors, key=lambda each: (each.number, each.position))
        if last.fingerprint != fingerprint:
            self._context.log("the source has changed; the run begins at its first record again")
            again = PullResult(added=last.done.added, versions=last.done.versions)
            return replace(last, position=0, fingerprint=fingerprint, done=again)
        self._context.log(f"the run goes on at record {last.position}")
        return last

    def _batch(self, items: list[Record | BadRecord], cursor: _Cursor) -> _Cursor:
        """Do one batch, and return the cursor after it."""
        done = self._sort_bad(items, cursor.done).plus(read=len(items))
        book = self._service.context.controller.book
        wanted = [_wanted(each, book) for each in items if isinstance(each, Record)]
        after = replace(
            cursor,
            position=cursor.position + len(items),
            number=cursor.number + 1,
            done=done,
        )
        for _ in range(_TRIES - 1):
            try:
                return self._attempt(wanted, after)
            except StaleHead:
                continue
        return self._attempt(wanted, after)

    def _attempt(self, wanted: list[Wanted], cursor: _Cursor) -> _Cursor:
        """Plan a batch, propose its conflicts, then commit its facts with the cursor.

        Raises:
            StaleHead: another version was committed since the plan.
        """
        plan = self._plan(wanted)
        refused = _not_following(plan)
        self._log_refused(refused, cursor.done.refused)
        known = plan.known + len(plan.refused) - len(refused)
        done = cursor.done.plus(added=plan.added, known=known, refused=len(refused))
        if self._context.dry_run:
            self._log_conflicts(plan.conflicts, "would wait for review", done.proposed)
            return replace(cursor, done=done.plus(proposed=len(plan.conflicts)))
        done = self._propose_all(plan.conflicts, done)
        if plan.changes.all_added or plan.changes.all_retracted:
            cursor = replace(cursor, done=done.plus(versions=1))
            self._importer.commit(plan, self._call(cursor, plan.added))
        else:
            cursor = replace(cursor, done=done)
        self._context.save_cursor(cursor.saved())
        return cursor

    def _plan(self, wanted: list[Wanted]) -> BatchPlan:
        if not self._context.dry_run:
            return self._importer.plan(wanted, self._actor)
        if self._rehearsal is None:
            self._rehearsal = self._importer.rehearsal(self._actor)
        return self._rehearsal.plan(wanted)

    def _call(self, cursor: _Cursor, added: int) -> ImportCall:
        request = self._request
        first = cursor.position - min(request.batch, cursor.position) + 1
        return ImportCall(
            actor=self._actor,
            reason=f"pull {request.source.name}, records from {first}: {added} facts",
            key=f"{request.id}:{cursor.number}",
            source=self._service.source,
            batch=request.id,
            cursor=cursor.saved(),
        )

    def _propose_all(self, conflicts: Sequence[Judged], done: PullResult) -> PullResult:
        """Propose conflicts, log those that wait for review, and count what came of each."""
        before, waiting = done.proposed + done.waiting, []
        for judged in conflicts:
            counted = self._propose(judged)
            done = done.plus(**{counted: 1})
            if counted in {"proposed", "waiting"}:
                waiting.append(judged)
        self._log_conflicts(waiting, "waits for review", before)
        return done

    def _log_conflicts(self, conflicts: Sequence[Judged], words: str, before: int) -> None:
        for judged in conflicts[: max(0, MOST_LOGGED - before)]:
            wanted = judged.wanted
            self._context.log(f"{wanted.place}: {wanted.fact} {words}: {_reasons(judged)}")

    def _propose(self, judged: Judged) -> str:
        """Propose a conflict, unless it was proposed before; return what to count it as."""
        wanted, reviews = judged.wanted, self._service.reviews
        fact = judged.plan.facts[0] if judged.plan.facts else wanted.fact
        call = Call(
            actor=self._actor,
            text=_words(fact),
            operation="pull",
            key=_key(fact, judged.plan.changes.retracted),
            source=self._service.source,
            batch=self._service.batch,
            propose=True,
        )
        if reviews.proposed_before(call) is not None:
            return "waiting"
        intent = Tell((fact,), new_entities=wanted.entities)
        plan = reviews.desk.plan(intent, self._actor)
        if plan.decision.verdict is Verdict.NOTHING:
            return "known"
        if plan.decision.verdict is Verdict.BLOCK:
            self._context.log(f"{fact}: {plan.decision.reasons[0].text}")
            return "refused"
        reviews.propose(intent, plan, call)
        return "proposed"

    def _sort_bad(self, items: Iterable[Record | BadRecord], done: PullResult) -> PullResult:
        """Count the records that cannot be read, and log the first of them.

        Raises:
            BadRecords: they end the run.
        """
        for each in items:
            if isinstance(each, Record):
                continue
            if each.unmapped:
                done = done.plus(unmapped=1)
                self._log_unmapped(each.reason)
                continue
            done = done.plus(bad=1)
            if done.bad <= MOST_LOGGED:
                self._context.log(str(each))
            if self._request.on_error is OnError.STOP or done.bad > self._request.most_bad:
                raise BadRecords(str(each), done.bad)
        return done

    def _log_unmapped(self, reason: str) -> None:
        """Name the first properties without a relation, each once."""
        if reason in self._unmapped or len(self._unmapped) > MOST_UNMAPPED:
            return
        self._unmapped.add(reason)
        if len(self._unmapped) <= MOST_UNMAPPED:
            self._context.log(f"{reason}; name one with --map PROPERTY=RELATION")
        else:
            self._context.log("further properties without a relation are not named")

    def _log_refused(self, refused: Sequence[Judged], before: int) -> None:
        for judged in refused[: max(0, MOST_LOGGED - before)]:
            wanted = judged.wanted
            self._context.log(f"{wanted.place}: {wanted.fact} is refused: {_reasons(judged)}")


def _not_following(plan: BatchPlan) -> Sequence[Judged]:
    """Return what a batch refuses, but for facts that follow from others of it anyway."""
    following = frozenset(plan.changes.derived_added)
    return tuple(each for each in plan.refused if each.wanted.fact not in following)


def _batches(
    records: Iterator[Record | BadRecord], size: int
) -> Iterator[list[Record | BadRecord]]:
    while items := list(islice(records, size)):
        yield items


def _wanted(record: Record, book: RelationBook) -> Wanted:
    """Return the fact of a record, its relation by the name, noun or property that names it."""
    relation = relation_named(record.relation, book)
    fact = Triple(record.subject, relation, record.object, record.valid_from, record.valid_to)
    classes = ((record.subject, record.subject_class), (record.object, record.object_class))
    entities = tuple(Entity(name, kind) for name, kind in classes if kind)
    return Wanted(fact, entities, record.place)


def _key(fact: Triple, replaced: Iterable[Triple]) -> str:
    """Return a key that is the same whenever a source states this fact against the same others."""
    row = [fact.subject, fact.relation, fact.object, fact.valid_from, fact.valid_to]
    return f"pull:{sha256_of(canonical_json([row, sorted(map(str, replaced))]))}"


def _reasons(judged: Judged) -> str:
    return "; ".join(reason.text for reason in judged.plan.decision.reasons)


def _words(fact: Triple) -> str:
    since = f" from {fact.valid_from}" if fact.valid_from else ""
    until = f" until {fact.valid_to}" if fact.valid_to else ""
    return f"{fact}{since}{until}"
