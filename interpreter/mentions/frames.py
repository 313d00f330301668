"""What stands around facts: courtesy, times, and what says that nothing is to be changed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from interpreter.mentions.clause import Clause
from interpreter.mentions.framed import PLAIN, TIMES, Framed
from interpreter.mentions.gazetteer import LONGEST_NAME
from interpreter.mentions.passage import Passage
from interpreter.mentions.tokens import Kind

_FEWEST_LEFT = 3  # tokens of a sentence behind an opening that says that nothing is to change
_MOST_FRAMES = 6  # before, and behind
_MARKS = frozenset(",;:-–—!?.()[]*+#/&=|~<>'\"¿¡") | {"…"}


class FrameReader:
    """Takes frames off sentences of one passage."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._language = passage.language

    def strip(self, places: Sequence[int], *, times: bool = False) -> Framed:
        """Return a sentence without what frames it; with ``times`` without times, too."""
        known = self._passage.framed
        key = (times, *places)
        if key not in known:
            known[key] = self._stripped(places, times=times)
        framed = known[key]
        return replace(framed, places=list(framed.places), kinds=set(framed.kinds))

    def _stripped(self, places: Sequence[int], *, times: bool) -> Framed:
        framed = Framed(list(places))
        self._strip_marks(framed)
        if self._is_whole(framed):
            return framed
        for _ in range(_MOST_FRAMES):
            if not self._strip_opening(framed, times=times):
                break
        for _ in range(_MOST_FRAMES):
            if not self._strip_closing(framed, times=times):
                break
        return framed

    def stages(self, places: Sequence[int]) -> Iterator[list[int]]:
        """Yield a sentence with fewer and fewer of its plain frames."""
        framed = Framed(self.without_marks(places))
        for _ in range(_MOST_FRAMES):
            closed = Framed(list(framed.places))
            for _ in range(_MOST_FRAMES):
                if not self._strip_closing(closed, times=False) or closed.obstacles:
                    break
                yield list(closed.places)
            if not self._strip_opening(framed, times=False) or framed.obstacles:
                return
            yield list(framed.places)

    def without_marks(self, places: Sequence[int]) -> list[int]:
        """Return a sentence without the marks at its ends."""
        framed = Framed(list(places))
        self._strip_marks(framed)
        return framed.places

    def _is_whole(self, framed: Framed) -> bool:
        """Take off a sentence that is a frame as a whole, such as "I checked it twice"."""
        clause = Clause.of(self._passage, framed.places)
        for templates in (self._language.closings, self._language.openings):
            for match in templates.full_matches(clause):
                fixed = self._language.phrases.keys() >= match.slots.keys()
                if match.payload not in TIMES and fixed:
                    framed.kinds.add(match.payload)
                    framed.places.clear()
                    return True
        return False

    def _strip_opening(self, framed: Framed, *, times: bool) -> bool:
        clause = Clause.of(self._passage, framed.places)
        best, best_key = None, (0, False)
        for match in self._language.openings.matches(clause):
            if match.payload in TIMES and not times:
                continue
            end = self._after_marks(framed, match.end) if match.payload == PLAIN else match.end
            longer = best is None or (end, match.payload == PLAIN) > best_key
            enough = match.payload == PLAIN or len(framed.places) - end >= _FEWEST_LEFT
            if end and longer and enough and self._is_apart(framed, end):
                best, best_key = replace(match, end=end), (end, match.payload == PLAIN)
        if best is None:
            return False
        self._note(framed, best.payload, best.slots)
        del framed.places[: best.end]
        self._strip_marks(framed)
        return bool(framed.places)

    def _strip_closing(self, framed: Framed, *, times: bool) -> bool:
        clause = Clause.of(self._passage, framed.places)
        size = len(framed.places)
        for start in range(max(0, size - 16), size):
            for match in self._language.closings.matches(clause, start):
                if match.end != size or (match.payload in TIMES and not times):
                    continue
                if not self._is_apart(framed, start):
                    continue
                self._note(framed, match.payload, match.slots)
                del framed.places[start:]
                self._strip_marks(framed)
                return bool(framed.places)
        return False

    def _after_marks(self, framed: Framed, end: int) -> int:
        while 0 < end < len(framed.places) and self._key(framed, end) in _MARKS:
            end += 1
        return end

    def _key(self, framed: Framed, place: int) -> str:
        return self._passage.tokens[framed.places[place]].key

    def _is_apart(self, framed: Framed, place: int) -> bool:
        """Tell whether a sentence can be divided at a place: not within a name."""
        if not 0 < place < len(framed.places):
            return True
        before, after = framed.places[place - 1], framed.places[place]
        return not any(
            span.start <= before and after < span.end
            for start in range(max(0, before - LONGEST_NAME), before + 1)
            for span in self._passage.names.get(start, ())[:1]
        )

    def _note(self, framed: Framed, kind: str, slots: object) -> None:
        framed.kinds.add(kind)
        values = dict(slots) if isinstance(slots, dict) else {}
        date = values.get("date")
        if kind in {"since", "period"} and isinstance(date, str):
            framed.since = date
        end = values.get("until" if kind == "period" else "date")
        if kind in {"until", "period"} and isinstance(end, str):
            framed.until = end

    def _strip_marks(self, framed: Framed) -> None:
        tokens, places = self._passage.tokens, framed.places
        while places and (_is_mark(tokens[places[0]].key) or tokens[places[0]].kind is Kind.SIGN):
            del places[0]
        while places and (_is_mark(tokens[places[-1]].key) or tokens[places[-1]].kind is Kind.SIGN):
            if self._passage.ends_name(places[-1]) or self._passage.is_abbreviated(places[-1]):
                return
            del places[-1]


def _is_mark(key: str) -> bool:
    return key in _MARKS or key == "\n"
