"""Checks of dates: order of birth and death, lifespans, the future, periods of a slot (C10).

The view holds the new fact, so that it does not matter which of two facts is told first.
"""

from collections.abc import Iterator
from datetime import date

from controller.conflicts.check import Check, CheckContext, about_itself, describe_fact, sentence
from controller.plan import Conflict
from kg_data.dates import DateParts, is_before, parse_date
from kg_data.triples import Slot, Triple

_MOST_DATED = 200  # facts of an entity whose dates are compared with its lifetime


def future(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find a birth or death in the future, and a fact that does not hold yet."""
    today = _parts(context.today)
    if context.book[fact.relation].lifetime and _later(fact.object, today):
        text = f"{fact.object} is in the future; {context.today.isoformat()} is today."
        return [about_itself("future", fact, text)]
    if _later(fact.valid_from, today) or (fact.ended and _later(fact.valid_to, today)):
        when = fact.valid_from if _later(fact.valid_from, today) else fact.valid_to
        return [about_itself("not_yet", fact, f"{when} is in the future.")]
    return []


def reversed_period(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find a fact that ended before it began."""
    del context
    begin, end = parse_date(fact.valid_from), parse_date(fact.valid_to)
    if begin is None or end is None or not is_before(end, begin):
        return []
    text = f"It cannot end in {fact.valid_to}, before it began in {fact.valid_from}."
    return [about_itself("date_order", fact, text)]


def lifetime_order(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find a birth after the death of its subject, and a lifetime longer than its class allows."""
    kind = context.book[fact.relation].lifetime
    if not kind:
        return []
    found = []
    for other in _lifetime_facts(fact.subject, "end" if kind == "begin" else "begin", context):
        begin, end = (fact, other) if kind == "begin" else (other, fact)
        first, last = parse_date(begin.object), parse_date(end.object)
        if first is None or last is None:
            continue
        span = _longest_life(fact.subject, context)
        if is_before(last, first):
            text = f"{sentence(other, context.book)}, so that {describe_fact(fact, context.book)}"
            found.append(Conflict("date_order", fact, other, f"{text} cannot be."))
        elif span and is_before((first[0] + span, *first[1:]), last):
            text = f"{sentence(other, context.book)}; that would be a life of more than {span} "
            found.append(Conflict("lifespan", fact, other, f"{text}years."))
    return found


def outside_lifetime(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find a fact dated before the birth or after the death of its subject or object.

    A new birth or death is compared with the dated facts of its subject.
    """
    if context.book[fact.relation].lifetime:
        dated = context.view.facts_of(fact.subject)[:_MOST_DATED]
        pairs = [(each, fact) for each in dated if each != fact]
    else:
        ends = {fact.subject, fact.object}
        pairs = [
            (fact, limit)
            for entity in sorted(ends)
            for kind in ("begin", "end")
            for limit in _lifetime_facts(entity, kind, context)
        ]
    return [
        Conflict("date_order", fact, other, text)
        for each, limit in pairs
        for other in [limit if each == fact else each]
        if (text := _outside(each, limit, context))
    ]


def not_contemporary(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find two who cannot have known each other, where the relation demands it."""
    if not context.book[fact.relation].contemporary:
        return []
    found = []
    for older, younger in ((fact.subject, fact.object), (fact.object, fact.subject)):
        for death in _lifetime_facts(older, "end", context):
            for birth in _lifetime_facts(younger, "begin", context):
                last, first = parse_date(death.object), parse_date(birth.object)
                if last and first and is_before(last, first):
                    text = f"{sentence(death, context.book)}, before {younger} was born."
                    found.append(Conflict("not_contemporary", fact, death, text))
    return found


def generations(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find a parent who was born after the child, or in the same year."""
    elder = context.book[fact.relation].elder
    if not elder:
        return []
    ends = (fact.subject, fact.object)
    older, younger = ends if elder == "subject" else ends[::-1]
    return [
        Conflict("date_order", fact, one, f"{sentence(one, context.book)}, not before {younger}.")
        for one in _lifetime_facts(older, "begin", context)
        for other in _lifetime_facts(younger, "begin", context)
        if not _year_before(one.object, other.object)
    ]


def older_than_current(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find an active fact that began after the new one, which would not be the current one then.

    The view is the graph before the edit.
    """
    if fact.ended or not context.book[fact.relation].functional:
        return []
    return [
        Conflict("older", fact, old, _older_text(fact, old, context))
        for old in _dated_objects(fact.slot, context)
        if old != fact and _is_earlier(fact.valid_from, old.valid_from)
    ]


def overlapping_period(fact: Triple, context: CheckContext) -> list[Conflict]:
    """Find another object of a functional slot that held in the same period (C3, C10)."""
    if not context.book[fact.relation].functional:
        return []
    others = [*context.past(fact.slot)]
    if fact.ended:
        others += _dated_objects(fact.slot, context)
    return [
        Conflict("overlap", fact, old, f"{_period_text(old, context)}; the periods overlap.")
        for old in others
        if old != fact and _overlap(fact, old)
    ]


TIME_CHECKS: tuple[Check, ...] = (
    future,
    reversed_period,
    lifetime_order,
    outside_lifetime,
    not_contemporary,
    generations,
    overlapping_period,
)


def _parts(day: date) -> DateParts:
    return (day.year, day.month, day.day)


def _later(text: str | None, today: DateParts) -> bool:
    parts = parse_date(text)
    return parts is not None and is_before(today, parts)


def _is_earlier(first: str | None, second: str | None) -> bool:
    earlier, later = parse_date(first), parse_date(second)
    return earlier is not None and later is not None and is_before(earlier, later)


def _year_before(first: str, second: str) -> bool:
    earlier, later = parse_date(first), parse_date(second)
    return earlier is None or later is None or earlier[0] < later[0]


def _lifetime_facts(entity: str, kind: str, context: CheckContext) -> Iterator[Triple]:
    for name in context.book.lifetime_relations(kind):
        for obj in context.view.objects(Slot(entity, name)):
            yield Triple(entity, name, obj)


def _longest_life(entity: str, context: CheckContext) -> int:
    known = context.view.entity(entity)
    spans = context.book.lifespans
    if known is None:
        return 0
    return next((spans[kind] for kind in spans if context.book.is_a(known.entity_class, kind)), 0)


def _outside(fact: Triple, limit: Triple, context: CheckContext) -> str:
    """Return a sentence if a fact is dated outside the lifetime that ``limit`` bounds, or ""."""
    if context.book[fact.relation].lifetime:
        return ""
    kind = context.book[limit.relation].lifetime
    bound = limit.object
    if kind == "begin" and _is_earlier(fact.valid_from or fact.valid_to, bound):
        return f"{sentence(limit, context.book)}, later than {fact.valid_from or fact.valid_to}."
    if kind == "end" and _is_earlier(bound, fact.valid_from):
        return f"{sentence(limit, context.book)}, earlier than {fact.valid_from}."
    return ""


def _dated_objects(slot: Slot, context: CheckContext) -> list[Triple]:
    return [each for each in context.view.facts_of(slot.subject) if each.slot == slot]


def _overlap(one: Triple, other: Triple) -> bool:
    """Tell whether two periods certainly have more than a border in common."""
    starts = parse_date(one.valid_from), parse_date(other.valid_from)
    if None in starts and (one.valid_to is None or other.valid_to is None):
        return False
    return _begins_within(one, other) or _begins_within(other, one)


def _begins_within(inner: Triple, outer: Triple) -> bool:
    begin, start = parse_date(inner.valid_from), parse_date(outer.valid_from)
    if begin is None or start is None or is_before(begin, start):
        return False
    end = parse_date(outer.valid_to)
    return end is None or is_before(begin, end)


def _older_text(fact: Triple, old: Triple, context: CheckContext) -> str:
    text = f"{sentence(old, context.book)} since {old.valid_from}; what holds since "
    return f"{text}{fact.valid_from} is older. Did it end? Then say until when."


def _period_text(fact: Triple, context: CheckContext) -> str:
    since = f" from {fact.valid_from}" if fact.valid_from else ""
    until = f" until {fact.valid_to}" if fact.valid_to else ""
    return f"{sentence(fact, context.book)}{since}{until}"
