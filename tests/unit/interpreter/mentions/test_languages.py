"""Messages in Spanish, French, German and Chinese, and in languages that are not understood."""

from collections.abc import Sequence

import pytest

from interpreter.dialogue import Dialogue
from interpreter.intents import (
    Ask,
    AskKind,
    Forget,
    History,
    Intent,
    RollBack,
    Show,
    Talk,
    Tell,
    Unclear,
    Undo,
)
from interpreter.interpreter import Interpreter
from interpreter.mentions.gazetteer import Gazetteer
from interpreter.mentions.languages import UNDERSTOOD, Languages, PolyglotReader, well_known_names
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.shipped import shipped_dataset
from kg_data.triples import Slot, Triple
from tests.support.lexicon import FakeLexicon

BOOK = RelationBook.shipped()
PEOPLE = ("Marie Curie", "Albert Einstein", "Barack Obama", "Michelle Obama", "Joe Biden")
CITIES = ("Paris", "Lyon", "Vienna", "Warsaw", "Ulm", "Honolulu", "Chicago")
COUNTRIES = ("France", "Germany", "India")


def entities() -> list[Entity]:
    classes = (("person", PEOPLE), ("city", CITIES), ("country", COUNTRIES))
    return [Entity(name, each) for each, names in classes for name in names]


@pytest.fixture(scope="module")
def languages() -> Languages:
    return Languages.shipped(BOOK)


@pytest.fixture(scope="module")
def interpreter(languages: Languages) -> Interpreter:
    index = Gazetteer.of(FakeLexicon(entities()), well_known_names())
    return Interpreter(PolyglotReader(BOOK, index, languages))


def facts(intent: Intent) -> Sequence[Triple]:
    assert isinstance(intent, Tell), intent
    return intent.facts


def question(intent: Intent) -> tuple[str, tuple[str, ...]]:
    assert isinstance(intent, Ask), intent
    return intent.subject, intent.path


@pytest.mark.parametrize(
    "text",
    [
        "La capital de Francia es Lyon.",
        "la capital de francia es lyon",
        "Lyon es la capital de Francia",
        "La capitale de la France est Lyon.",
        "Lyon est la capitale de la France",
        "Die Hauptstadt von Frankreich ist Lyon.",
        "Die Hauptstadt Frankreichs ist Lyon",
        "Frankreichs Hauptstadt ist Lyon",
        "法国的首都是里昂。",
        "法国首都是里昂",
        "France的首都是Lyon",
        "请记住，法国的首都是里昂",
    ],
)
def test_a_capital_is_told(interpreter: Interpreter, text: str) -> None:
    assert facts(interpreter.read(text)) == (Triple("France", "capital", "Lyon"),)


@pytest.mark.parametrize(
    "text",
    [
        "Albert Einstein nació en Viena",
        "Albert Einstein est né à Vienne",
        "Albert Einstein wurde in Wien geboren",
        "爱因斯坦出生于维也纳",
        "爱因斯坦在维也纳出生",
    ],
)
def test_a_birthplace_is_told(interpreter: Interpreter, text: str) -> None:
    told = facts(interpreter.read(text))
    assert told == (Triple("Albert Einstein", "place_of_birth", "Vienna"),)


@pytest.mark.parametrize(
    "text",
    [
        "Albert Einstein nació el 14 de marzo de 1879.",
        "Albert Einstein est né le 14 mars 1879.",
        "Albert Einstein wurde am 14. März 1879 geboren.",
        "爱因斯坦出生于1879年3月14日。",
    ],
)
def test_a_date_is_told(interpreter: Interpreter, text: str) -> None:
    told = facts(interpreter.read(text))
    assert told == (Triple("Albert Einstein", "date_of_birth", "1879-03-14"),)


@pytest.mark.parametrize(
    "text",
    [
        "Barack Obama nació en Honolulu y murió en Chicago",
        "Barack Obama est né à Honolulu et est mort à Chicago",
        "Barack Obama wurde in Honolulu geboren und starb in Chicago",
        "奥巴马出生在檀香山，死于芝加哥",
    ],
)
def test_two_facts_are_told_in_one_sentence(interpreter: Interpreter, text: str) -> None:
    assert facts(interpreter.read(text)) == (
        Triple("Barack Obama", "place_of_birth", "Honolulu"),
        Triple("Barack Obama", "place_of_death", "Chicago"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "¿Quién es la esposa de Barack Obama?",
        "quien es la esposa de barack obama",
        "¿Con quién está casado Barack Obama?",
        "Qui est la femme de Barack Obama ?",
        "Wer ist die Frau von Barack Obama?",
        "Mit wem ist Barack Obama verheiratet?",
        "Wer ist Barack Obamas Frau?",
        "奥巴马的妻子是谁？",
        "Barack Obama的妻子是谁",
    ],
)
def test_a_spouse_is_asked_for(interpreter: Interpreter, text: str) -> None:
    assert question(interpreter.read(text)) == ("Barack Obama", ("spouse",))


