"""Recall of the demonstration model, greedy generation: ``python -m oneedit.demo.recall``.

Questions go to the model as they are, not in the form that ``oneedit ask`` puts them in first.
"""

import json
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import torch
import typer
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from editor.evaluation.checks import (
    EXTRA_TOKENS,
    WordedQuestion,
    answer_questions,
    worded_questions,
)
from editor.evaluation.report import Answer
from editor.generation.generate import generate
from editor.model.host import finish
from editor.text.encoding import Encoder
from kg_data.kept_wordings import with_kept_wordings
from kg_data.phrases import EDIT_SPLITS, Phrases, Split, final_answer
from kg_data.questions import UNKNOWN, Kind, Question
from oneedit.demo.curriculum import Curriculum, shipped_curriculum


def _curly(text: str) -> str:
    return text.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")


def _without_mark(text: str) -> str:
    return text.rstrip("?")


TYPED: Mapping[str, Callable[[str], str]] = {
    "lower case": str.lower,
    "curly apostrophe": _curly,
    "no question mark": _without_mark,
}


class ChatEncoder(Encoder):
    """Encodes every prompt as a question, also one without a question mark."""

    def prompt_ids(self, text: str) -> list[int]:
        """Encode a prompt with the chat template."""
        ids = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": text}], add_generation_prompt=True, return_dict=False
        )
        return list(ids)


class Examiner:
    """Asks a model what it was taught, what was held out, and what it cannot know."""

    def __init__(self, model: PreTrainedModel, encoder: Encoder, phrases: Phrases) -> None:
        self._model, self._encoder, self._phrases = model, encoder, phrases

    def direct_shares(self, questions: Sequence[Question]) -> dict[str, float]:
        """Return the share of right answers in each split of wordings, and over all."""
        prompts = [
            each
            for each in worded_questions(questions, self._phrases, EDIT_SPLITS)
            if each.prompt.chat
            or each.question.answer != UNKNOWN  # no taught statement ends in UNKNOWN
        ]
        answers = self._answers(prompts)
        shares = {
            split.value: _share([a.right for a in answers if a.split == split])
            for split in EDIT_SPLITS
        }
        return shares | {"all": _share([a.right for a in answers])}

    def split_share(self, questions: Sequence[Question], split: Split, *, chat: bool) -> float:
        """Return the share of right answers in a split's questions, or in its statements."""
        prompts = [
            each
            for each in worded_questions(questions, self._phrases, [split])
            if each.prompt.chat is chat
        ]
        return _share([a.right for a in self._answers(prompts)])

    def typed_share(self, questions: Sequence[Question], typed: str, split: Split) -> float:
        """Return the share of right answers to a split's questions in a careless spelling."""
        prompts = [
            WordedQuestion(replace(each.prompt, text=TYPED[typed](each.prompt.text)), each.question)
            for each in worded_questions(questions, self._phrases, [split])
            if each.prompt.chat
        ]
        encoder = ChatEncoder(self._encoder.tokenizer)
        return _share([a.right for a in finish(answer_questions(self._model, encoder, prompts))])

    def kept_shares(self, questions: Sequence[Question]) -> Mapping[str, float]:
        """Return the share of right answers in kept wordings, of each relation and of all."""
        asked: dict[str, list[bool]] = defaultdict(list)
        prompts = worded_questions(questions, self._phrases, [Split.KEPT])
        for item, answer in zip(prompts, self._answers(prompts), strict=True):
            asked[item.question.path[0]].append(answer.right)
        shares = {relation: _share(right) for relation, right in sorted(asked.items())}
        return shares | {"all": _share([each for right in asked.values() for each in right])}

    def _answers(self, prompts: Sequence[WordedQuestion]) -> Sequence[Answer]:
        return finish(answer_questions(self._model, self._encoder, prompts))

    def stepped_share(self, questions: Sequence[Question]) -> float:
        """Return the share of chains that are answered step by step with the right last hop."""
        prompts = [
            WordedQuestion(prompt, question)
            for question in questions
            for prompt in self._phrases.step_prompts(question, [Split.TEST])
        ]
        longest = max(
            len(self._encoder.answer_ids(item.prompt.text, item.prompt.answer)) for item in prompts
        )
        texts = [item.prompt.text for item in prompts]
        outputs = generate(self._model, self._encoder, texts, limit=longest + EXTRA_TOKENS)
        return _share(
            [
                output.stopped and final_answer(output.text, item.question.answers) is not None
                for item, output in zip(prompts, outputs, strict=True)
            ]
        )

    def unknown_share(
        self,
        curriculum: Curriculum,
        count: int,
        rng: random.Random,
        *,
        splits: Sequence[Split] = EDIT_SPLITS,
    ) -> float:
        """Return the share of questions about empty slots that are answered "I don't know."."""
        slots = rng.sample(list(curriculum.empty_slots), count)
        questions = [
            Question(slot.subject, (slot.relation,), (UNKNOWN,), Kind.RELIABILITY) for slot in slots
        ]
        prompts = [
            each for each in worded_questions(questions, self._phrases, splits) if each.prompt.chat
        ]
        return _share([a.right for a in self._answers(prompts)])


