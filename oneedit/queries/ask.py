"""Answers questions: the model's answer to the user's own words, compared with the graph's.

No fact of the graph is added to the model's prompt. The words go to the model in form
(``oneedit/queries/prompts.py``); where the model does not know, and the question was linked, it is
asked once more in the relation book's words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from interpreter.intents import Ask, AskKind
from interpreter.literals import parse_literal
from kg_data.entities import Lexicon
from kg_data.phrases import Phrases, Split, is_right
from kg_data.prompting import PromptStyle
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.relations import RelationBook
from oneedit.ports import AnswersPort, EditorPort, ModelAnswer
from oneedit.queries.evidence import MAX_OBJECTS, Evidence, EvidenceFinder, holds, is_open
from oneedit.queries.own_words import NO, YES, is_unknown, names_in, number_in, yes_or_no
from oneedit.queries.prompts import PromptWriter
from oneedit.results import AskResult, Hop
from oneedit.state.projector import Projector


@dataclass(frozen=True)
class EditedModel:
    """Answers with the model that is edited, which the projector keeps at the head."""

    editor: EditorPort
    projector: Projector

    def answer(
        self, text: str, *, version: int, steps: bool = False, timeout: float | None = None
    ) -> ModelAnswer:
        """Let the model answer in its own words, within so many seconds."""
        wording = self.editor.ask(text, steps=steps, timeout=timeout)
        same = self.projector.store.version == version
        return ModelAnswer(wording, version if same else None)


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What the model said to a prompt.

    Attributes:
        prompt: what it was asked first; "" if it was asked hop by hop.
        text: all it wrote.
        written: the object of each hop that it wrote down.
        version: the version that it was at.
        again: the prompt that it said this to, if that is not the first one.
        steps, hop_by_hop: whether it was asked for the hops, and for each alone.
        is_value: whether it was asked for the value of a yes or no question.
    """

    prompt: str
    text: str
    written: tuple[str, ...] = ()
    version: int | None
    again: str = ""
    steps: bool = False
    hop_by_hop: bool = False
    is_value: bool = False

    @property
    def answer(self) -> str:
        return self.written[-1] if self.written else self.text


@dataclass(frozen=True)
class _Answer:
    """What the graph holds, what the model said, and the names that are right."""

    found: Evidence
    said: _Said
    accepted: Sequence[str]

    @property
    def is_right(self) -> bool:
        """Tell whether the model's answer is one of the graph's, or both have none."""
        right = is_right(self.said.answer, self.accepted)
        if self.said.written and not self.found.found:
            # it ends at the same hop as the graph
            return right and len(self.said.written) == len(self.found.hops)
        return right


