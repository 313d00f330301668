"""Cases asked in kept wordings, which neither the base model's training nor any edit reads."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kg_data.phrases import Phrases, Split
from kg_data.questions import Kind, Question
from oneedit.bench.casefile import Case, CaseQuestion

ASKED_KINDS = frozenset({Kind.RELIABILITY, Kind.PARAPHRASE})


@dataclass(frozen=True)
class KeptAsking:
    """Asks for the fact of a case in kept wordings instead of test wordings.

    Attributes:
        phrases: the wordings of a relation book with kept ones.
    """

    phrases: Phrases

    def cases(self, cases: Iterable[Case]) -> Iterator[Case]:
        """Yield the cases whose relation has kept wordings, asked in all of them.

        Statements are of the kind ``reliability`` and questions of the kind ``paraphrase``; the
        questions of other kinds stay as they are.
        """
        for case in cases:
            asked = list(self._asked(case))
            if asked:
                others = [each for each in case.ask if each.kind not in ASKED_KINDS]
                yield case.model_copy(update={"ask": [*asked, *others]})

    def _asked(self, case: Case) -> Iterator[CaseQuestion]:
        answer = next((each.answer for each in case.ask if each.kind in ASKED_KINDS), None)
        if answer is None:
            return
        subject, relation, _ = case.edit
        question = Question(subject, (relation,), (answer,), Kind.RELIABILITY)
        for prompt in self.phrases.prompts(question, [Split.KEPT]):
            kind = Kind.PARAPHRASE if prompt.chat else Kind.RELIABILITY
            yield CaseQuestion(prompt=prompt.text, answer=prompt.answer, kind=kind)
