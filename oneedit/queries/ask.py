"""Answers questions: the model's answer to the user's own words, compared with the graph's.

Nothing from the graph is added to the model's prompt.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from interpreter.intents import Ask
from kg_data.entities import Lexicon
from kg_data.phrases import Phrases, Split, as_question, is_right
from kg_data.prompting import PromptStyle
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.relations import RelationBook
from kg_data.triples import Slot
from oneedit.ports import AnswersPort, EditorPort, ModelAnswer
from oneedit.results import AskResult, Hop
from oneedit.state.projector import Projector

HOP_BY_HOP = frozenset({PromptStyle.QA, PromptStyle.STATEMENT})
"""Styles of models that were not trained to write the hops of a chain down."""

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

    def answer(self, ask: Ask, *, direct: bool) -> AskResult:
        """Ask the model, and compare its answer with the graph's at the same version.

        Args:
            ask: the question, linked to the graph where possible.
            direct: whether the model answers a chain without writing its hops down.
        """
        steps = len(ask.path) > 1 and not direct
        hop_by_hop = steps and self.style in HOP_BY_HOP
        for last_attempt in (False, False, True):
            with self.projector.reading() as version:
                hops = follow_path(self.projector.store, ask.subject, ask.path)
                accepted = [self._accepted_names(hop.objects) for hop in hops]
            if hop_by_hop:
                said = self._answer_hops(ask, version)
            else:
                said = self._say(self._prompt(ask), version, steps=steps)
            # an edit that was committed meanwhile would make the two answers differ
            if last_attempt or said.version == version:
                break
        wording = said.text
        written = read_steps(wording, [self.book[name].nouns for name in ask.path]) if steps else ()
        hops = tuple(
            _compare(hop, written[index : index + 1], accepted[index])
            for index, hop in enumerate(hops)
        )
        answer = written[-1] if written else wording
        result = AskResult(
            text=ask.text,
            answer=answer,
            wording=wording,
            steps=steps,
            hop_by_hop=hop_by_hop,
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

    def _say(self, prompt: str, version: int, *, steps: bool = False) -> ModelAnswer:
        return self.model.answer(prompt, version=version, steps=steps, timeout=self.timeout)

    def _answer_hops(self, ask: Ask, version: int) -> ModelAnswer:
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
        return ModelAnswer(" ".join(sentences), versions.pop() if len(versions) == 1 else None)

    def _name_in(self, answer: str) -> str:
        """Return an answer without the full stop of its sentence, which no name needs."""
        return answer if self.lexicon.lookup(answer) else answer.removesuffix(".")

    def _prompt(self, ask: Ask) -> str:
        """Return what the model is asked: the user's words, or else the relation's own."""
        if not ask.path:
            return ask.text
        asks = self.style is not PromptStyle.STATEMENT
        if ask.text and asks:
            return as_question(ask.text)
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
