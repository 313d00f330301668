"""Messages as people write them: what is read, and what is never made an edit."""

import json
from pathlib import Path

import pytest

from interpreter.dialogue import EMPTY_DIALOGUE, Dialogue
from interpreter.intents import Forget, Guess, History, Intent, Selection, Tell, Unclear, Undo
from interpreter.interpreter import Interpreter
from interpreter.mentions.gazetteer import Gazetteer
from interpreter.mentions.languages import Languages, PolyglotReader, well_known_names
from kg_data.entities import Entity, EntityChange, EntityOperation
from kg_data.relations import RelationBook
from kg_data.shipped import shipped_dataset
from kg_data.triples import Slot, Triple
from oneedit.bench.reading import intent_name, read_case, read_reading_cases, reading_figures

BOOK = RelationBook.shipped()
CASES = Path("tests/data/reading")
LEAST_OPEN = {"open": (0.95, 0.94), "third_open": (0.96, 0.94), "fourth_open": (0.95, 0.93)}
"""Intent and triples of cases that may be looked at, by ``oneedit bench read``; they only rise."""


def _reader() -> Interpreter:
    data = shipped_dataset()
    languages = Languages.shipped(BOOK)
    gazetteer = Gazetteer(well_known_names())
    entities = {entity.id: entity for entity in data.entities}
    for entity in data.entities:
        gazetteer.add(entity.id, entity)
    for fact in data.facts:
        if fact.relation == "also_known_as":
            gazetteer.add(fact.object, entities[fact.subject])
    return Interpreter(PolyglotReader(BOOK, gazetteer, languages))


READER = _reader()


def read(text: str, *before: str) -> Intent:
    dialogue: Dialogue = EMPTY_DIALOGUE
    for message in before:
        dialogue = dialogue.after(READER.read(message, dialogue))
    return READER.read(text, dialogue)


def tell(*facts: tuple[str, str, str]) -> Tell:
    return Tell(tuple(Triple(*fact) for fact in facts))


@pytest.mark.parametrize(
    "text", ["Joe Biden was b\u043ern in Paris.", "Joe Biden w\u0430s born in Paris."]
)
def test_letters_of_another_alphabet_are_no_typing_errors(text: str) -> None:
    intent = read(text)
    assert not isinstance(intent, Tell) or intent.heard  # then somebody has to agree


@pytest.mark.parametrize("name", LEAST_OPEN)
def test_no_message_of_the_open_cases_becomes_a_false_or_wrong_edit(name: str) -> None:
    readings = [read_case(READER, case) for case in read_reading_cases(CASES / f"{name}.jsonl")]
    scores = reading_figures(readings)["scores"]
    assert isinstance(scores, dict)
    assert (scores["false_edits"], scores["wrong_edits"]) == (0, 0)
    intent, triples = LEAST_OPEN[name]
    assert scores["intent"] >= intent
    assert scores["triples"] >= triples


FRAMES = json.loads((CASES / "frames.json").read_text(encoding="utf-8"))
SENTENCE = "Marie Curie was born in Vienna"
FACT = Triple("Marie Curie", "place_of_birth", "Vienna")
BIRTH = Slot("Marie Curie", "date_of_birth")  # "in 1990" behind the sentence is one as well


def framed(side: str, *, edit: bool) -> list[str]:
    texts = [frame["text"] for frame in FRAMES[side] if frame["edit"] == edit]
    if side == "front":
        return [f"{text}{SENTENCE}." for text in texts]
    return [f"{SENTENCE}{text}" for text in texts]


@pytest.mark.parametrize("side", ["front", "behind"])
def test_a_frame_that_denies_a_fact_lets_nothing_change(side: str) -> None:
    changed = [
        text for text in framed(side, edit=False) if intent_name(read(text)) in {"tell", "forget"}
    ]
    assert changed == []


