"""Changes what relations mean: the relation book, and the facts that follow by it, as one version.

The weights stay; what follows now and the model does not answer, a ``repair`` job teaches. See
docs/adr/0042-relation-book-of-the-home.md.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from controller import rules
from controller.actor import Actor
from controller.conflicts.check import CheckContext, run_checks
from controller.conflicts.form import FORM_CHECKS, class_mismatch
from controller.plan import Conflict, Decision, EditPlan, Reason, Verdict
from controller.whole_graph import POSSIBLE
from kg_data.book_changes import BookChange, changed, differences
from kg_data.changes import Changes
from kg_data.lint import lint_book
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple
from oneedit.edits.call import Call
from oneedit.edits.context import EditContext
from oneedit.ledger import books
from oneedit.ledger.book_record import BookRecord
from oneedit.ledger.events import Content, Event, EventDraft, EventKind
from oneedit.people.permissions import Operation, require
from oneedit.results import Already, RedefineResult, Refused

MOST_EXAMPLES = 5
"""Facts in the way of a change that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redefinition:
    """What a change of the relation book does, before anything changes.

    Attributes:
        book: the new book.
        differences: what differs, in words.
        changes: the facts that follow now, and those that do not any more.
        base_version: the version that it was planned for.
    """

    book: RelationBook
    differences: tuple[str, ...]
    changes: Changes
    base_version: int


@dataclass(frozen=True)
class Redefiner:
    """The story of a change of relations, told beside that of an edit in :mod:`oneedit.service`."""

    context: EditContext

    def preview(self, change: BookChange) -> RedefineResult | Refused | Already:
        """Return what a change would do; nothing changes.

        Raises:
            BadFile, BadRelation: it cannot be made of the book.
        """
        with self.context.projector.reading(weights=False) as head:
            planned = self._planned(change, head)
        if not isinstance(planned, Redefinition):
            return planned
        return _result(planned, head, base=self._base, done=False)

    def redefine(self, change: BookChange, call: Call) -> RedefineResult | Refused | Already:
        """Change the book, and with it the facts that follow.

        Raises:
            BadFile, BadRelation: the change cannot be made of the book.
            HomeBusy: other edits held the home for too long.
        """
        context = self.context
        with context.lock.held():
            head = context.projector.advance()
            with context.projector.reading():
                planned = self._planned(change, head)  # reads
            if not isinstance(planned, Redefinition):
                return planned
            base = self._base
            event = context.ledger.commit(self.draft(planned, call), call.guard)
            context.projector.advance()
        return _result(planned, event.version, base=base, done=True)

    @property
    def _base(self) -> str:
        return BookRecord.of(self.context.ledger.book).sha256

    def plan(self, book: RelationBook, head: int) -> Redefinition | tuple[Reason, ...]:
        """Return what another book changes at the head, or why it cannot be the home's."""
        before = self.context.ledger.book
        known = set(lint_book(before))
        faults = [each for each in lint_book(book) if each not in known]
        reasons = tuple(Reason("relation_book", f"{each}.") for each in faults)
        reasons = reasons or tuple(self._used(before, book))
        if reasons:
            return reasons
        with self.context.ledger.reading() as session:
            asserted = books.facts_by_cause(session, "asserted")
            derived = books.facts_by_cause(session, "derived")
        reasons = (*self._excluded(asserted, before, book), *_several(asserted, book))
        if reasons:
            return reasons
        return Redefinition(
            book=book,
            differences=differences(before, book),
            changes=_following(asserted, derived, book),
            base_version=head,
        )

    def draft(
        self,
        planned: Redefinition,
        call: Call,
        *,
        undone: tuple[int, ...] = (),
    ) -> EventDraft:
        """Return the event of a planned change, or of the undo of one."""
        ledger, head = self.context.ledger, planned.base_version
        return EventDraft(
            actor=call.actor.name,
            kind=EventKind.REVERT if undone else EventKind.REDEFINE,
            reason=call.text,
            base_version=head,
            target_version=undone[-1] if undone else None,
            idem=call.key,
            request_sha=call.request_sha,
            content=Content(
                changes=planned.changes,
                patches=ledger.patches(head),
                state_hash=ledger.event(head).content.state_hash,
                source=call.source,
                batch=call.batch,
                targets=undone,
                book=BookRecord.of(planned.book),
            ),
        )

    def undo(self, event: Event, call: Call) -> Event | Refused:
        """Bring the book of before a change back, and with it what followed.

        The caller holds the home's lock.

        Raises:
            NotPermitted: the caller may not change relations.
        """
        context = self.context
        require(call.actor, Operation.MANAGE_RELATIONS)
        with context.projector.reading() as head:
            planned = self._before(event, head)  # reads
        if not isinstance(planned, Redefinition):
            return Refused(verdict=Verdict.BLOCK, reasons=planned)
        draft = self.draft(planned, call, undone=(event.version,))
        committed = context.ledger.commit(draft, call.guard)
        context.projector.advance()
        return committed

    def undo_plan(self, event: Event, head: int, actor: Actor) -> EditPlan | Refused:
        """Return what the undo of a change would change, or why there is none.

        Raises:
            NotPermitted: the actor may not change relations.
        """
        require(actor, Operation.MANAGE_RELATIONS)
        planned = self._before(event, head)
        if not isinstance(planned, Redefinition):
            return Refused(verdict=Verdict.BLOCK, reasons=planned)
        decision = Decision(Verdict.APPLY, ())
        return EditPlan(facts=(), changes=planned.changes, decision=decision, base_version=head)

    def _before(self, event: Event, head: int) -> Redefinition | tuple[Reason, ...]:
        """Return what the undo of a change does, or why there is none."""
        ledger = self.context.ledger
        with ledger.reading() as session:
            row = books.row_at(session, head)
        if row is not None and row.version != event.version:
            text = f"Version {row.version} has changed the relations again. Undo it first."
            return (Reason("changed_since", text),)
        book = ledger.book_at(event.version - 1)
        return self.plan(ledger.book if book is None else book, head)

    def _planned(self, change: BookChange, head: int) -> Redefinition | Refused | Already:
        """Return what a change does at the head."""
        ledger = self.context.ledger
        if change.base not in {"", self._base}:
            text = "Somebody has changed the relations since this was shown; look at it again."
            return Refused(verdict=Verdict.BLOCK, reasons=(Reason("stale", text),))
        planned = self.plan(changed(ledger.book, change), head)
        if not isinstance(planned, Redefinition):
            return Refused(verdict=Verdict.BLOCK, reasons=planned)
        if not planned.differences:
            return Already((), (Reason("already", "The relation book says so already."),))
        return planned

    def _excluded(
        self, asserted: Sequence[Triple], before: RelationBook, after: RelationBook
    ) -> Iterator[Reason]:
        """Yield facts whose classes and form were accepted before, and are not after."""
        narrowed = _narrowed(before, after)
        store, today = self.context.projector.store, self.context.controller.clock().date()
        old, new = (CheckContext(store, book, today) for book in (before, after))
        concerned = (fact for fact in asserted if fact.relation in narrowed)
        found = [
            conflict.text
            for fact in concerned
            for conflict in islice(_faults(fact, new), 1)
            if not any(_faults(fact, old))
        ]
        for text in found[:MOST_EXAMPLES]:
            yield Reason("excluded", f"{text} Change or forget this first.")
        if len(found) > MOST_EXAMPLES:
            yield Reason("excluded", f"So have {len(found) - MOST_EXAMPLES} more.")

    def _used(self, before: RelationBook, after: RelationBook) -> Iterator[Reason]:
        """Yield the relations that would be removed, and that facts of some version use."""
        ledger = self.context.ledger
        gone = [name for name in before.names() if name not in after]
        if not gone:
            return
        with ledger.reading() as session:
            ever, now = books.counts(session), books.counts(session, version=ledger.head())
        for name in gone:
            if not ever.get(name):
                continue
            text = (
                f"{ever[name]} facts use {name}, of which {now.get(name, 0)} hold now; a relation "
                "stays as long as any version has facts of it. Mark it as protected to let nobody "
                "tell more, or roll back to the version before the first of them."
            )
            yield Reason("relation_used", text)