@dataclass(frozen=True, kw_only=True)
class Answerer:
    """Asks the model, and compares its answer with the graph's.

    Attributes:
        model: the model, or replicas of it.
        projector: brings graph and model to the ledger's version.
        lexicon, book: names and relations of the graph.
        timeout: seconds to wait for the model.
        style: how questions are put to the model. Only in chats are chains answered step by step
            at once; other models were not trained to, so that each hop is asked alone.
    """

    model: AnswersPort
    projector: Projector
    lexicon: Lexicon
    book: RelationBook
    timeout: float = 120.0
    style: PromptStyle = PromptStyle.CHAT

    @cached_property
    def prompts(self) -> PromptWriter:
        """Return the writer of what the model is asked."""
        return PromptWriter(Phrases(self.book), self.lexicon)

    @cached_property
    def evidence(self) -> EvidenceFinder:
        """Return what finds the graph's answers."""
        return EvidenceFinder(self.book)

    def answer(self, ask: Ask, *, direct: bool, free: bool = False) -> AskResult:
        """Ask the model, and compare its answer with the graph's at the same version.

        Args:
            ask: the question, linked to the graph where possible.
            direct: whether the model answers a chain without writing its hops down.
            free: whether it also answers what cannot be checked, because it was not linked.
        """
        if not ask.linked and not free:
            return self._unchecked(ask)
        for last_attempt in (False, False, True):
            with self.projector.reading() as version:
                found = self.evidence.find(self.projector.store, ask)
                accepted = [self._accepted_names(hop.objects) for hop in found.hops]
            said = self._said(ask, version, direct=direct)
            # an edit that was committed meanwhile would make the two answers differ
            if last_attempt or said.version == version:
                break
        result = AskResult(
            text=ask.text,
            ask_kind=ask.kind,
            answer=said.answer,
            wording=said.text,
            steps=said.steps,
            hop_by_hop=said.hop_by_hop,
            prompt=said.prompt,
            again=said.again,
            guesses=ask.guesses,
            version=version,
            model_version=said.version,
        )
        if not ask.linked:
            return result
        hops = tuple(
            _compare(hop, said.written[index : index + 1], accepted[index])
            for index, hop in enumerate(found.hops)
        )
        result = replace(with_evidence(result, ask, found), hops=hops)
        names = accepted[-1] if found.found and accepted else (UNKNOWN,)
        return self._judged(result, ask, _Answer(found, said, names))

    def _unchecked(self, ask: Ask) -> AskResult:
        """Return that a question cannot be checked; the model is not asked."""
        with self.projector.reading(weights=False) as version:
            return AskResult(
                text=ask.text,
                ask_kind=ask.kind,
                asked=False,
                answer="",
                wording="",
                steps=False,
                guesses=ask.guesses,
                hints=ask.hints,
                version=version,
            )

    # ---------- asking ----------

    def _said(self, ask: Ask, version: int, *, direct: bool) -> _Said:
        steps = len(ask.path) > 1 and not direct
        match ask.kind:
            case AskKind.COUNT | AskKind.LIST:
                return self._ask_model(self._prompt(ask), ask, version, steps=False)
            case AskKind.YES_NO if ask.path:
                return self._said_yes_or_no(ask, version, steps=steps)
            case _:
                return self._said_value(ask, version, steps=steps)

    def _said_yes_or_no(self, ask: Ask, version: int, *, steps: bool) -> _Said:
        """Ask the model in the user's words; if it says neither yes nor no, ask for the value.

        Small models are not trained to say yes or no. The value is asked for in the book's words,
        in which the object does not stand.
        """
        value = replace(ask, text="", object="", kind=AskKind.VALUE)
        if not ask.text or self.style is PromptStyle.STATEMENT:
            return replace(self._said_value(value, version, steps=steps), is_value=True)
        first = self._ask_model(self._prompt(ask), ask, version, steps=False)
        if yes_or_no(first.text):
            return first
        second = self._said_value(value, version, steps=steps)
        if second.version != first.version:
            return first
        again = second.again or second.prompt
        return replace(second, prompt=first.prompt, again=again, is_value=True)

    def _said_value(self, ask: Ask, version: int, *, steps: bool) -> _Said:
        """Ask the model in the user's words, and where it does not know, in the book's.

        The second answer counts only if it is one; the graph's answer decides nothing here.
        """
        if steps and not self.style.writes_steps:
            return self._answer_hops(ask, version)
        prompt = self._prompt(ask)
        first = self._ask_model(prompt, ask, version, steps=steps)
        asks = ask.path and self.style is not PromptStyle.STATEMENT
        own_words = self.prompts.in_own_words(ask, steps=steps) if asks else ""
        if own_words in {"", prompt} or self._answers(first.answer, ask):
            return first
        second = self._ask_model(own_words, ask, version, steps=steps)
        if second.version != first.version or not self._answers(second.answer, ask):
            return first
        return replace(second, prompt=prompt, again=own_words)

    def _ask_model(self, prompt: str, ask: Ask, version: int, *, steps: bool) -> _Said:
        said = self._say(prompt, version, steps=steps)
        written = self._read_steps(said.text, ask) if steps else ()
        return _Said(
            prompt=prompt, text=said.text, written=written, version=said.version, steps=steps
        )

    # ---------- comparing ----------

    def _judged(self, result: AskResult, ask: Ask, both: _Answer) -> AskResult:
        """Return a result that says whether the model's answer is the graph's."""
        said, found = both.said, both.found
        match ask.kind:
            case AskKind.COUNT:
                return replace(result, agrees=_same_count(said.answer, found))
            case AskKind.LIST if ask.conditions:
                return replace(result, agrees=self._names_only(said.answer, found))
            case AskKind.YES_NO:
                verdict = yes_or_no(said.text)
                if said.is_value:
                    verdict = self._verdict_of(said.answer, ask)
                same = verdict == found.verdict if verdict else both.is_right
                return replace(result, model_verdict=verdict, agrees=same)
            case _:
                return replace(result, agrees=both.is_right)

    def _verdict_of(self, answer: str, ask: Ask) -> str:
        """Return what the value that the model gives says about the object, "" if neither.

        Another value says no if there can be one alone, and if it is of the object's kind: a city
        may lie in the country that was asked about.
        """
        relation = self.book[ask.path[-1]]
        value = parse_literal(answer, relation)[0] if relation.literal else ""
        names = self._accepted_names((ask.object,))
        if is_right(answer, names) or (value and holds((value,), ask.object)):
            return YES
        alike = self.evidence.reaches(relation.name, self.lexicon.entity(ask.object))
        if value and is_open((value,), ask.object):
            return ""
        return NO if relation.functional and alike and self._answers(answer, ask) else ""

    def _names_only(self, answer: str, found: Evidence) -> bool:
        """Tell whether the model names one or more of what the graph lists, and nothing else."""
        if not found.found:
            return is_unknown(answer)
        known = frozenset(found.found)
        if self._is_among(answer, known):
            return True
        names = names_in(answer)
        return bool(names) and all(self._is_among(each, known) for each in names)

    def _is_among(self, name: str, known: frozenset[str]) -> bool:
        entities = (*self.lexicon.lookup(name), *self.lexicon.lookup(name.removesuffix(".")))
        return any(each.id in known for each in entities)

    def _read_steps(self, text: str, ask: Ask) -> tuple[str, ...]:
        return read_steps(text, [self.book[name].nouns for name in ask.path])

    def _answers(self, answer: str, ask: Ask) -> bool:
        """Tell whether an answer names something that the last relation could lead to."""
        relation = self.book[ask.path[-1]]
        if is_right(answer, (UNKNOWN,)):
            return False
        if relation.literal:
            return bool(parse_literal(answer, relation)[0])
        found = (*self.lexicon.lookup(answer), *self.lexicon.lookup(answer.removesuffix(".")))
        return any(self.book.accepts(relation.range, each.entity_class) for each in found)

    def _say(self, prompt: str, version: int, *, steps: bool = False) -> ModelAnswer:
        return self.model.answer(prompt, version=version, steps=steps, timeout=self.timeout)

    def _answer_hops(self, ask: Ask, version: int) -> _Said:
        """Ask each hop alone, about what the model answered before; return the hops as sentences.

        An answer that the model does not know ends them.
        """
        phrases, subject = Phrases(self.book), ask.subject
        sentences: list[str] = []
        versions = set[int | None]()
        for relation in ask.path:
            said = self._say(self._prompt(Ask("", subject, (relation,))), version)
            versions.add(said.version)
            answer = self._name_in(said.text)
            if not answer:
                break
            sentences.append(phrases.hop(subject, relation, answer))
            if is_right(answer, (UNKNOWN,)):
                break
            subject = answer
        text = " ".join(sentences)
        same = versions.pop() if len(versions) == 1 else None
        return _Said(
            prompt="",
            text=text,
            written=self._read_steps(text, ask),
            version=same,
            steps=True,
            hop_by_hop=True,
        )

    def _name_in(self, answer: str) -> str:
        """Return an answer without the full stop of its sentence, which no name needs."""
        return answer if self.lexicon.lookup(answer) else answer.removesuffix(".")

    def _prompt(self, ask: Ask) -> str:
        """Return what the model is asked: the user's words in form, or else the relation's own."""
        asks = self.style is not PromptStyle.STATEMENT
        if not ask.path or (ask.text and asks):
            return self.prompts.in_form(ask)
        asked = Question(ask.subject, ask.path, (UNKNOWN,), Kind.RELIABILITY)
        prompts = Phrases(self.book, questions=asks).prompts(asked, [Split.TEACH])
        texts = [each.text for each in prompts if each.chat is asks]
        # "was born on" would ask for a day, where only a year may be known
        open_ended = (each for each in texts if not each.endswith(" on"))
        return next(open_ended, texts[0]) if self.book[ask.path[-1]].dated else texts[0]

    def _accepted_names(self, objects: Sequence[str]) -> tuple[str, ...]:
        """Return the objects and their aliases."""
        return tuple(name for each in objects for name in (each, *self.lexicon.aliases(each)))


