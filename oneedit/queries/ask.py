"""Answers questions: the model's answer to the user's own words, compared with the graph's.

No fact of the graph is added to the model's prompt. The words go to the model in form
(``oneedit/queries/prompts.py``); where the model does not know, and the question was linked, it is
asked once more in the relation book's words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from interpreter.intents import Ask
from interpreter.literals import parse_literal
from kg_data.entities import Lexicon
from kg_data.phrases import Phrases, Split, is_right
from kg_data.prompting import PromptStyle
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.relations import RelationBook
from kg_data.triples import Slot
from oneedit.ports import AnswersPort, EditorPort, ModelAnswer
from oneedit.queries.prompts import PromptWriter
from oneedit.results import AskResult, Hop
from oneedit.state.projector import Projector

MAX_OBJECTS = 50
"""Most objects that are followed from one hop to the next."""


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


@dataclass(frozen=True)
class _Said:
    """What the model said to a prompt: the text, and the object of each hop that it wrote down.

    ``again`` is the prompt that it was said to, if that is not the first one.
    """

    prompt: str
    text: str
    written: tuple[str, ...]
    version: int | None
    again: str = ""

    @property
    def answer(self) -> str:
        return self.written[-1] if self.written else self.text


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

    def answer(self, ask: Ask, *, direct: bool) -> AskResult:
        """Ask the model, and compare its answer with the graph's at the same version.

        Args:
            ask: the question, linked to the graph where possible.
            direct: whether the model answers a chain without writing its hops down.
        """
        steps = len(ask.path) > 1 and not direct
        hop_by_hop = steps and not self.style.writes_steps
        for last_attempt in (False, False, True):
            with self.projector.reading() as version:
                hops = follow_path(self.projector.store, ask.subject, ask.path)
                accepted = [self._accepted_names(hop.objects) for hop in hops]
            if hop_by_hop:
                said = self._answer_hops(ask, version)
            else:
                said = self._said(ask, version, steps=steps)
            # an edit that was committed meanwhile would make the two answers differ
            if last_attempt or said.version == version:
                break
        wording, written = said.text, said.written
        hops = tuple(
            _compare(hop, written[index : index + 1], accepted[index])
            for index, hop in enumerate(hops)
        )
        answer = said.answer
        result = AskResult(
            text=ask.text,
            answer=answer,
            wording=wording,
            steps=steps,
            hop_by_hop=hop_by_hop,
            prompt=said.prompt,
            again=said.again,
            version=version,
            model_version=said.version,
        )
        if not ask.path:
            return result
        complete = len(hops) == len(ask.path)
        expected = hops[-1].objects if complete else ()
        right = is_right(answer, accepted[-1] if expected else (UNKNOWN,))
        if written and not expected:
            right = right and len(written) == len(hops)  # it ends at the same hop as the graph
        return replace(result, subject=ask.subject, hops=hops, expected=expected, agrees=right)

    def _said(self, ask: Ask, version: int, *, steps: bool) -> _Said:
        """Ask the model in the user's words, and where it does not know, in the book's.

        The second answer counts only if it is one; the graph's answer decides nothing here.
        """
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
        return _Said(prompt, said.text, written, said.version)

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
        return _Said("", text, self._read_steps(text, ask), same)

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
        return next(each.text for each in prompts if each.chat is asks)

    def _accepted_names(self, objects: Sequence[str]) -> tuple[str, ...]:
        """Return the objects and their aliases."""
        return tuple(name for each in objects for name in (each, *self.lexicon.aliases(each)))


class Objects(Protocol):
    """A graph, as far as a path is followed over it."""

    def objects(self, slot: Slot) -> Sequence[str]:
        """Return the objects of a slot."""
        ...


def follow_path(graph: Objects, subject: str, path: Sequence[str]) -> tuple[Hop, ...]:
    """Return the hops of a path over the graph, up to the first hop without objects."""
    hops: list[Hop] = []
    subjects: tuple[str, ...] = (subject,)
    for relation in path:
        found = (obj for each in subjects for obj in graph.objects(Slot(each, relation)))
        objects = tuple(dict.fromkeys(found))[:MAX_OBJECTS]
        hops.append(Hop(relation, subjects, objects))
        if not objects:
            break
        subjects = objects
    return tuple(hops)


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


def _compare(hop: Hop, written: Sequence[str], accepted: Sequence[str]) -> Hop:
    if not written:
        return hop
    return replace(hop, written=written[0], right=is_right(written[0], accepted or (UNKNOWN,)))
