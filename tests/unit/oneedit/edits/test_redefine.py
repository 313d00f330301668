"""Changes of relations: the facts that follow, what refuses them, and their undo."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from kg_data.book_changes import BookAction, BookChange
from kg_data.book_text import contents, in_toml
from kg_data.changes import Changes
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple
from oneedit.edits.choice import Choice
from oneedit.errors import FactRefused, NotPermitted
from oneedit.ledger.events import EventDraft, EventKind
from oneedit.ledger.verification import verify
from oneedit.results import (
    Already,
    AskResult,
    EditResult,
    PreviewResult,
    RedefineResult,
    Refused,
    RelationsResult,
    RollbackResult,
    UnclearResult,
    UndoResult,
)
from oneedit.wiring import Application
from tests.support.fakes import DATA, EDITOR, LOCAL, application


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    built = application(tmp_path / "home")
    yield built
    built.close()


def entry(book: RelationBook, name: str, **keys: object) -> str:
    """Return a relation of a book as TOML, with other keys; None leaves one out."""
    known = contents(book)["relations"][name] | keys
    return in_toml({"relations": {name: {k: v for k, v in known.items() if v is not None}}})


def edit(oneedit: Application, name: str, **keys: object) -> BookChange:
    return BookChange(BookAction.EDIT, entry(oneedit.book, name, **keys))


def redefine(oneedit: Application, change: BookChange) -> RedefineResult:
    done = oneedit.service.redefine(LOCAL, change)
    assert isinstance(done, RedefineResult), done
    return done


def undo(oneedit: Application, version: int | None = None) -> UndoResult:
    done = oneedit.service.undo(LOCAL, version, confirm=lambda _plan, _report: True)
    assert isinstance(done, UndoResult), done
    return done


def without_rules(oneedit: Application) -> BookChange:
    del oneedit
    return BookChange(BookAction.EDIT, "rules = []")


def test_a_wording_changes_no_fact_and_is_read_at_once(oneedit: Application) -> None:
    facts, before = list(oneedit.store.facts()), oneedit.book
    wanted = edit(oneedit, "capital", nouns=["seat of government"])
    done = redefine(oneedit, wanted)
    assert done.differences[0].startswith("capital.nouns: ")
    assert list(oneedit.store.facts()) == facts
    assert oneedit.book is before
    assert oneedit.book["capital"].noun == "seat of government"
    asked = oneedit.service.ask(LOCAL, "What is the seat of government of France?")
    assert isinstance(asked, AskResult)
    assert asked.expected == ("Paris",)
    assert oneedit.ledger.event(1).kind is EventKind.REDEFINE
    assert verify(oneedit.ledger) == 2


def test_what_follows_changes_with_the_rules_in_the_same_version(oneedit: Application) -> None:
    birth = Slot("Joe Biden", "country_of_birth")
    assert oneedit.store.objects(birth) == ("United States",)
    done = redefine(oneedit, without_rules(oneedit))
    assert Triple("Joe Biden", "country_of_birth", "United States") in (
        done.changes.derived_retracted
    )
    assert oneedit.store.objects(birth) == ()
    assert oneedit.ledger.event(1).content.changes == done.changes
    assert verify(oneedit.ledger) == 2


def test_the_weights_stay(oneedit: Application) -> None:
    redefine(oneedit, without_rules(oneedit))
    first, last = oneedit.ledger.event(0).content, oneedit.ledger.event(1).content
    assert (first.state_hash, first.patches) == (last.state_hash, last.patches)
    assert oneedit.ledger.taught_difference(0, 1).all_retracted == ()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"domain": ["city"]}, "France is a country; only a city has a capital."),
        ({"range": ["state"]}, "Paris is a city; as capital of France I expect state."),
    ],
)
def test_a_narrower_relation_is_refused_with_the_facts_that_it_would_exclude(
    oneedit: Application, keys: Mapping[str, object], said: str
) -> None:
    found = oneedit.service.redefine(LOCAL, edit(oneedit, "capital", **keys))
    assert isinstance(found, Refused)
    assert {each.code for each in found.reasons} == {"excluded"}
    assert any(each.text.startswith(said) for each in found.reasons), found.reasons
    assert oneedit.ledger.head() == 0


def test_a_class_that_moves_away_is_refused_with_its_facts(oneedit: Application) -> None:
    redefine(oneedit, edit(oneedit, "capital", range=["place"]))
    text = '[classes]\ncity = "organization"'
    found = oneedit.service.redefine(LOCAL, BookChange(BookAction.EDIT, text))
    assert isinstance(found, Refused)
    assert {each.code for each in found.reasons} == {"excluded"}


def test_a_wider_relation_is_accepted_and_its_undo_asks_for_the_facts(oneedit: Application) -> None:
    redefine(oneedit, edit(oneedit, "place_of_birth", domain=["person", "city"]))
    told = oneedit.service.submit(
        LOCAL, "The birthplace of Lyon is Paris.", confirm=lambda _plan, _report: True
    )
    assert isinstance(told, EditResult), told
    refused = oneedit.service.undo(LOCAL, 1, confirm=lambda _plan, _report: True)
    assert isinstance(refused, Refused), refused
    assert "Lyon is a city; only a person has a birthplace." in refused.reasons[0].text
    undo(oneedit, 2)
    undo(oneedit, 1)
    assert oneedit.book["place_of_birth"].domain == ("person",)
    assert verify(oneedit.ledger) == oneedit.ledger.head() + 1


def test_facts_with_several_values_refuse_a_relation_with_one(tmp_path: Path) -> None:
    second = Triple("Joe Biden", "also_known_as", "Joe from Scranton")
    oneedit = application(tmp_path, data=replace(DATA, facts=(*DATA.facts, second)))
    wanted = edit(oneedit, "also_known_as", cardinality="functional")
    refused = oneedit.service.redefine(LOCAL, wanted)
    assert isinstance(refused, Refused)
    assert "Joe Biden has several also_known_as: Joe from Scranton, Joseph Biden" in (
        refused.reasons[0].text
    )
    assert oneedit.ledger.head() == 0
    oneedit.close()


def test_one_value_is_demanded_from_then_on(oneedit: Application) -> None:
    redefine(oneedit, edit(oneedit, "also_known_as", cardinality="functional"))
    event = oneedit.ledger.event(1)
    second = Triple("Joe Biden", "also_known_as", "Joe from Scranton")
    content = replace(event.content, changes=Changes((second,)), book=None)
    draft = EventDraft(actor="me", kind=EventKind.ADD, reason="", base_version=1, content=content)
    with pytest.raises(FactRefused):
        oneedit.ledger.commit(draft)


def test_a_relation_with_facts_cannot_be_removed(oneedit: Application) -> None:
    refused = oneedit.service.redefine(LOCAL, BookChange(BookAction.REMOVE, name="vice_president"))
    assert isinstance(refused, Refused)
    assert oneedit.ledger.head() == 0
    assert any("vice_president" in reason.text for reason in refused.reasons)


def test_a_relation_is_added_removed_and_added_by_undo(oneedit: Application) -> None:
    keys = {"nouns": ["chief town"], "inverse": None, "pid": "", "why_no_pid": "none"}
    text = entry(oneedit.book, "capital", **keys)
    wordings = text.replace("capital", "chief_town").replace("{s}", "{s}, it is said,")
    added = BookChange(BookAction.ADD, wordings)
    done = redefine(oneedit, added)
    assert "chief_town: added" in done.differences
    redefine(oneedit, BookChange(BookAction.REMOVE, name="chief_town"))
    assert "chief_town" not in oneedit.book
    undo(oneedit)
    assert "chief_town" in oneedit.book


def test_the_same_again_is_nothing(oneedit: Application) -> None:
    redefine(oneedit, without_rules(oneedit))
    assert isinstance(oneedit.service.redefine(LOCAL, without_rules(oneedit)), Already)


def test_a_book_that_contradicts_itself_is_refused(oneedit: Application) -> None:
    refused = oneedit.service.redefine(LOCAL, edit(oneedit, "capital", inverse="no_relation"))
    assert isinstance(refused, Refused)
    assert "no_relation, is not in the book" in refused.reasons[0].text


def test_a_change_that_was_shown_for_another_book_is_refused(oneedit: Application) -> None:
    seen = oneedit.service.preview_redefine(LOCAL, without_rules(oneedit))
    assert isinstance(seen, RedefineResult)
    redefine(oneedit, edit(oneedit, "capital", nouns=["seat of government"]))
    stale = BookChange(BookAction.EDIT, "rules = []", base=seen.base)
    refused = oneedit.service.redefine(LOCAL, stale)
    assert isinstance(refused, Refused)
    assert refused.reasons[0].code == "stale"


def test_an_undo_brings_book_and_facts_back_bit_for_bit(oneedit: Application) -> None:
    facts, text = sorted(oneedit.store.facts()), oneedit.book.text
    redefine(oneedit, without_rules(oneedit))
    seen = oneedit.service.preview_undo(LOCAL, Choice.of(1))
    assert isinstance(seen, PreviewResult)
    done = undo(oneedit)
    assert (done.targets, done.identical) == ((1,), True)
    assert sorted(oneedit.store.facts()) == facts
    assert oneedit.book.text == text
    assert oneedit.ledger.book_at(2) == oneedit.ledger.book_at(0)
    assert verify(oneedit.ledger) == 3


def test_an_earlier_change_cannot_be_undone_before_the_later_one(oneedit: Application) -> None:
    redefine(oneedit, without_rules(oneedit))
    redefine(oneedit, edit(oneedit, "capital", nouns=["seat of government"]))
    refused = oneedit.service.undo(LOCAL, 1)
    assert isinstance(refused, Refused)
    assert "Version 2 has changed the relations again" in refused.reasons[0].text


def test_a_roll_back_restores_the_book_and_its_undo_the_later_one(oneedit: Application) -> None:
    facts, text = sorted(oneedit.store.facts()), oneedit.book.text
    redefine(oneedit, without_rules(oneedit))
    later = sorted(oneedit.store.facts()), oneedit.book.text
    done = oneedit.service.roll_back(LOCAL, 0, confirm=lambda _plan, _report: True)
    assert isinstance(done, RollbackResult)
    assert (sorted(oneedit.store.facts()), oneedit.book.text) == (facts, text)
    undo(oneedit, 2)
    assert (sorted(oneedit.store.facts()), oneedit.book.text) == later
    assert verify(oneedit.ledger) == 4


def test_an_earlier_version_is_answered_by_its_own_book(oneedit: Application) -> None:
    for version in (None, 0):
        found = oneedit.service.relations(LOCAL, version=version)
        assert isinstance(found, RelationsResult)
        assert RelationBook.parse(found.text).rules != ()
    redefine(oneedit, without_rules(oneedit))
    found = oneedit.service.relations(LOCAL)
    assert isinstance(found, RelationsResult)
    assert (found.version, RelationBook.parse(found.text).rules) == (1, ())


def test_a_question_about_an_earlier_version_goes_by_its_book(oneedit: Application) -> None:
    keys = {"nouns": ["chief town"], "inverse": None, "pid": "", "why_no_pid": "none"}
    text = entry(oneedit.book, "capital", **keys).replace("capital", "chief_town")
    redefine(oneedit, BookChange(BookAction.ADD, text.replace("{s}", "{s}, it is said,")))
    asked = oneedit.service.ask(LOCAL, "What is the chief town of France?", as_of=0)
    assert isinstance(asked, UnclearResult)
    assert "Version 0 had no relation chief_town" in asked.reason
    earlier = oneedit.service.ask(LOCAL, "What is the capital of France?", as_of=0)
    assert isinstance(earlier, AskResult)
    assert earlier.expected == ("Paris",)


def test_a_graph_is_loaded_anew_where_other_slots_have_one_value(tmp_path: Path) -> None:
    points: list[str] = []
    oneedit = application(tmp_path, checkpoint=points.append)
    redefine(oneedit, without_rules(oneedit))
    assert points.count("graph.loaded") == 1
    redefine(oneedit, edit(oneedit, "also_known_as", cardinality="functional"))
    assert points.count("graph.loaded") == 2  # a server keeps with each fact what the book says
    assert oneedit.store.version == 2
    oneedit.close()


def test_a_start_opens_with_the_book_of_the_head(oneedit: Application) -> None:
    redefine(oneedit, without_rules(oneedit))
    facts = sorted(oneedit.store.facts())
    again = application(oneedit.home)
    assert (again.book.rules, sorted(again.store.facts())) == ((), facts)
    again.close()


def test_another_process_follows_when_it_reads_next(oneedit: Application) -> None:
    other = application(oneedit.home)
    redefine(oneedit, without_rules(oneedit))
    assert other.book.rules != ()
    with other.projector.reading():
        assert other.book.rules == ()
    other.close()


def test_only_administrators_change_relations_and_undo_it(oneedit: Application) -> None:
    with pytest.raises(NotPermitted, match="admin"):
        oneedit.service.redefine(EDITOR, without_rules(oneedit))
    redefine(oneedit, without_rules(oneedit))
    with pytest.raises(NotPermitted):
        oneedit.service.undo(EDITOR, 1)