def read_steps(wording: str, nouns: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the object of each hop that the model wrote down, empty if it wrote no hops.

    The last one may be "I don't know", before the end of the path.

    >>> read_steps("The tutor of A. B. is C. The party of C is D, E.", [["tutor"], ["party"]])
    ('C', 'D, E')
    >>> read_steps("The tutor of A. B. is I don't know.", [["tutor"], ["party"]])
    ("I don't know",)

    Args:
        wording: what the model wrote.
        nouns: the nouns of each hop's relation.
    """
    names = ["|".join(map(re.escape, words)) for words in nouns]
    for count in range(len(names), 0, -1):
        sentences = r"\.?\s+".join(rf"The (?:{words}) of .+? is (.+?)" for words in names[:count])
        found = re.fullmatch(rf"\s*{sentences}\.?\s*", wording, re.IGNORECASE | re.DOTALL)
        if found and (count == len(names) or is_right(found[count], (UNKNOWN,))):
            return found.groups()
    return ()


def with_evidence(result: AskResult, ask: Ask, found: Evidence) -> AskResult:
    """Return a result with the graph's answer."""
    counts = ask.kind is AskKind.COUNT or bool(ask.conditions)
    return replace(
        result,
        subject=ask.subject,
        object=ask.object,
        hops=found.hops,
        expected=found.found[:MAX_OBJECTS],
        total=len(found.found) if counts else None,
        at_least=found.at_least,
        verdict=found.verdict,
        matches=found.matches,
    )


def _same_count(answer: str, found: Evidence) -> bool | None:
    """Tell whether a model gives the graph's number; None if it gives none to compare."""
    number = number_in(answer)
    if number is None:
        return not found.found if is_unknown(answer) else None
    return number >= len(found.found) if found.at_least else number == len(found.found)


def _compare(hop: Hop, written: Sequence[str], accepted: Sequence[str]) -> Hop:
    if not written:
        return hop
    return replace(hop, written=written[0], right=is_right(written[0], accepted or (UNKNOWN,)))
