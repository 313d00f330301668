"""Changes of entities and of the book, in any order, undone in any order."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from kg_data.book_changes import BookAction, BookChange
from kg_data.book_text import contents, in_toml
from kg_data.entities import Entity, EntityChange, EntityOperation
from kg_data.triples import Triple
from oneedit.ledger.events import EventKind
from oneedit.ledger.verification import verify
from oneedit.results import EditResult, RedefineResult, Refused, UndoResult
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application

PEOPLE, CITIES = ("Joe Biden", "Donald Trump", "Kamala Harris"), ("Scranton", "Paris", "Lyon")
NEW = ("Alva Brink", "Edda Falk")
State = tuple[frozenset[tuple[object, ...]], frozenset[Entity], str]
Step = tuple[object, str, str]

named = st.sampled_from((*PEOPLE, *CITIES, "France", *NEW))
steps = st.one_of(
    st.tuples(
        st.sampled_from([EntityOperation.RENAME, EntityOperation.SPLIT]),
        named,
        st.sampled_from(NEW),
    ),
    st.permutations(PEOPLE).map(lambda found: (EntityOperation.MERGE, found[0], found[1])),
    st.permutations(CITIES).map(lambda found: (EntityOperation.MERGE, found[0], found[1])),
    st.tuples(st.just(EntityOperation.DELETE), named, st.just("")),
    st.tuples(st.just("noun"), st.sampled_from(["seat", "seat of government"]), st.just("")),
)


@contextmanager
def opened() -> Iterator[Application]:
    with TemporaryDirectory() as folder, closing(application(Path(folder) / "home")) as built:
        yield built


def state_of(oneedit: Application) -> State:
    facts = frozenset(
        (
            each.subject,
            each.relation,
            each.object,
            each.valid_from,
            oneedit.ledger.is_asserted(each),
        )
        for each in oneedit.store.facts()
    )
    return facts, frozenset(oneedit.store.entities()), in_toml(contents(oneedit.book))


def taken(oneedit: Application, step: Step) -> bool:
    """Take a step if it can be taken; return whether a version came of it."""
    operation, first, second = step
    if not isinstance(operation, EntityOperation):
        entry = contents(oneedit.book)["relations"]["capital"] | {"nouns": [first]}
        text = in_toml({"relations": {"capital": entry}})
        change = BookChange(BookAction.EDIT, text)
        return isinstance(oneedit.service.redefine(LOCAL, change), RedefineResult)
    facts: tuple[Triple, ...] = ()
    if operation is EntityOperation.SPLIT:
        about = oneedit.store.facts_of(first)
        facts = tuple(each for each in about if oneedit.ledger.is_asserted(each))[:1]
    other = "" if operation is EntityOperation.DELETE else second
    wanted = EntityChange(operation, first, other, facts, graph_only=True)
    made = oneedit.service.change_entity(LOCAL, wanted, confirm=lambda *_: True)
    return isinstance(made, EditResult)


def undo(oneedit: Application, version: int) -> bool:
    done = oneedit.service.undo(LOCAL, version, confirm=lambda *_: True)
    assert isinstance(done, UndoResult | Refused), done
    return isinstance(done, UndoResult)


@settings(max_examples=8, deadline=None)
@given(st.lists(steps, min_size=1, max_size=5))
def test_undone_backwards_all_is_as_before(taking: Sequence[Step]) -> None:
    with opened() as oneedit:
        states = [state_of(oneedit)]
        states += (state_of(oneedit) for step in taking if taken(oneedit, step))
        count = len(states) - 1
        for version in range(count, 0, -1):
            assert undo(oneedit, version)
            assert state_of(oneedit) == states[version - 1]
        assert verify(oneedit.ledger) == 2 * count + 1


@settings(max_examples=8, deadline=None)
@given(st.lists(steps, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_undone_in_any_order_all_is_as_before(taking: Sequence[Step], random: Random) -> None:
    with opened() as oneedit:
        before = state_of(oneedit)
        count = sum(taken(oneedit, step) for step in taking)
        left = list(range(1, count + 1))
        while left:
            random.shuffle(left)
            undone = [version for version in left if undo(oneedit, version)]
            assert undone, f"none of {left} can be undone"
            left = [version for version in left if version not in undone]
        assert state_of(oneedit) == before
        kinds = [oneedit.ledger.event(each).kind for each in range(1, oneedit.ledger.head() + 1)]
        assert kinds.count(EventKind.REVERT) == count
        assert verify(oneedit.ledger) == oneedit.ledger.head() + 1
