"""What planning promises over every graph store: each class of conflict, and faults once found."""

import pytest

from controller.actor import Actor, Role, Tier
from controller.controller import Controller
from controller.graph.store import GraphStore
from controller.plan import EditPlan, Reason, Verdict
from controller.record import PastEdit
from kg_data.entities import Entity
from kg_data.questions import UNKNOWN
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple
from tests.support.books import book_of
from tests.support.graphs import NOON, codes, controller_of, triples
from tests.support.records import FakeRecord

EDITOR, CURATOR = Actor("ed", Role.EDITOR), Actor("rita", Role.REVIEWER)
NEWCOMER = Actor("nina", Role.EDITOR, Tier.NEW)

FAMILY = book_of(
    {
        "mother": {"cardinality": "functional", "inverse": "child", "acyclic": "ancestor"},
        "father": {
            "cardinality": "functional",
            "inverse": "child",
            "acyclic": "ancestor",
            "exclusive": ["mother"],
        },
        "child": {"asymmetric": True},
        "spouse": {"cardinality": "functional", "symmetric": True, "inverse": "spouse"},
        "sibling": {"symmetric": True, "inverse": "sibling"},
        "work": {"inverse": "author"},
        "author": {"cardinality": "functional", "inverse": "work"},
        "parents": {"most": 2},
        "seat": {"least": 1},
        "code": {"range": ["text"], "pattern": "[A-Z]{2}"},
        "capital": {"cardinality": "functional", "inverse": "capital_of"},
        "capital_of": {"cardinality": "functional", "inverse": "capital"},
        "time_zone": {"cardinality": "functional"},
        "home": {"cardinality": "functional"},
        "land": {"cardinality": "functional"},
        "home_land": {"cardinality": "functional"},
        "also_known_as": {"range": ["text"]},
    },
    [("child", "mother", "spouse"), ("father", "child", "sibling"), ("home", "land", "home_land")],
    classes={"thing": "", "place": "", "text": "literal", "literal": ""},
)