@pytest.mark.parametrize(("side", "least"), [("front", 0.97), ("behind", 0.85)])
def test_words_around_a_fact_change_nothing_of_it(side: str, least: float) -> None:
    texts = framed(side, edit=True)
    right = 0
    for text in texts:
        intent = read(text)
        if isinstance(intent, Tell):
            assert [each for each in intent.facts if each.slot != BIRTH] == [FACT]
            assert all("1990" in text for each in intent.facts if each.slot == BIRTH)
            assert intent.new_entities == ()
            right += 1
    assert right / len(texts) >= least


def test_a_misspelt_name_is_a_guess() -> None:
    intent = read("marrie curie was born in vienna")
    assert isinstance(intent, Tell)
    assert intent.facts == (FACT,)
    assert intent.guesses == (Guess("marrie curie", "Marie Curie"),)


def test_a_new_name_is_told_as_one() -> None:
    intent = read("Joe Biden's wife is Zoe Marlow")
    assert isinstance(intent, Tell)
    assert intent.new_entities == (Entity("Zoe Marlow", "person"),)


@pytest.mark.parametrize(
    "text",
    ["zoe marlow was born in leeds", "Marie Curie was born in a lovely little town",
     "Marie Curie was born in Vienna and the weather is nice", "The mother of the mother"],
)  # fmt: skip
def test_what_is_left_over_is_asked_about(text: str) -> None:
    assert isinstance(read(text), Unclear)


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Austin and Houston are in Oklahoma",
         [("Austin, Texas", "located_in", "Oklahoma"), ("Houston", "located_in", "Oklahoma")]),
        ("Rosalind Franklin was born in Leeds and then worked at King's College London",
         [("Rosalind Franklin", "place_of_birth", "Leeds"),
          ("Rosalind Franklin", "employer", "King's College London")]),
        ("Karl Weierstrass advised Sofya Kovalevskaya, who died in Stockholm",
         [("Sofya Kovalevskaya", "doctoral_advisor", "Karl Weierstrass"),
          ("Sofya Kovalevskaya", "place_of_death", "Stockholm")]),
        ("Dijkstra, Edsger W. was born in Utrecht",
         [("Edsger W. Dijkstra", "place_of_birth", "Utrecht")]),
    ],
)  # fmt: skip
def test_several_facts_are_read_in_one_message(
    text: str, facts: list[tuple[str, str, str]]
) -> None:
    intent = read(text)
    assert isinstance(intent, Tell)
    told = {(fact.subject, fact.relation, fact.object) for fact in intent.facts}
    assert told == set(facts)


def test_a_contrast_names_what_is_replaced() -> None:
    intent = read("Marie Curie was born in Vienna, not Warsaw.")
    assert intent == Tell((FACT,), replaces=(Triple("Marie Curie", "place_of_birth", "Warsaw"),))


@pytest.mark.parametrize(
    ("told", "correction", "fact"),
    [
        ("Mike Pence was born in Chicago.", "sorry, I meant Dallas",
         ("Mike Pence", "place_of_birth", "Dallas")),
        ("Mike Pence was born in Chicago.", "Dallas, I meant.",
         ("Mike Pence", "place_of_birth", "Dallas")),
        ("Mike Pence was born in Chicago.", "Where it says Chicago put Dallas",
         ("Mike Pence", "place_of_birth", "Dallas")),
        ("Duke University was founded in 1840.", "make that 1850",
         ("Duke University", "inception", "1850")),
        ("Joe Biden's mother is Jill Biden.", "sorry, the father",
         ("Joe Biden", "father", "Jill Biden")),
    ],
)  # fmt: skip
def test_the_object_or_relation_told_last_is_corrected(
    told: str, correction: str, fact: tuple[str, str, str]
) -> None:
    assert read(correction, told) == tell(fact)


def test_what_was_not_told_last_is_not_corrected() -> None:
    assert not isinstance(
        read("Where it says Lyon put Dallas", "Mike Pence was born in Chicago."), Tell
    )


def test_both_are_those_told_together() -> None:
    both = "Kurt Gödel and Georg Cantor were students at the University of Marburg."
    facts = [(name, "place_of_death", "Bonn") for name in ("Kurt Gödel", "Georg Cantor")]
    assert read("They both died in Bonn.", both) == tell(*facts)
    assert isinstance(read("They both died in Bonn.", "Kurt Gödel was born in Bonn."), Unclear)