@pytest.mark.parametrize(
    "text",
    [
        "¿Cuándo nació Marie Curie?",
        "Quand est née Marie Curie ?",
        "Wann wurde Marie Curie geboren?",
        "居里夫人是什么时候出生的？",
    ],
)
def test_a_birthday_is_asked_for(interpreter: Interpreter, text: str) -> None:
    assert question(interpreter.read(text)) == ("Marie Curie", ("date_of_birth",))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("¿Quién es el padre de la esposa de Joe Biden?", ("spouse", "father")),
        ("Qui est le père de la femme de Joe Biden ?", ("spouse", "father")),
        ("Wer ist der Vater der Frau von Joe Biden?", ("spouse", "father")),
        ("拜登的妻子的父亲是谁？", ("spouse", "father")),
        (
            "¿Cuál es la capital del país donde nació Joe Biden?",
            ("place_of_birth", "country", "capital"),
        ),
        (
            "Quelle est la capitale du pays où Joe Biden est né ?",
            ("place_of_birth", "country", "capital"),
        ),
        (
            "Was ist die Hauptstadt des Landes, in dem Joe Biden geboren wurde?",
            ("place_of_birth", "country", "capital"),
        ),
        ("拜登的出生地所在国家的首都是哪里？", ("place_of_birth", "country", "capital")),
    ],
)
def test_a_chain_is_asked_for(interpreter: Interpreter, text: str, path: tuple[str, ...]) -> None:
    assert question(interpreter.read(text)) == ("Joe Biden", path)


@pytest.mark.parametrize(
    "text",
    [
        "¿Es París la capital de Francia?",
        "Est-ce que Paris est la capitale de la France ?",
        "Ist Paris die Hauptstadt von Frankreich?",
        "巴黎是法国的首都吗？",
    ],
)
def test_yes_or_no_is_asked(interpreter: Interpreter, text: str) -> None:
    intent = interpreter.read(text)
    assert isinstance(intent, Ask)
    assert (intent.kind, intent.subject, intent.object) == (AskKind.YES_NO, "France", "Paris")


@pytest.mark.parametrize(
    "text",
    [
        "¿Nació Marie Curie en Viena?",
        "Marie Curie est-elle née à Vienne ?",
        "Wurde Marie Curie in Wien geboren?",
        "居里夫人出生于维也纳吗",
    ],
)
def test_yes_or_no_is_asked_about_a_birthplace(interpreter: Interpreter, text: str) -> None:
    intent = interpreter.read(text)
    assert isinstance(intent, Ask)
    assert (intent.kind, intent.subject, intent.object) == (
        AskKind.YES_NO,
        "Marie Curie",
        "Vienna",
    )


@pytest.mark.parametrize(
    "text",
    [
        "No olvides que Marie Curie nació en Viena",
        "N'oublie pas que Marie Curie est née à Vienne",
        "Vergiss nicht, dass Marie Curie in Wien geboren wurde",
        "不要忘记居里夫人出生于维也纳",
    ],
)
def test_what_is_not_to_be_forgotten_is_told(interpreter: Interpreter, text: str) -> None:
    told = facts(interpreter.read(text))
    assert told == (Triple("Marie Curie", "place_of_birth", "Vienna"),)


@pytest.mark.parametrize(
    "text",
    [
        "no borres la capital de Francia",
        "ne supprime pas la capitale de la France",
        "Lösche nicht die Hauptstadt von Frankreich",
        "Lösche die Hauptstadt von Frankreich nicht",
        "不要删除法国的首都",
        "En la novela, Marie Curie nació en Viena",
        "Dans le film, Marie Curie est née à Vienne",
        "Im Film wurde Marie Curie in Wien geboren",
        "在电影里，居里夫人出生于维也纳",
    ],
)
def test_what_is_refused_or_told_as_a_story_changes_nothing(
    interpreter: Interpreter, text: str
) -> None:
    assert isinstance(interpreter.read(text), Unclear | Ask)


@pytest.mark.parametrize(
    "text",
    [
        "Nadie es la esposa de Joe Biden",
        "Personne n'est la femme de Joe Biden",
        "Niemand ist die Frau von Joe Biden",
        "没有人是拜登的妻子",
    ],
)
def test_nobody_is_no_name(interpreter: Interpreter, text: str) -> None:
    assert interpreter.read(text) == Forget(Slot("Joe Biden", "spouse"))