def _sampled(questions: Sequence[Question], count: int, rng: random.Random) -> Sequence[Question]:
    if not count or count >= len(questions):
        return questions
    return rng.sample(list(questions), count)


def _share(right: Sequence[bool]) -> float:
    return round(sum(right) / len(right), 4) if right else 1.0


def examine(
    examiner: Examiner, curriculum: Curriculum, *, sample: int, seed: int
) -> Mapping[str, object]:
    """Return the shares of right answers to a sample of each part; 0 asks all facts and chains."""
    rng = random.Random(seed)
    some = partial(_sampled, count=sample, rng=rng)
    facts = some(curriculum.facts)
    fewer = facts[: max(1, len(facts) // 5)]  # each is asked in some thirty wordings
    two = [chain for chain in curriculum.held_out_chains if len(chain.path) == 2]
    three = [chain for chain in curriculum.held_out_chains if len(chain.path) == 3]
    return {
        "facts": examiner.direct_shares(facts),
        "facts, base questions": examiner.split_share(fewer, Split.BASE, chat=True),
        "facts, base statements": examiner.split_share(fewer, Split.BASE, chat=False),
        "facts, as typed": {
            f"{typed}, {split.value} questions": examiner.typed_share(fewer, typed, split)
            for typed in TYPED
            for split in (Split.TEST, Split.BASE)
        },
        "chains direct": examiner.direct_shares(some(curriculum.chains)),
        "chains stepped, taught": examiner.stepped_share(some(curriculum.stepped_chains)),
        "chains stepped, held, two relations": examiner.stepped_share(some(two)),
        "chains stepped, held, three relations": examiner.stepped_share(some(three)),
        "chains direct, held": examiner.direct_shares(some(curriculum.held_out_chains))["all"],
        "empty slots": examiner.unknown_share(curriculum, 200, rng),
        "empty slots, base questions": examiner.unknown_share(
            curriculum, 40, rng, splits=[Split.BASE]
        ),
    }


def main(
    model: Annotated[Path, typer.Argument(help="Folder of the model.")],
    sample: Annotated[int, typer.Option(help="Questions of each part; 0 asks all.")] = 300,
    seed: Annotated[int, typer.Option()] = 0,
    kept: Annotated[Path | None, typer.Option(help="File of kept wordings to ask in.")] = None,
) -> None:
    """Print the shares of right answers as JSON."""
    curriculum, book = shipped_curriculum()
    if kept is not None:
        book = with_kept_wordings(book, kept)
    loaded = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    encoder = Encoder(AutoTokenizer.from_pretrained(model))
    examiner = Examiner(loaded, encoder, Phrases(book))
    counts = {
        "facts": len(curriculum.facts),
        "chains": len(curriculum.chains),
        "chains of three relations": sum(len(c.path) == 3 for c in curriculum.chains),
        "stepped": len(curriculum.stepped_chains),
        "held": len(curriculum.held_out_chains),
        "empty slots": len(curriculum.empty_slots),
    }
    shares = dict(examine(examiner, curriculum, sample=sample, seed=seed))
    if kept is not None:
        shares["facts, kept wordings"] = examiner.kept_shares(
            [fact for fact in curriculum.facts if book[fact.path[0]].has_kept_wordings]
        )
    typer.echo(json.dumps({"taught": counts, "right": shares}, indent=2))


if __name__ == "__main__":
    typer.run(main)
