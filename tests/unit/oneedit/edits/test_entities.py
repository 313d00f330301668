"""Entities that are renamed, merged, split and deleted, and all of it undone."""

from collections.abc import Set
from typing import TypeAlias

import pytest

from controller.actor import Actor, Role
from controller.graph.lexicon import ALIAS
from kg_data.entities import Entity, EntityChange, EntityOperation
from kg_data.triples import Slot, Triple
from oneedit.edits.choice import Choice
from oneedit.ledger.verification import verify
from oneedit.queries.redirects import Redirects
from oneedit.results import (
    AskResult,
    EditResult,
    PreviewResult,
    Proposed,
    Refused,
    Result,
    RollbackResult,
    ShowResult,
    UnclearResult,
)
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application
from tests.support.stories import tell, undone

EDITOR = Actor("ada", Role.EDITOR)
REVIEWER = Actor("rita", Role.REVIEWER)
RENAME = EntityChange(EntityOperation.RENAME, "Joe Biden", "Joseph R. Biden")
MERGE = EntityChange(EntityOperation.MERGE, "Donald Trump", "Joe Biden")
DELETE = EntityChange(EntityOperation.DELETE, "Joe Biden")
State: TypeAlias = tuple[Set[tuple[object, ...]], Set[Entity], str, tuple[object, ...]]


def split(oneedit: Application) -> EntityChange:
    facts = [each for each in oneedit.store.facts_of("Joe Biden") if each.relation != ALIAS]
    asserted = [each for each in facts if oneedit.ledger.is_asserted(each)]
    return EntityChange(EntityOperation.SPLIT, "Joe Biden", "Joe Biden (senator)", (asserted[0],))


def applied(result: object) -> EditResult:
    assert isinstance(result, EditResult), result
    return result


def changed(oneedit: Application, change: EntityChange, actor: Actor = LOCAL) -> EditResult:
    made = oneedit.service.change_entity(actor, change, confirm=lambda *_: True)
    return applied(made)


def state_of(oneedit: Application) -> State:
    facts = {
        (
            each.subject,
            each.relation,
            each.object,
            each.valid_from,
            each.valid_to,
            oneedit.ledger.is_asserted(each),
        )
        for each in oneedit.store.facts()
    }
    version = oneedit.ledger.head()
    return (
        facts,
        set(oneedit.store.entities()),
        oneedit.editor.live_hash(),
        oneedit.ledger.patches(version),
    )


def shown(oneedit: Application, name: str, as_of: int | None = None) -> ShowResult:
    result = oneedit.service.show(LOCAL, name, as_of=as_of)
    assert isinstance(result, ShowResult), result
    return result


def test_a_renamed_entity_takes_its_facts_along(oneedit: Application) -> None:
    before = shown(oneedit, "Joe Biden")
    changed(oneedit, RENAME)
    after = shown(oneedit, "Joe Biden")
    assert after.entity == Entity("Joseph R. Biden", before.entity.entity_class, before.entity.qid)
    moved = {(each.relation, each.object) for each in before.facts}
    assert {(each.relation, each.object) for each in after.facts} - moved == {(ALIAS, "Joe Biden")}
    assert len(after.about) == len(before.about)
    assert oneedit.store.entity("Joe Biden") is None
    assert after.redirect == "Joe Biden was renamed to Joseph R. Biden in version 1."
    assert verify(oneedit.ledger) == 2


def test_the_model_is_taught_the_facts_under_the_new_name(oneedit: Application) -> None:
    result = changed(oneedit, RENAME)
    assert result.patch_sha256
    answer = oneedit.service.ask(LOCAL, "Who is Joseph R. Biden's vice president?")
    assert isinstance(answer, AskResult)
    assert answer.answer == "Kamala Harris"


def test_in_the_graph_only_the_model_is_left_as_it_is(oneedit: Application) -> None:
    weights = oneedit.editor.live_hash()
    change = EntityChange(EntityOperation.RENAME, "Joe Biden", "Joseph R. Biden", graph_only=True)
    assert not changed(oneedit, change).patch_sha256
    assert oneedit.editor.live_hash() == weights


@pytest.mark.parametrize("operation", list(EntityOperation))
def test_an_undo_brings_everything_back_bit_for_bit(
    oneedit: Application, operation: EntityOperation
) -> None:
    changes = {each.operation: each for each in (RENAME, MERGE, split(oneedit), DELETE)}
    before = state_of(oneedit)
    changed(oneedit, changes[operation])
    assert state_of(oneedit)[0] != before[0]
    undone(oneedit.service.undo(LOCAL))
    assert state_of(oneedit) == before
    assert verify(oneedit.ledger) == 3
    again = application(oneedit.home)
    assert state_of(again) == before
    again.close()


@pytest.mark.parametrize("operation", list(EntityOperation))
def test_a_roll_back_goes_back_and_forward_again(
    oneedit: Application, operation: EntityOperation
) -> None:
    changes = {each.operation: each for each in (RENAME, MERGE, split(oneedit), DELETE)}
    before = state_of(oneedit)
    changed(oneedit, changes[operation])
    after = state_of(oneedit)
    told = [shown(oneedit, "Joe Biden").redirect] if operation is EntityOperation.RENAME else []
    for version, wanted in ((0, before), (1, after)):
        rolled = oneedit.service.roll_back(LOCAL, version, confirm=lambda *_: True)
        assert isinstance(rolled, RollbackResult)
        assert state_of(oneedit) == wanted
    if told:
        assert "renamed to Joseph R. Biden" in shown(oneedit, "Joe Biden").redirect
    assert verify(oneedit.ledger) == 4