class PlanningContract:
    """Subclasses provide an empty ``store`` fixture, at version -1, for the book ``FAMILY``."""

    @pytest.fixture
    def book(self) -> RelationBook:
        return FAMILY

    def over(self, store: GraphStore, facts: str, *more: str) -> Controller:
        names = [Entity(name, "thing") for name in more]
        return controller_of(triples(facts), FAMILY, entities=names, store=store)

    def plan(self, store: GraphStore, facts: str, told: str, actor: Actor = EDITOR) -> EditPlan:
        told_facts = triples(told)
        names = {name for fact in told_facts for name in (fact.subject, fact.object)}
        return self.over(store, facts, *names).plan(told_facts, actor)

    # ---------- the classes of conflict ----------

    def test_c1_a_known_fact_changes_nothing(self, store: GraphStore) -> None:
        found = self.plan(store, "ann mother eve", "ann mother eve")
        assert found.decision.verdict is Verdict.NOTHING
        assert codes(found) == {"duplicate"}

    def test_c2_a_new_object_replaces_the_old_one(self, store: GraphStore) -> None:
        found = self.plan(store, "ann mother eve", "ann mother una")
        assert found.decision.verdict is Verdict.APPLY
        assert found.changes.retracted == (Triple("ann", "mother", "eve"),)

    def test_c2_what_a_newcomer_replaces_is_reviewed(self, store: GraphStore) -> None:
        found = self.plan(store, "ann mother eve", "ann mother una", NEWCOMER)
        assert found.decision.verdict is Verdict.REVIEW

    def test_c3_more_objects_than_a_relation_allows_are_reviewed(self, store: GraphStore) -> None:
        facts = "ann parents eve\nann parents bob"
        found = self.plan(store, facts, "ann parents cat")
        assert found.decision.verdict is Verdict.REVIEW
        assert codes(found) == {"cardinality"}

    def test_c3_fewer_objects_than_a_relation_demands_are_reviewed(self, store: GraphStore) -> None:
        controller = self.over(store, "ann seat rome")
        found = controller.plan_forget(Slot("ann", "seat"), None, EDITOR)
        assert found.decision.verdict is Verdict.REVIEW
        assert codes(found) == {"cardinality", "retraction"}

    def test_c4_an_object_is_added_to_a_slot_with_many(self, store: GraphStore) -> None:
        found = self.plan(store, "ann parents eve", "ann parents bob")
        assert found.decision.verdict is Verdict.APPLY
        assert not found.changes.retracted

    def test_c4_an_object_of_many_is_replaced_on_request(self, store: GraphStore) -> None:
        controller = self.over(store, "ann work ode\nann work song", "hymn")
        found = controller.plan(triples("ann work hymn"), EDITOR, replaces=triples("ann work song"))
        assert found.decision.verdict is Verdict.APPLY
        assert found.changes.retracted == (Triple("ann", "work", "song"),)
        assert Triple("song", "author", "ann") in found.changes.derived_retracted
        assert {each.code for each in found.conflicts} == {"coverage", "reverse"}

    def test_c5_the_inverse_follows(self, store: GraphStore) -> None:
        found = self.plan(store, "italy capital rome", "italy capital milan")
        assert Triple("milan", "capital_of", "italy") in found.changes.derived_added
        assert Triple("rome", "capital_of", "italy") in found.changes.derived_retracted

    def test_c6_a_fact_taken_from_another_entity_is_reviewed(self, store: GraphStore) -> None:
        found = self.plan(store, "italy capital rome", "spain capital rome")
        assert found.decision.verdict is Verdict.REVIEW
        assert codes(found) == {"displaced_partner"}
        assert (
            self.over(store, "italy capital rome", "spain")
            .plan(triples("spain capital rome"), CURATOR)
            .decision.verdict
            is Verdict.APPLY
        )

    def test_c7_both_directions_of_a_symmetric_fact_are_replaced(self, store: GraphStore) -> None:
        found = self.plan(store, "ann spouse bob", "ann spouse carl")
        assert {*found.changes.all_retracted} == {*triples("ann spouse bob\nbob spouse ann")}
        assert {*found.changes.all_added} == {*triples("ann spouse carl\ncarl spouse ann")}

    def test_c8_nobody_is_related_to_themselves(self, store: GraphStore) -> None:
        assert codes(self.plan(store, "", "ann mother ann")) == {"same"}

    def test_c8_a_relation_of_one_direction_is_not_turned_round(self, store: GraphStore) -> None:
        found = self.plan(store, "ann child eve", "eve child ann")
        assert found.decision.verdict is Verdict.BLOCK
        assert codes(found) == {"asymmetric"}

    def test_c9_a_class_that_the_relation_excludes_is_refused(self, store: GraphStore) -> None:
        controller = controller_of(
            [], FAMILY, entities=[Entity("ann", "thing"), Entity("rome", "place")], store=store
        )
        found = controller.plan(triples("ann mother rome"), EDITOR)
        assert codes(found) == {"type"}

    def test_c11_a_literal_has_the_form_of_its_relation(self, store: GraphStore) -> None:
        assert codes(self.plan(store, "", "ann code de")) == {"literal"}
        assert self.plan(store, "", "ann code DE").decision.verdict is Verdict.APPLY

    def test_c12_a_name_of_another_entity_is_asked_about(self, store: GraphStore) -> None:
        found = self.plan(store, "ann also_known_as Annie", "eve also_known_as Annie")
        assert codes(found) == {"alias"}

    def test_c13_a_fact_against_what_others_compose_is_asked_about(self, store: GraphStore) -> None:
        facts = "ann home rome\nrome land italy"
        found = self.plan(store, facts, "ann home_land spain")
        assert found.decision.verdict is Verdict.REVIEW
        assert "rule_head" in codes(found)

    def test_c14_a_premise_against_an_asserted_head_is_asked_about(self, store: GraphStore) -> None:
        facts = "ann home rome\nrome land italy\nann home_land italy"
        found = self.plan(store, facts, "rome land spain")
        assert found.decision.verdict is Verdict.REVIEW
        assert "rule_head" in codes(found)

    def test_c14_a_derived_head_follows_its_premises(self, store: GraphStore) -> None:
        found = self.plan(store, "ann home rome\nrome land italy", "rome land spain")
        assert found.decision.verdict is Verdict.APPLY
        assert Triple("ann", "home_land", "spain") in found.changes.derived_added

    def test_c15_a_cycle_is_refused_and_its_path_shown(self, store: GraphStore) -> None:
        found = self.plan(store, "ann mother eve\neve father bob", "bob mother ann")
        assert found.decision.verdict is Verdict.BLOCK
        assert "bob → ann → eve → bob" in found.decision.reasons[0].text

    def test_c16_a_pair_of_facts_that_exclude_each_other_is_asked_about(
        self, store: GraphStore
    ) -> None:
        assert codes(self.plan(store, "ann father bob", "ann mother bob")) == {"excluded"}
        assert codes(self.plan(store, "ann mother bob", "ann father bob")) == {"excluded"}

    def test_c17_a_slot_that_somebody_changed_meanwhile_is_refused(self, store: GraphStore) -> None:
        controller = self.over(store, "ann mother eve", "una", "bob")
        assert isinstance(controller.record, FakeRecord)
        controller.record.past_edits.append(
            PastEdit(1, "olga", NOON, tuple(triples("ann mother eve")), ())
        )
        found = controller.plan(triples("ann mother una"), EDITOR, base_version=0)
        assert found.decision.verdict is Verdict.BLOCK
        assert "olga" in found.decision.reasons[0].text
        other = controller.plan(triples("ann father bob"), EDITOR, base_version=0)
        assert other.decision.verdict is Verdict.APPLY
        later = controller.plan(triples("ann mother una"), EDITOR, base_version=1)
        assert later.decision.verdict is Verdict.APPLY

    def test_c20_facts_of_one_message_that_contradict_refuse_it_all(
        self, store: GraphStore
    ) -> None:
        for told in (
            "ann mother eve\nann mother una",
            "ann mother eve\neve father ann",
            "ann child eve\neve child ann",
            "italy capital rome\nspain capital rome",
        ):
            found = self.plan(store, "", told)
            assert found.decision.verdict is Verdict.BLOCK, told
            assert not found.changes.added

    def test_c24_unknown_relations_are_refused_and_new_names_asked_about(
        self, store: GraphStore
    ) -> None:
        controller = self.over(store, "ann mother eve")
        assert codes(controller.plan([Triple("ann", "muse", "eve")], EDITOR)) == {
            "unknown_relation"
        }
        assert codes(controller.plan(triples("ann mother una"), EDITOR)) >= {"new_object"}
        assert codes(controller.plan(triples("una mother ann"), EDITOR)) >= {"new_subject"}

    def test_what_the_reader_assumed_is_agreed_to_by_everybody(self, store: GraphStore) -> None:
        controller = self.over(store, "ann mother eve")
        assumed = (Reason("assumed_name", '"an" is read as ann.'),)
        for actor in (NEWCOMER, EDITOR, CURATOR):
            told = controller.plan(triples("ann spouse bob"), actor, assumed=assumed)
            forgotten = controller.plan_forget(Slot("ann", "mother"), None, actor, assumed=assumed)
            for plan in (told, forgotten):
                assert plan.decision.verdict is Verdict.REVIEW
                assert plan.decision.reasons[0] == assumed[0]
                assert plan.changes.asserted
        known = controller.plan(triples("ann mother eve"), EDITOR, assumed=assumed)
        assert known.decision.verdict is Verdict.NOTHING

    # ---------- faults once found ----------

    def test_no_rule_puts_a_second_object_into_the_slot_of_a_partner(
        self, store: GraphStore
    ) -> None:
        facts = "louis child tom\ntom mother mary"
        found = self.plan(store, facts, "mary spouse campbell")
        after = {*store.facts(), *found.changes.all_added} - {*found.changes.all_retracted}
        assert {fact for fact in after if fact.relation == "spouse"} == {
            *triples("mary spouse campbell\ncampbell spouse mary")
        }
        assert "rule_head" in codes(found)

    def test_two_whom_rules_compose_for_one_partner_are_a_choice_and_neither_holds(
        self, store: GraphStore
    ) -> None:
        facts = "louis child tom\ntom mother mary\nhenry child tim"
        found = self.plan(store, facts, "tim mother mary")
        after = {*store.facts(), *found.changes.all_added} - {*found.changes.all_retracted}
        assert not [fact for fact in after if fact.relation == "spouse"]

    def test_nothing_follows_about_an_entity_and_itself(self, store: GraphStore) -> None:
        found = self.plan(store, "ann father bob", "bob father carl")
        assert not [fact for fact in found.changes.derived_added if fact.subject == fact.object]

    def test_the_chains_of_a_displaced_partner_lead_nowhere(self, store: GraphStore) -> None:
        facts = "italy capital rome\nrome time_zone cet"
        found = self.over(store, facts, "spain").plan(triples("spain capital rome"), CURATOR)
        chains = {each.subject: each.answers for each in found.consequences}
        assert chains["spain"] == ("cet",)
        assert chains["italy"] == (UNKNOWN,)

    def test_children_of_one_father_are_siblings(self, store: GraphStore) -> None:
        found = self.plan(store, "ann father bob\nann mother eve", "carl father bob")
        assert Triple("ann", "sibling", "carl") in found.changes.derived_added
        assert Triple("bob", "child", "carl") in found.changes.derived_added

    def test_father_and_mother_both_make_a_child(self, store: GraphStore) -> None:
        controller = self.over(store, "ann father bob\nann mother eve")
        assert store.objects(Slot("bob", "child")) == store.objects(Slot("eve", "child"))
        found = controller.plan_forget(Slot("ann", "father"), None, EDITOR)
        assert {*found.changes.all_retracted} >= {*triples("ann father bob\nbob child ann")}
        assert Triple("eve", "child", "ann") not in found.changes.all_retracted

    def test_a_child_that_is_none_is_no_longer_the_child_of_its_father(
        self, store: GraphStore
    ) -> None:
        controller = self.over(store, "ann father bob", "carl")
        found = controller.plan(
            triples("bob child carl"), EDITOR, replaces=triples("bob child ann")
        )
        assert found.decision.verdict is Verdict.REVIEW
        assert "source" in codes(found)
        assert Triple("ann", "father", "bob") in found.changes.retracted

    def test_whoever_forgets_a_child_forgets_its_father_too(self, store: GraphStore) -> None:
        controller = self.over(store, "ann father bob")
        found = controller.plan_forget(Slot("bob", "child"), "ann", EDITOR)
        assert found.decision.verdict is Verdict.REVIEW
        assert set(found.changes.retracted) >= {Triple("ann", "father", "bob")}
        ended = controller.plan([Triple("bob", "child", "ann", None, "2020")], EDITOR)
        assert set(ended.changes.retracted) >= {Triple("ann", "father", "bob")}

    def test_what_other_facts_compose_can_be_neither_forgotten_nor_ended(
        self, store: GraphStore
    ) -> None:
        controller = self.over(store, "ann home rome\nrome land italy")
        forgotten = controller.plan_forget(Slot("ann", "home_land"), None, EDITOR)
        ended = controller.plan([Triple("ann", "home_land", "italy", None, "2020")], EDITOR)
        for found in (forgotten, ended):
            assert found.decision.verdict is Verdict.BLOCK
            assert codes(found) == {"derived"}

    def test_more_than_follows_from_an_ordinary_edit_is_a_batch_for_a_reviewer(
        self, store: GraphStore
    ) -> None:
        facts = "rome land italy\n" + "\n".join(f"n{number} home rome" for number in range(600))
        controller = self.over(store, facts, "spain")
        found = controller.plan(triples("rome land spain"), EDITOR)
        assert found.decision.verdict is Verdict.REVIEW
        assert codes(found) >= {"wide"}
        assert not found.complete
        whole = controller.plan(triples("rome land spain"), EDITOR, complete=True)
        assert whole.complete
        assert len(whole.changes.derived_added) == 600

    def test_what_a_newcomer_removes_is_reviewed(self, store: GraphStore) -> None:
        controller = self.over(store, "ann mother eve")
        forgotten = controller.plan_forget(Slot("ann", "mother"), None, NEWCOMER)
        ended = controller.plan([Triple("ann", "mother", "eve", None, "2020")], NEWCOMER)
        assert {forgotten.decision.verdict, ended.decision.verdict} == {Verdict.REVIEW}
        assert (
            controller.plan_forget(Slot("ann", "mother"), None, EDITOR).decision.verdict
            is Verdict.APPLY
        )

    def test_a_fact_of_the_past_is_checked_as_one_of_today(self, store: GraphStore) -> None:
        entities = [Entity("ann", "thing"), Entity("rome", "place")]
        controller = controller_of([], FAMILY, entities=entities, store=store)
        found = controller.plan([Triple("ann", "mother", "rome", "1900", "1901")], EDITOR)
        assert codes(found) == {"type"}

    def test_a_fact_told_with_two_beginnings_is_a_contradiction(self, store: GraphStore) -> None:
        controller = self.over(store, "ann mother eve")
        twice = [Triple("ann", "mother", "eve", since) for since in ("2010", "2020")]
        assert codes(controller.plan(twice, EDITOR)) == {"contradiction"}

    def test_a_fact_that_held_before_and_holds_now_is_recorded_once(
        self, store: GraphStore
    ) -> None:
        controller = self.over(store, "ann mother eve")
        told = [Triple("ann", "mother", "eve", "2000", "2010"), Triple("ann", "mother", "eve")]
        found = controller.plan([told[0], Triple("ann", "mother", "eve", "2020")], EDITOR)
        assert [fact.valid_to for fact in found.changes.added] == ["2010"]
        assert not found.changes.retracted

    def test_a_successor_told_from_the_other_side_ends_the_period_too(
        self, store: GraphStore
    ) -> None:
        controller = self.over(store, "italy capital rome 1871", "milan")
        found = controller.plan([Triple("milan", "capital_of", "italy", "2030")], CURATOR)
        assert [str(fact.valid_to) for fact in found.changes.added] == ["None", "2030"]

    def test_what_is_said_to_be_replaced_and_is_not_there_is_said(self, store: GraphStore) -> None:
        controller = self.over(store, "ann work ode", "hymn", "song")
        found = controller.plan(triples("ann work hymn"), EDITOR, replaces=triples("ann work song"))
        assert found.decision.verdict is Verdict.APPLY
        assert "absent" in codes(found)

    def test_a_replaced_fact_may_be_named_from_either_side(self, store: GraphStore) -> None:
        controller = self.over(store, "ann sibling bea", "cy")
        found = controller.plan(
            triples("ann sibling cy"), EDITOR, replaces=triples("bea sibling ann")
        )
        assert Triple("ann", "sibling", "bea") in found.changes.all_retracted

    def test_a_replaced_fact_of_an_unknown_relation_is_refused(self, store: GraphStore) -> None:
        controller = self.over(store, "ann work ode", "hymn")
        found = controller.plan(triples("ann work hymn"), EDITOR, replaces=triples("ann muse ode"))
        assert codes(found) == {"unknown_relation"}

    def test_an_undo_does_not_put_a_second_object_into_a_functional_slot(
        self, store: GraphStore
    ) -> None:
        controller = self.over(store, "ann mother eve\nitaly capital rome")
        for fact in triples("ann mother una\nspain capital rome"):
            assert codes(controller.plan_changes([fact], [], EDITOR)) == {"contradiction"}