@pytest.mark.parametrize(
    "text",
    [
        "Olvida la capital de Francia.",
        "borra la capital de Francia",
        "Oublie la capitale de la France",
        "Vergiss die Hauptstadt von Frankreich",
        "lösche die Hauptstadt von Frankreich bitte",
        "忘记法国的首都",
        "删除France的首都",
    ],
)
def test_a_slot_is_forgotten(interpreter: Interpreter, text: str) -> None:
    assert interpreter.read(text) == Forget(Slot("France", "capital"))


@pytest.mark.parametrize(
    "text",
    [
        "Olvida que Marie Curie nació en Varsovia",
        "Oublie que Marie Curie est née à Varsovie",
        "Vergiss, dass Marie Curie in Warschau geboren wurde",
        "忘记居里夫人出生于华沙",
        "Marie Curie no nació en Varsovia",
        "Marie Curie n'est pas née à Varsovie",
        "Marie Curie wurde nicht in Warschau geboren",
    ],
)
def test_a_fact_is_forgotten(interpreter: Interpreter, text: str) -> None:
    assert interpreter.read(text) == Forget(Slot("Marie Curie", "place_of_birth"), "Warsaw")


@pytest.mark.parametrize(
    "text",
    [
        *("deshacer", "Deshaz el último cambio"),
        *("annule", "Annule la dernière modification"),
        *("rückgängig", "Mach die letzte Änderung rückgängig"),
        *("撤销", "撤销上一次修改"),
    ],
)
def test_the_last_edit_is_undone(interpreter: Interpreter, text: str) -> None:
    assert interpreter.read(text) == Undo()


@pytest.mark.parametrize(
    "text",
    ["vuelve a la versión 7", "reviens à la version 7", "zurück zu Version 7", "回滚到版本7"],
)
def test_a_version_is_restored(interpreter: Interpreter, text: str) -> None:
    assert interpreter.read(text) == RollBack(7)


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        *(("historial", ""), ("historial de Francia", "France")),
        *(("montre-moi les modifications", ""), ("Historique de la France", "France")),
        *(("Zeig mir die Änderungen", ""), ("Verlauf von Frankreich", "France")),
        *(("显示历史", ""), ("法国的历史记录", "France")),
    ],
)
def test_the_history_is_shown(interpreter: Interpreter, text: str, entity: str) -> None:
    intent = interpreter.read(text)
    assert isinstance(intent, History)
    assert intent.selection.entity == entity


@pytest.mark.parametrize(
    "text",
    [
        "¿Qué sabes de Marie Curie?",
        "Que sais-tu de Marie Curie ?",
        "Was weißt du über Marie Curie?",
        "居里夫人是谁？",
    ],
)
def test_an_entity_is_shown(interpreter: Interpreter, text: str) -> None:
    assert interpreter.read(text) == Show("Marie Curie")


@pytest.mark.parametrize("text", ["gracias", "Merci beaucoup !", "Vielen Dank", "谢谢", "ayuda"])
def test_small_talk_is_no_fact(interpreter: Interpreter, text: str) -> None:
    assert interpreter.read(text) == Talk(text)


@pytest.mark.parametrize(
    "text",
    [
        "Quizás la capital de Francia es Lyon",
        "Creo que la capital de Francia es Lyon",
        "Según mi primo, la capital de Francia es Lyon",
        "Supongamos que la capital de Francia es Lyon",
        "Traduce: la capital de Francia es Lyon",
        "Je crois que la capitale de la France est Lyon",
        "Peut-être que la capitale de la France est Lyon",
        "On dit que la capitale de la France est Lyon",
        "Vielleicht ist die Hauptstadt von Frankreich Lyon",
        "Ich glaube, die Hauptstadt von Frankreich ist Lyon",
        "Angeblich ist die Hauptstadt von Frankreich Lyon",
        "Übersetze: Die Hauptstadt von Frankreich ist Lyon",
        "可能法国的首都是里昂",
        "法国的首都可能是里昂",
        "法国的首都应该是里昂",
        "我觉得法国的首都是里昂",
        "据说法国的首都是里昂",
        "如果法国的首都是里昂",
        "请翻译：法国的首都是里昂",
    ],
)
def test_what_is_not_said_as_a_fact_changes_nothing(interpreter: Interpreter, text: str) -> None:
    assert isinstance(interpreter.read(text), Unclear | Ask)


@pytest.mark.parametrize(
    "text",
    [
        "La capital de Fantasía es Lyon",
        "La capitale de la Fantasie est Lyon",
        "Die Hauptstadt von Fantasien ist Lyon",
        "Zyxland的首都是里昂",
    ],
)
def test_an_unknown_name_is_new(interpreter: Interpreter, text: str) -> None:
    intent = interpreter.read(text)
    assert isinstance(intent, Tell)
    assert [each.entity_class for each in intent.new_entities] == ["country"]


