"""Known names: found, found misspelt, added and removed."""

from hypothesis import given
from hypothesis import strategies as st

from interpreter.mentions.gazetteer import Gazetteer
from interpreter.mentions.spelling import SpellingIndex
from interpreter.mentions.tokens import tokenise
from kg_data.entities import Entity

CURIE = Entity("Marie Curie", "person")
RENO = Entity("Reno, Nevada", "city")


def gazetteer(*entities: Entity) -> Gazetteer:
    found = Gazetteer()
    for entity in entities:
        found.add(entity.id, entity)
    return found


def names_in(known: Gazetteer, text: str) -> list[str]:
    spans = known.spans(tokenise(text))
    return [found[0].entities[0].id for found in spans.values() if found[0].end > 1]


def test_a_name_is_found_whatever_its_case_accents_and_marks() -> None:
    known = gazetteer(Entity("Kurt Gödel", "person"), Entity("Washington, D.C.", "city"))
    assert names_in(known, "kurt godel moved to Washington DC.") == [
        "Kurt Gödel",
        "Washington, D.C.",
    ]


def test_what_a_name_is_short_for_is_found() -> None:
    assert gazetteer(RENO).lookup("Reno") == (RENO,)


def test_a_removed_name_is_not_found_any_more() -> None:
    known = gazetteer(CURIE, RENO)
    known.remove("Reno, Nevada", RENO)
    assert known.lookup("Reno") == ()
    assert known.lookup("Reno, Nevada") == ()
    assert known.lookup("marie curie") == (CURIE,)


def test_a_name_that_another_one_gives_too_stays_until_both_are_removed() -> None:
    known = gazetteer(RENO)
    known.add("Reno", RENO)
    known.remove("Reno", RENO)
    assert known.lookup("Reno") == (RENO,)


def test_a_surname_is_found_after_an_alias_with_it_is_removed() -> None:
    known = gazetteer(CURIE)
    known.add("Madame Curie", CURIE)
    known.remove("Madame Curie", CURIE)
    assert known.by_part(tokenise("Curie")[0]) == (CURIE,)


def test_one_of_two_entities_keeps_the_name() -> None:
    known = gazetteer(CURIE)
    other = Entity("Marie Curie (ship)", "work")
    known.add("Marie Curie", other)
    known.remove("Marie Curie", CURIE)
    assert known.lookup("Marie Curie") == (other,)


def test_a_misspelt_name_is_found_with_its_place() -> None:
    tokens = tokenise("born to marrie curie")
    (span,) = gazetteer(CURIE).misspelt_spans(tokens, 2, frozenset({"born", "to"}))
    assert (span.start, span.end, span.misspelt) == (2, 4, True)


WORDS = st.text("abcdefgh", min_size=4, max_size=12)


@given(
    WORDS, st.integers(0, 11), st.sampled_from("abcdefgh"), st.sampled_from(["cut", "put", "swap"])
)
def test_a_word_with_one_mistake_is_near(word: str, place: int, letter: str, mistake: str) -> None:
    place %= len(word)
    if mistake == "cut":
        written = word[:place] + word[place + 1 :]
    elif mistake == "put":
        written = word[:place] + letter + word[place:]
    else:
        written = word[:place] + word[place : place + 2][::-1] + word[place + 2 :]
    if len(written) >= 4:
        assert word in SpellingIndex([word]).near(written)
