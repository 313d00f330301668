"""Where the facts of an entity come from."""

from dataclasses import replace

from kg_data.triples import Triple
from oneedit.results import BlameResult, Provenance, UnclearResult
from oneedit.wiring import Application
from oneedit.wording import details
from tests.support.fakes import LOCAL
from tests.support.stories import tell

PENCE = "Joe Biden's vice president is Mike Pence."
OBAMA = "Joe Biden's vice president is Barack Obama."
BORN = "Joe Biden was born in Oakland."


def provenance(oneedit: Application, subject: str, relation: str) -> Provenance:
    result = oneedit.service.blame(LOCAL, subject)
    assert isinstance(result, BlameResult)
    (found,) = [each for each in result.facts if each.fact.relation == relation]
    return found


def test_a_fact_names_its_version_actor_words_source_and_checks(oneedit: Application) -> None:
    chat = replace(oneedit.service, source="chat")
    chat.submit(LOCAL, PENCE)
    found = provenance(oneedit, "Joe Biden", "vice_president")
    edit = found.edit
    assert (edit.version, edit.actor, edit.text, edit.source) == (1, "me", PENCE, "chat")
    assert found.outcome.passed
    assert found.outcome.scores["taught"][0] > 0
    assert (found.derived, found.self_confirmed, found.restored_by) == (False, False, None)


def test_earlier_values_of_the_slot_are_listed_with_their_versions(oneedit: Application) -> None:
    tell(oneedit, PENCE, OBAMA)
    found = provenance(oneedit, "Joe Biden", "vice_president")
    assert [(each.fact.object, each.added, each.removed) for each in found.earlier] == [
        ("Kamala Harris", 0, 1),
        ("Mike Pence", 1, 2),
    ]


def test_what_follows_from_an_edit_is_marked_as_derived(oneedit: Application) -> None:
    tell(oneedit, PENCE)
    found = provenance(oneedit, "Mike Pence", "vice_president_to")
    assert (found.derived, found.edit.version) == (True, 1)


def test_what_was_brought_back_is_traced_to_where_it_was_told(oneedit: Application) -> None:
    tell(oneedit, PENCE, OBAMA)
    oneedit.service.undo(LOCAL)
    found = provenance(oneedit, "Joe Biden", "vice_president")
    assert (found.fact.object, found.edit.version, found.restored_by) == ("Mike Pence", 1, 3)
    oneedit.service.roll_back(LOCAL, 0, confirm=lambda *_: True)
    found = provenance(oneedit, "Joe Biden", "vice_president")
    assert (found.fact.object, found.edit.version, found.restored_by) == ("Kamala Harris", 0, 4)
    oneedit.service.roll_back(LOCAL, 2, confirm=lambda *_: True)
    assert provenance(oneedit, "Joe Biden", "vice_president").edit.version == 2


def test_a_fact_told_again_is_traced_to_the_last_time(oneedit: Application) -> None:
    tell(oneedit, PENCE, OBAMA, PENCE)
    assert provenance(oneedit, "Joe Biden", "vice_president").edit.version == 3


def test_what_its_teller_agreed_to_says_so(oneedit: Application) -> None:
    tell(oneedit, "Ada Quill was born in Paris.")
    assert provenance(oneedit, "Ada Quill", "place_of_birth").self_confirmed


def test_ended_facts_of_the_slot_come_with_their_dates(oneedit: Application) -> None:
    tell(oneedit, "Barack Obama's vice president is Mike Pence.")
    found = provenance(oneedit, "Barack Obama", "vice_president")
    assert found.earlier[0].fact == Triple("Barack Obama", "vice_president", "Joe Biden")
    result = oneedit.service.blame(LOCAL, "Barack Obama")
    assert "  before: Joe Biden (from 2009-01-20 to 2017-01-20)" in details(result)


def test_a_name_that_nobody_has_is_unclear(oneedit: Application) -> None:
    assert isinstance(oneedit.service.blame(LOCAL, "Nobody Atall"), UnclearResult)
