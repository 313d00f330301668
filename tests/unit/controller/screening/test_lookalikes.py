from dataclasses import replace

import pytest

from controller.screening.lookalikes import (
    LookalikeIndex,
    LookalikeScreen,
    NearDuplicateScreen,
    ScriptScreen,
)
from kg_data.entities import Entity
from kg_data.triples import Triple
from tests.support.controller_world import store_with
from tests.support.screening import request_for


def test_lookalike_letters_are_found_with_their_span() -> None:
    signal = ScriptScreen().scan("Old Pаris")[0]
    assert signal.span == (4, 9)
    assert "Cyrillic" in signal.text


def test_two_words_may_be_in_different_scripts() -> None:
    assert list(ScriptScreen().scan("Москва Moscow")) == []


def test_a_word_of_another_alphabet_that_looks_latin_is_found_beside_latin_ones() -> None:
    assert ScriptScreen().scan("Nancy Сосо")[0].code == "mixed_script"
    assert ScriptScreen().scan("Сосо") == []


@pytest.mark.parametrize("name", ["Наԝаіі", "Lуon", "Ноnоӏuӏu", "JiII Biden", "lvanka", "0akland"])
def test_names_that_look_like_known_ones_are_found(name: str) -> None:
    store = store_with(Triple("Donald Trump", "also_known_as", "Ivanka"))
    assert LookalikeIndex(store).lookalikes(name)


@pytest.mark.parametrize("name", ["Paris", "PARIS", "paris", "Parma", "Москва", "Lion", "Jill"])
def test_other_names_do_not_look_like_known_ones(name: str) -> None:
    assert LookalikeIndex(store_with()).lookalikes(name) == []


def test_a_new_entity_that_looks_like_a_known_one_is_a_signal() -> None:
    store = store_with()
    request = request_for(
        Triple("Наԝаіі", "country", "France"), store=store, new=[Entity("Наԝаіі", "state")]
    )
    signal = LookalikeScreen(LookalikeIndex(store)).scan(request)[0]
    assert (signal.code, signal.about) == ("lookalike", "Наԝаіі")


def test_an_alias_may_look_like_the_name_of_its_own_subject() -> None:
    store = store_with()
    alias = Triple("Hawaii", "also_known_as", "Наԝаіі")
    screen = LookalikeScreen(LookalikeIndex(store))
    assert screen.scan(request_for(alias, store=store)) == []
    other = replace(alias, subject="Lyon")
    assert screen.scan(request_for(other, store=store))


@pytest.mark.parametrize(
    "name",
    [
        *("Jil Biden", "Biden, Jill", "jill biden", "Jill-Biden", "Jíll Biden", "Dr. Jill Biden"),
        *("Kamalla Harris", "Barrack Obama", "Donald Trumpp"),
    ],
)
def test_other_spellings_of_known_people_are_asked_about(name: str) -> None:
    store = store_with()
    request = request_for(store=store, new=[Entity(name, "person")])
    signal = NearDuplicateScreen(LookalikeIndex(store)).scan(request)[0]
    assert signal.code == "near_duplicate"
    assert signal.numbers["similar"] >= 1


@pytest.mark.parametrize(
    "name", ["Jill Biden Jr.", "Joe Biden II", "Lyons", "Ann Roe", "Jill B. Biden"]
)
def test_namesakes_and_short_names_are_not_asked_about(name: str) -> None:
    store = store_with()
    request = request_for(store=store, new=[Entity(name, "person")])
    assert NearDuplicateScreen(LookalikeIndex(store)).scan(request) == []


def test_a_name_of_another_class_is_not_asked_about() -> None:
    store = store_with()
    request = request_for(store=store, new=[Entity("Pennsylvanian", "language")])
    assert NearDuplicateScreen(LookalikeIndex(store)).scan(request) == []


def test_the_index_knows_what_was_added_to_the_graph() -> None:
    store = store_with()
    index = LookalikeIndex(store)
    assert index.similar("Emanuel Macron", distance=2) == []
    macron = Entity("Emmanuel Macron", "person")
    store.replace(add=[], retract=[], entities=[macron], expect=0)
    assert index.similar("Emanuel Macron", distance=2) == ["Emmanuel Macron"]