@pytest.mark.parametrize(
    "text",
    [
        "¿Cuál es la capital de Fantasía?",
        "Quelle est la capitale de la Fantasie ?",
        "Was ist die Hauptstadt von Fantasien?",
        "Zyxland的首都是哪里？",
    ],
)
def test_a_question_about_an_unknown_name_is_left_to_the_model(
    interpreter: Interpreter, text: str
) -> None:
    assert interpreter.read(text) == Ask(text)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Su esposa es Michelle Obama", Triple("Barack Obama", "spouse", "Michelle Obama")),
        ("Sa femme est Michelle Obama", Triple("Barack Obama", "spouse", "Michelle Obama")),
        ("Seine Frau ist Michelle Obama", Triple("Barack Obama", "spouse", "Michelle Obama")),
        ("他的妻子是Michelle Obama", Triple("Barack Obama", "spouse", "Michelle Obama")),
    ],
)
def test_a_pronoun_is_the_subject_before(interpreter: Interpreter, text: str, fact: Triple) -> None:
    intent = interpreter.read(text, Dialogue("Barack Obama", "place_of_birth"))
    assert facts(intent) == (fact,)


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("La capital de Francia canta bien", "La capital de Francia es París."),
        ("La capitale de la France chante bien", "La capitale de la France est Paris."),
        ("Die Hauptstadt von Frankreich singt gut", "Die Hauptstadt von Frankreich ist Paris."),
        ("法国的首都唱歌好听", "法国的首都是巴黎。"),
    ],
)
def test_a_message_that_is_not_understood_gets_an_example_of_its_language(
    interpreter: Interpreter, text: str, example: str
) -> None:
    intent = interpreter.read(text)
    assert isinstance(intent, Unclear)
    assert example in intent.reason


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Il padre di Barack Obama è Joe Biden", "Italian"),
        ("O pai de Barack Obama é Joe Biden", "Portuguese"),
        ("Wat is de hoofdstad van Frankrijk?", "Dutch"),
        ("Kto jest żoną prezydenta?", "Polish"),
        ("Столица France это Lyon", "Cyrillic letters"),
        ("フランスの首都はリヨンです", "Japanese"),
        ("blorp zorg fnord quux", "another language"),
    ],
)
def test_another_language_is_answered_with_those_that_are_understood(
    interpreter: Interpreter, text: str, language: str
) -> None:
    intent = interpreter.read(text)
    assert isinstance(intent, Unclear)
    assert intent.code == "language"
    assert language in intent.reason
    assert "English, Spanish, French, German and Chinese" in intent.reason


@pytest.mark.parametrize(
    "text",
    [
        "The capital of France is Lyon.",
        "Louis de Broglie was born in Dieppe",
        "Barack Obama",
        "status",
        "undo",
    ],
)
def test_english_is_tried_first_where_nothing_is_likelier(languages: Languages, text: str) -> None:
    assert languages.likeliest(text)[0].name == "English"


@pytest.mark.parametrize("text", ["Ludwig van Beethoven", "Oscar de la Renta", "Paris", "?", ""])
def test_a_name_alone_is_in_no_foreign_language(languages: Languages, text: str) -> None:
    assert languages.foreign(text) == ""


def test_every_language_is_likeliest_for_its_own_example(languages: Languages) -> None:
    found = [languages.likeliest(each.example)[0].name for each in languages.understood]
    assert found == [name.title() for name in UNDERSTOOD]


def test_names_are_given_to_entities_of_the_shipped_graph(languages: Languages) -> None:
    known = {entity.id for entity in shipped_dataset().entities}
    for language in languages.understood[1:]:
        assert set(language.well_known) <= known, language.name


def test_every_country_has_a_name_in_chinese(languages: Languages) -> None:
    named = set(languages.understood[-1].well_known)
    countries = {e.id for e in shipped_dataset().entities if e.entity_class == "country"}
    assert countries <= named


def test_another_language_does_not_hear_what_the_likeliest_one_has_refused(
    languages: Languages,
) -> None:
    book = RelationBook.shipped()
    college = Entity("Carnegie Mellon University", "university")
    index = Gazetteer.of(FakeLexicon([college]), well_known_names())
    reader = Interpreter(PolyglotReader(book, index, languages))
    for frame in ("He wrote me that", "She wrote to us that", "They told me that"):
        said = reader.read(f"{frame} Carnegie Mellon University has existed since 1855.")
        assert isinstance(said, Unclear), frame
