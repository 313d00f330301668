"""How a base model is asked what it knows."""

from controller.graph.networkx_store import NetworkxStore
from kg_data.phrases import Phrases
from kg_data.triples import Slot, Triple
from oneedit.knowledge.interview import Interview
from oneedit.knowledge.knowledge import WordingKind
from oneedit.wiring import Application
from tests.support.fakes import BOOK, DATA, FACTS, LOCAL, FakeEditor, application
from tests.support.stories import tell

CAPITALS = tuple(fact for fact in FACTS if fact.relation == "capital")
BIRTHS = {fact.subject for fact in FACTS if fact.relation == "place_of_birth"}


def interview(editor: FakeEditor) -> Interview:
    store = NetworkxStore()
    store.load(DATA.entities, FACTS, version=0)
    return Interview(editor=editor, store=store, book=BOOK, phrases=Phrases(BOOK))


def test_every_fact_of_a_small_relation_is_asked_in_every_wording_of_edits() -> None:
    found = interview(FakeEditor()).ask("place_of_birth")
    assert set(found.known) == BIRTHS
    assert found.unknown == ()
    relation = BOOK["place_of_birth"]
    both = (relation.statements, relation.questions)
    wordings = {text for each in both for text in (*each.teach, *each.gate)}
    assert {each.wording for each in found.wordings} == wordings
    assert {(each.right, each.asked) for each in found.wordings} == {(len(BIRTHS), len(BIRTHS))}


def test_what_the_model_does_not_know_is_told_from_what_it_does_not_understand() -> None:
    editor = FakeEditor([Triple("France", "capital", "Paris")])
    question = BOOK["capital"].questions.teach[0]
    editor.deaf = (question.split("{s}")[0],)
    found = interview(editor).ask("capital")
    assert (found.known, found.unknown) == (("France",), ("Germany",))
    scores = {each.wording: each.understood for each in found.wordings}
    assert scores.pop(question) is False
    assert all(scores.values())


def test_no_more_facts_are_asked_than_wanted_and_always_the_same() -> None:
    ask = interview(FakeEditor()).ask
    assert ask("place_of_birth", facts=2) == ask("place_of_birth", facts=2)
    assert ask("place_of_birth", facts=2).asked == 2


def test_a_brief_interview_asks_in_one_question_and_one_statement() -> None:
    found = interview(FakeEditor()).ask("capital", brief=True)
    assert sorted(each.kind for each in found.wordings) == sorted(WordingKind)


def test_a_model_that_is_asked_no_questions_is_judged_by_statements() -> None:
    store = interview(FakeEditor()).store
    phrases = Phrases(BOOK, questions=False)
    asks = Interview(editor=FakeEditor(), store=store, book=BOOK, phrases=phrases)
    found = asks.ask("capital")
    assert {each.kind for each in found.wordings} == {WordingKind.STATEMENT}
    assert len(found.known) == 2


def test_a_relation_without_facts_is_not_judged() -> None:
    found = interview(FakeEditor()).ask("author")
    assert (found.asked, found.share) == (0, None)


def test_edited_slots_are_left_out_and_the_base_is_asked(oneedit: Application) -> None:
    tell(oneedit, "Joe Biden was born in Oakland.")
    found = oneedit.service.check_model(LOCAL, "place_of_birth").relations[0]
    assert set(found.known) == BIRTHS - {"Joe Biden"}
    assert Slot("Joe Biden", "place_of_birth").subject not in found.unknown
    assert oneedit.service.known_by_model(LOCAL).relations == (found,)
    again = application(oneedit.home)
    assert again.service.known_by_model(LOCAL).relations == (found,)
    again.close()