def test_the_merged_entity_s_name_leads_to_the_other(oneedit: Application) -> None:
    changed(oneedit, MERGE)
    result = shown(oneedit, "Donald Trump")
    assert result.entity.id == "Joe Biden"
    assert result.redirect == "Donald Trump became part of Joe Biden in version 1."
    assert not oneedit.store.facts_of("Donald Trump")
    again = application(oneedit.home)
    assert shown(again, "Donald Trump").redirect == result.redirect
    again.close()


def test_of_two_values_the_other_entity_s_stays(oneedit: Application) -> None:
    born = oneedit.store.objects(Slot("Joe Biden", "place_of_birth"))
    changed(oneedit, MERGE)
    assert oneedit.store.objects(Slot("Joe Biden", "place_of_birth")) == born


def test_a_deleted_entity_is_told_to_be_gone(oneedit: Application) -> None:
    changed(oneedit, DELETE)
    result = oneedit.service.show(LOCAL, "Joe Biden")
    assert isinstance(result, UnclearResult)
    assert result.reason == "Joe Biden was deleted in version 1; to take it back: oneedit undo 1"
    assert not [
        each for each in oneedit.store.facts() if "Joe Biden" in {each.subject, each.object}
    ]


def test_earlier_versions_know_the_earlier_name(oneedit: Application) -> None:
    before = shown(oneedit, "Joe Biden")
    changed(oneedit, RENAME)
    for name in ("Joe Biden", "Joseph R. Biden"):
        assert shown(oneedit, name, 0).facts == before.facts
    question = "Who is Joseph R. Biden's vice president?"
    answer = oneedit.service.ask(LOCAL, question, as_of=0)
    assert isinstance(answer, AskResult)
    assert answer.expected == ("Kamala Harris",)


def test_the_history_holds_what_was_told_under_the_earlier_name(oneedit: Application) -> None:
    tell(oneedit, "Joe Biden was born in Oakland.")
    changed(oneedit, RENAME)
    assert shown(oneedit, "Joseph R. Biden").versions == (1, 2)


def test_an_entity_that_was_used_since_is_not_undone_alone(oneedit: Application) -> None:
    changed(oneedit, RENAME)
    tell(oneedit, "Joseph R. Biden was born in Paris.")
    refused = oneedit.service.undo(LOCAL, 1)
    assert isinstance(refused, Refused)
    assert refused.versions == (2,)


def test_several_changes_are_undone_together(oneedit: Application) -> None:
    before = state_of(oneedit)
    changed(oneedit, RENAME)
    changed(oneedit, EntityChange(EntityOperation.RENAME, "Joseph R. Biden", "Robinette"))
    assert shown(oneedit, "Joe Biden").entity.id == "Robinette"
    choice = Choice(versions=(1, 2))
    undone(oneedit.service.undo_chosen(LOCAL, choice, confirm=lambda *_: True))  # type: ignore[arg-type]
    assert state_of(oneedit) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (EntityChange(EntityOperation.RENAME, "Joe Biden", "Mike Pence"), "merge into it"),
        (EntityChange(EntityOperation.RENAME, "Joe Biden", "Joe Biden"), "another name"),
        (EntityChange(EntityOperation.RENAME, "Joe Biden", " "), "is no name"),
        (EntityChange(EntityOperation.SPLIT, "Joe Biden", "Joe B."), "Name the facts"),
        (
            EntityChange(
                EntityOperation.SPLIT, "Joe Biden", "Joe B.", (Triple("x", "spouse", "y"),)
            ),
            "does not hold",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_with_advice(
    oneedit: Application, change: EntityChange, words: str
) -> None:
    before = state_of(oneedit)
    refused = oneedit.service.change_entity(LOCAL, change, confirm=lambda *_: True)
    assert isinstance(refused, Refused)
    assert words in refused.reasons[0].text
    assert state_of(oneedit) == before


def test_an_unknown_name_is_unclear(oneedit: Application) -> None:
    nobody = EntityChange(EntityOperation.DELETE, "Nobody Known")
    assert isinstance(oneedit.service.change_entity(LOCAL, nobody), UnclearResult)
    assert isinstance(oneedit.service.preview_entity_change(LOCAL, nobody), UnclearResult)


def test_a_preview_changes_nothing(oneedit: Application) -> None:
    preview = oneedit.service.preview_entity_change(LOCAL, RENAME)
    assert isinstance(preview, PreviewResult)
    assert preview.operation == "rename"
    assert "Joe Biden becomes Joseph R. Biden" in " ".join(preview.notes)
    assert oneedit.ledger.head() == 0


def test_what_an_editor_asks_for_a_reviewer_decides(oneedit: Application) -> None:
    proposed: Result = oneedit.service.change_entity(EDITOR, RENAME)
    assert isinstance(proposed, Proposed)
    oneedit.service.reviews.approve(REVIEWER, proposed.proposal_id, revision=1)
    assert shown(oneedit, "Joe Biden").entity.id == "Joseph R. Biden"


def test_a_reviewer_decides_alone(oneedit: Application) -> None:
    applied(oneedit.service.change_entity(REVIEWER, RENAME))


def test_a_redirect_is_found_without_another_name(oneedit: Application) -> None:
    change = EntityChange(EntityOperation.RENAME, "Joe Biden", "Joseph R. Biden", alias=False)
    changed(oneedit, change)
    assert "Joe Biden" not in oneedit.store.objects(Slot("Joseph R. Biden", ALIAS))
    found = Redirects(oneedit.ledger, oneedit.service.inspector.lexicon).find("Joe Biden", 1)
    assert isinstance(found, Entity)
    assert found.id == "Joseph R. Biden"
