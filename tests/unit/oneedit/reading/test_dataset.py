"""Training examples: what the reader itself asks and accepts, and no wording that is kept apart."""

import json
from collections import Counter
from pathlib import Path

import pytest

from controller.graph.lexicon import GraphLexicon
from controller.graph.networkx_store import NetworkxStore
from interpreter.chat_model.reader import ChatModelReader, ReaderConfig
from interpreter.chat_model.reading import MessageReading, Wish
from interpreter.intents import Forget, Tell
from interpreter.mentions.gazetteer import Gazetteer
from kg_data.relations import FormWordings, RelationBook, Wordings
from oneedit.errors import TooFewSlots
from oneedit.reading.dataset import SHARES, ReaderDataset, ReaderExample
from oneedit.wiring import Application
from tests.support.chat_models import scripted
from tests.support.command_line import run, run_json
from tests.support.fakes import BOOK, DATA
from tests.support.stories import tell

MARK = "KEPT APART"
APART = (f"{MARK} {{s}} {{o}}.",)


def lexicon() -> GraphLexicon:
    store = NetworkxStore()
    facts = [fact for fact in DATA.facts if not fact.ended]
    store.load(DATA.entities, facts, version=0, origin="")
    return GraphLexicon(store)


LEXICON = lexicon()
FACTS = sorted(fact for fact in DATA.facts if not fact.ended)


def draw(count: int, seed: int = 0, book: RelationBook = BOOK) -> list[ReaderExample]:
    return list(ReaderDataset(book, LEXICON, FACTS).examples(count, seed))


EXAMPLES = draw(400)


def test_the_same_seed_draws_the_same_examples() -> None:
    assert draw(60) == draw(60)
    assert draw(60, seed=1) != draw(60)


def test_an_example_is_a_conversation_that_ends_in_a_reading() -> None:
    for example in EXAMPLES:
        record = json.loads(json.dumps(example.to_record()))
        assert [each["role"] for each in record["messages"]] == ["system", "user", "assistant"]
        answer = record["messages"][2]["content"]
        assert MessageReading.model_validate_json(answer) == example.utterance.reading
        assert "\n" not in answer


def test_the_reader_asks_the_same_and_accepts_the_answer() -> None:
    for example in EXAMPLES[:80]:
        model = scripted(example.utterance.reading.to_json())
        reader = ChatModelReader(model, BOOK, Gazetteer.of(LEXICON), ReaderConfig(name=""))
        intent = reader.read(example.utterance.text, example.utterance.dialogue)
        assert intent == example.intent
        sent = [str(message.content) for message in model.seen[0]]
        assert sent == [turn["content"] for turn in example.turns]
        assert len(model.seen) == 1


def test_every_triple_is_one_of_the_relation_book() -> None:
    told = [each.intent for each in EXAMPLES if isinstance(each.intent, Tell)]
    assert len(told) > 100
    for intent in told:
        new = {entity.id for entity in intent.new_entities}
        for fact in (*intent.facts, *intent.replaces):
            relation = BOOK[fact.relation]
            assert fact.subject in new or LEXICON.entity(fact.subject)
            assert relation.literal or LEXICON.entity(fact.object)
    forgotten = [each.intent for each in EXAMPLES if isinstance(each.intent, Forget)]
    assert forgotten
    assert all(intent.slot.relation in BOOK for intent in forgotten)


def test_every_wish_has_its_share() -> None:
    assert sum(SHARES.values()) == 100
    assert set(SHARES) == set(Wish)
    drawn = Counter(each.utterance.reading.intent for each in EXAMPLES)
    assert drawn[Wish.TELL] > drawn[Wish.ASK] > drawn[Wish.FORGET] > 0
    assert set(drawn) == set(Wish)


def apart(wordings: Wordings) -> Wordings:
    return wordings.model_copy(update={"gate": APART, "test": APART, "kept": APART})


def with_marks(book: RelationBook) -> RelationBook:
    """Return a book in which every wording that is not for training has a mark."""
    relations = {
        name: relation.model_copy(
            update={
                "statements": apart(relation.statements),
                "questions": apart(relation.questions),
            }
        )
        for name, relation in book.relations.items()
    }
    chains, steps = (
        FormWordings(statements=apart(each.statements), questions=apart(each.questions))
        for each in (book.chains, book.steps)
    )
    return book.model_copy(update={"relations": relations, "chains": chains, "steps": steps})


def test_no_wording_that_measures_is_used() -> None:
    examples = draw(400, book=with_marks(BOOK))
    assert not any(MARK in json.dumps(each.to_record()) for each in examples)


def test_without_facts_nothing_is_drawn() -> None:
    with pytest.raises(TooFewSlots):
        list(ReaderDataset(BOOK, LEXICON, []).examples(1, 0))


def test_the_command_draws_from_the_facts_of_the_home(
    tmp_path: Path, oneedit: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(oneedit, "Mike Pence was born in Munich.")
    monkeypatch.setenv("ONEEDIT_HOME", str(oneedit.home))
    out = tmp_path / "new" / "reader.jsonl"
    result = run_json("reader", "dataset", "--out", str(out), "--count", "300")
    assert result["examples"] == 300
    lines = out.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 300
    assert any("Munich" in line for line in lines)
    assert not any("Albert Einstein" in line for line in lines)  # he is in the shipped facts alone


def test_without_a_home_the_shipped_facts_are_drawn_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path / "none"))
    code, output = run("reader", "dataset", "--out", str(tmp_path / "x.jsonl"), "--count", "5")
    assert code == 0
    assert "5 examples" in output
    assert not (tmp_path / "none").exists()


def test_a_place_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path / "none"))
    code, output = run("reader", "dataset", "--out", str(tmp_path), "--count", "1")
    assert code == 2
    assert "cannot be written" in output