def _narrowed(before: RelationBook, after: RelationBook) -> frozenset[str]:
    """Return the relations that may accept less than before."""
    if before.classes != after.classes:
        return frozenset(after.names())
    return frozenset(
        name
        for name, each in after.relations.items()
        if name in before
        and (each.domain, each.range, each.pattern)
        != (before[name].domain, before[name].range, before[name].pattern)
    )


def _faults(fact: Triple, context: CheckContext) -> Iterator[Conflict]:
    """Yield what is wrong with the form and classes of a fact."""
    found = run_checks((*FORM_CHECKS, class_mismatch), [fact], context)
    return (each for each in found if each.code not in POSSIBLE)


def _result(planned: Redefinition, version: int, *, base: str, done: bool) -> RedefineResult:
    return RedefineResult(
        version=version,
        differences=planned.differences,
        changes=planned.changes,
        base=base,
        done=done,
    )


def _several(asserted: Sequence[Triple], book: RelationBook) -> Iterator[Reason]:
    """Yield the slots that would have one value, and have several."""
    objects: defaultdict[Slot, set[str]] = defaultdict(set)
    for fact in rules.with_partners(asserted, book):
        if book[fact.relation].functional:
            objects[fact.slot].add(fact.object)
    full = [(slot, sorted(found)) for slot, found in sorted(objects.items()) if len(found) > 1]
    for slot, found in full[:MOST_EXAMPLES]:
        values = ", ".join(found)
        text = f"{slot.subject} has several {slot.relation}: {values}; forget all but one."
        yield Reason("several_values", text)
    if len(full) > MOST_EXAMPLES:
        yield Reason("several_values", f"So have {len(full) - MOST_EXAMPLES} more.")


def _following(
    asserted: Sequence[Triple], derived: Sequence[Triple], book: RelationBook
) -> Changes:
    """Return the changes of what follows from asserted facts."""
    now = dict.fromkeys(rules.closure(asserted, book))
    for fact in asserted:
        now.pop(fact, None)
    before = set(derived)
    return Changes(
        derived_added=tuple(sorted(fact for fact in now if fact not in before)),
        derived_retracted=tuple(sorted(before.difference(now))),
    )
