"""Patterns over many facts and edits: floods, concentration, mass edits, edit wars."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from controller.actor import Tier
from controller.record import PastEdit
from controller.rules import with_partners
from controller.screening.request import ScreenedRequest
from controller.screening.signals import Signal
from kg_data.triples import Slot, Triple


class VelocityScreen:
    """Finds too many edits of one actor in a short time, and bursts of new accounts."""

    def scan(self, request: ScreenedRequest) -> Sequence[Signal]:
        limits, tier = request.thresholds, request.actor.tier
        signals = list(
            self._count(
                "velocity", limits.velocity_minutes, limits.velocity_edits.of(tier), request
            )
        )
        if tier is Tier.NEW:
            signals += self._count("burst", limits.burst_minutes, limits.burst_edits, request)
        return signals

    @staticmethod
    def _count(code: str, minutes: int, limit: int, request: ScreenedRequest) -> Iterator[Signal]:
        edits = 1 + len(_edits_of_actor(request, timedelta(minutes=minutes)))
        if edits >= limit:
            name = request.actor.name
            text = f"{name} made {edits} edits in {minutes} minutes; {limit} call for a look."
            numbers = {"edits": edits, "limit": limit, "minutes": minutes}
            yield Signal(code, _excess(edits, limit), text, numbers)


class ConcentrationScreen:
    """Finds one object that an actor gives to many subjects, in this edit and those before."""

    def scan(self, request: ScreenedRequest) -> Sequence[Signal]:
        hours = request.thresholds.window_hours
        limit = request.thresholds.concentration_subjects.of(request.actor.tier)
        subjects: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        told = {(fact.relation, fact.object) for fact in request.facts}
        past = _edits_of_actor(request, timedelta(hours=hours))
        for fact in (*request.facts, *(fact for edit in past for fact in edit.added)):
            if (fact.relation, fact.object) in told:
                subjects[fact.relation, fact.object].add(fact.subject)
        signals = []
        for (relation, obj), moved in subjects.items():
            if len(moved) < limit:
                continue
            before = len(set(request.view.subjects(relation, obj)) - moved)
            if len(moved) >= request.thresholds.concentration_share * before:
                noun = request.book[relation].noun
                text = f"{len(moved)} subjects would get {obj} as {noun}; before it were {before}."
                numbers = {"subjects": len(moved), "before": before, "limit": limit, "hours": hours}
                about = f"{relation} - {obj}"
                score = _excess(len(moved), limit)
                signals.append(Signal("concentration", score, text, numbers, about=about))
        return signals


class MassEditScreen:
    """Finds many changes of one relation, in one message or by one actor in a window."""

    def scan(self, request: ScreenedRequest) -> Sequence[Signal]:
        return [*self._message(request), *self._window(request)]

    @staticmethod
    def _message(request: ScreenedRequest) -> Iterator[Signal]:
        tier, limits = request.actor.tier, request.thresholds
        slots = _changed_slots(request.facts, request.retracted)
        counts = Counter(slot.relation for slot in slots)
        for relation, count in counts.items():
            if count >= limits.mass_message.of(tier):
                noun = request.book[relation].noun
                yield _mass(f"the {noun} of {count} subjects", count, limits.mass_message.of(tier))
        if len(slots) >= limits.message_facts.of(tier):
            yield _mass(f"{len(slots)} facts", len(slots), limits.message_facts.of(tier))

    @staticmethod
    def _window(request: ScreenedRequest) -> Iterator[Signal]:
        hours = request.thresholds.window_hours
        limit = request.thresholds.mass_window.of(request.actor.tier)
        told = _changed_slots(request.facts, request.retracted)
        relations = {slot.relation for slot in told}
        slots = set(told)
        for edit in _edits_of_actor(request, timedelta(hours=hours)):
            slots |= _changed_slots(edit.added, edit.retracted)
        counts = Counter(slot.relation for slot in slots if slot.relation in relations)
        for relation, count in counts.items():
            if count >= limit:
                noun = request.book[relation].noun
                text = f"{request.actor.name} changed {count} facts of {noun} in {hours} hours."
                numbers = {"facts": count, "limit": limit, "hours": hours}
                score = _excess(count, limit)
                yield Signal("mass_edit", score, text, numbers)


class EditWarScreen:
    """Finds facts that are changed back and forth, by whomever."""

    def scan(self, request: ScreenedRequest) -> Sequence[Signal]:
        hours = request.thresholds.edit_war_hours
        limit = request.thresholds.edit_war_flips
        book = request.book
        told = {fact.slot for fact in with_partners((*request.facts, *request.retracted), book)}
        flips: Counter[Slot] = Counter()
        added: set[Triple] = set()
        removed: set[Triple] = set()
        past = request.record.edits(since=request.now - timedelta(hours=hours))
        changes = [(edit.added, edit.retracted) for edit in past]
        for told_added, told_removed in (*changes, (request.facts, request.retracted)):
            add = set(with_partners(told_added, book))
            retract = set(with_partners(told_removed, book))
            back = (removed.intersection(add), added.intersection(retract))
            flips.update({fact.slot for facts in back for fact in facts} & told)
            added.update(add)
            removed.update(retract)
        return [
            self._signal(slot, count, limit, hours)
            for slot, count in flips.items()
            if count >= limit
        ]

    @staticmethod
    def _signal(slot: Slot, flips: int, limit: int, hours: int) -> Signal:
        text = f"{slot.subject} - {slot.relation} was changed back {flips} times in {hours} hours."
        numbers = {"flips": flips, "limit": limit, "hours": hours}
        about = f"{slot.subject} - {slot.relation}"
        return Signal("edit_war", _excess(flips, limit), text, numbers, about=about)


class RevertedScreen:
    """Finds actors most of whose latest edits were undone."""

    def scan(self, request: ScreenedRequest) -> Sequence[Signal]:
        limits = request.thresholds
        edits = _edits_of_actor(request, timedelta(days=limits.reverted_days))
        undone = sum(edit.undone for edit in edits)
        if len(edits) < limits.reverted_edits or undone < limits.reverted_share * len(edits):
            return []
        name = request.actor.name
        text = f"{undone} of the last {len(edits)} edits of {name} were undone."
        numbers = {
            "undone": undone,
            "edits": len(edits),
            "limit": limits.reverted_share,
            "days": limits.reverted_days,
        }
        return [Signal("reverted_author", undone / len(edits), text, numbers)]


def _edits_of_actor(request: ScreenedRequest, window: timedelta) -> list[PastEdit]:
    found = request.record.edits(since=request.now - window)
    return [edit for edit in found if edit.actor == request.actor.name]


def _changed_slots(*facts: Iterable[Triple]) -> set[Slot]:
    # a replacement is one change, not two
    return {fact.slot for each in facts for fact in each}


def _mass(what: str, count: int, limit: int) -> Signal:
    text = f"One message would change {what}; from {limit} on, a person looks first."
    return Signal("mass_edit", _excess(count, limit), text, {"facts": count, "limit": limit})


def _excess(count: int, limit: int) -> float:
    """Return 0.5 at the limit, and more the further a count is beyond it."""
    return 1 - 0.5 * limit / max(count, limit)