@pytest.mark.parametrize(
    "text",
    [
        "Kurt Gödel was born in Ulm and Max Born in Bonn.",
        "Kurt Gödel was born in Ulm, Max Born in Bonn.",
        "Kurt Gödel and Max Born were born in Ulm and Bonn, respectively.",
    ],
)
def test_a_verb_and_an_order_hold_for_the_names_behind(text: str) -> None:
    facts = (("Kurt Gödel", "place_of_birth", "Ulm"), ("Max Born", "place_of_birth", "Bonn"))
    assert read(text) == tell(*facts)


@pytest.mark.parametrize(
    "text",
    [
        "Kurt Gödel was born in Ulm and Max Born from Bonn.",
        "Kurt Gödel was born in Ulm and Max Born in France.",
        "Kurt Gödel was born in Ulm and Max Bornemann in Bonn.",
    ],
)
def test_a_verb_is_not_supplied_by_guessing(text: str) -> None:
    assert not isinstance(read(text), Tell)


@pytest.mark.parametrize(
    "text",
    [
        "<Peter Lax> <doctoral_advisor> <Max Born> .",
        "doctoral_advisor(Peter Lax, Max Born)",
        "Peter Lax :: doctoral advisor :: Max Born",
        "<http://a.b/Peter_Lax> <http://a.b/doctoral_advisor> <http://a.b/Max_Born>",
    ],
)
def test_a_typed_triple_is_a_fact(text: str) -> None:
    assert read(text) == tell(("Peter Lax", "doctoral_advisor", "Max Born"))


def test_a_row_to_remove_is_forgotten() -> None:
    slot = Slot("Nelson Rockefeller", "educated_at")
    text = "Remove Nelson Rockefeller, educated at, Dartmouth College"
    assert read(text) == Forget(slot, "Dartmouth College")


@pytest.mark.parametrize(
    "text",
    ["Kurt Gödel was born on the fourth of July 1900",
     "Kurt Gödel was born on July fourth, nineteen hundred"],
)  # fmt: skip
def test_a_date_in_words_is_a_date(text: str) -> None:
    assert read(text) == tell(("Kurt Gödel", "date_of_birth", "1900-07-04"))


@pytest.mark.parametrize(
    "text", ["Forget everything about Max Born.", "Delete all you know about Max Born"]
)
def test_everything_about_an_entity_is_forgotten_with_it(text: str) -> None:
    assert read(text) == EntityChange(EntityOperation.DELETE, "Max Born")


def test_no_entity_is_deleted_by_a_guess() -> None:
    assert isinstance(read("Forget everything about Mxa Bron."), Unclear)


def test_traditional_characters_are_read_as_simplified_ones() -> None:
    assert read("法國的首都是里昂") == tell(("France", "capital", "Lyon"))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("undo the change to Marie Curie's birthplace",
         Undo(selection=Selection("Marie Curie", "place_of_birth"))),
        ("take back what bob did yesterday",
         Undo(selection=Selection(actor="bob", when="yesterday"), everything=True)),
        ("show me everything alice changed last week",
         History(Selection(actor="alice", when="last_week"))),
        ("forget where Clarence Thomas was born",
         Forget(Slot("Clarence Thomas", "place_of_birth"))),
        ("Bern isn't the capital of Switzerland", Forget(Slot("Switzerland", "capital"), "Bern")),
        ("(John Jay, place_of_birth, Boston)", tell(("John Jay", "place_of_birth", "Boston"))),
    ],
)  # fmt: skip
def test_commands_name_what_they_are_about(text: str, intent: Intent) -> None:
    assert read(text) == intent


def test_the_time_of_a_fact_is_kept() -> None:
    intent = read("Since 2021 Kamala Harris has been a member of the Republican Party")
    assert isinstance(intent, Tell)
    assert (intent.facts[0].valid_from, intent.facts[0].valid_to) == ("2021", None)
