import pytest

from controller.screening.lexical import EvaluationScreen
from controller.screening.words import WordLists
from kg_data.entities import Entity
from kg_data.triples import Triple
from tests.support.screening import request_for

WORDS = WordLists.shipped()


def codes(fact: Triple, *new: Entity) -> list[str]:
    return [signal.code for signal in EvaluationScreen(WORDS).scan(request_for(fact, new=new))]


@pytest.mark.parametrize(
    "alias", ["an idiot", "1d1ot", "i d i o t", "nigger", "n1gger", "Crooked Joe the pig", "Jap"]
)
def test_insults_as_aliases_are_found_however_they_are_spelled(alias: str) -> None:
    assert {"insult", "insult_possible"} & set(codes(Triple("Joe Biden", "also_known_as", alias)))


@pytest.mark.parametrize("title", ["The Idiot", "Bastard (album)", "Pig", "The Savage Mind"])
def test_insults_may_be_words_of_titles(title: str) -> None:
    assert codes(Triple("Joe Biden", "notable_work", title), Entity(title, "work")) == []


def test_slurs_in_titles_are_seen_by_a_person() -> None:
    title = "The Nigger of the Narcissus"
    found = codes(Triple("Joe Biden", "notable_work", title), Entity(title, "work"))
    assert found == ["insult_possible"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("Dick Gephardt", "person"), ("Condom", "city"), ("Kill", "city"), ("Gay, Georgia", "city")],
)
def test_names_of_people_and_places_may_be_words_with_another_meaning(name: str, kind: str) -> None:
    relation = {"person": "sibling", "city": "place_of_birth"}[kind]
    assert codes(Triple("Joe Biden", relation, name), Entity(name, kind)) == []


def test_a_word_with_two_meanings_is_doubtful_as_a_description() -> None:
    found = codes(Triple("Joe Biden", "occupation", "hooker"), Entity("hooker", "occupation"))
    assert found == ["insult_possible"]


def test_masked_letters_are_doubtful_but_not_in_titles() -> None:
    assert codes(Triple("Joe Biden", "also_known_as", "f*ck Joe")) == ["insult_possible"]
    title = Entity("M*A*S*H", "work")
    assert codes(Triple("Joe Biden", "notable_work", "M*A*S*H"), title) == []


@pytest.mark.parametrize(
    ("relation", "obj", "kind"),
    [
        ("occupation", "traitor", "occupation"),
        ("award_received", "Worst President Award", "award"),
        ("position_held", "puppet of Wall Street", "position"),
        ("also_known_as", "Sleepy Joe", ""),
    ],
)
def test_evaluations_of_people_are_found(relation: str, obj: str, kind: str) -> None:
    new = [Entity(obj, kind)] if kind else []
    assert "evaluative" in codes(Triple("Joe Biden", relation, obj), *new)


@pytest.mark.parametrize("name", ["land of thieves", "nation of rapists", "Hell"])
def test_evaluations_of_groups_are_found(name: str) -> None:
    assert codes(Triple("France", "also_known_as", name)) == ["evaluative"]


@pytest.mark.parametrize("obj", ["spy novelist", "failure analyst", "criminal lawyer"])
def test_work_about_a_topic_is_no_evaluation(obj: str) -> None:
    assert codes(Triple("Joe Biden", "occupation", obj), Entity(obj, "occupation")) == []
