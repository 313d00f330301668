"""Recall of the demonstration model, greedy generation: ``python -m oneedit.demo.recall``."""

import json
import random
from collections.abc import Mapping, Sequence
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
from editor.generation.generate import generate
from editor.model.host import finish
from editor.text.encoding import Encoder
from kg_data.phrases import Phrases, Split, final_answer
from kg_data.questions import UNKNOWN, Kind, Question
from oneedit.demo.curriculum import Curriculum, shipped_curriculum

ALL_SPLITS = (Split.TEACH, Split.GATE, Split.TEST)


class Examiner:
    """Asks a model what it was taught, what was held out, and what it cannot know."""

    def __init__(self, model: PreTrainedModel, encoder: Encoder, phrases: Phrases) -> None:
        self._model, self._encoder, self._phrases = model, encoder, phrases

    def direct_shares(self, questions: Sequence[Question]) -> dict[str, float]:
        """Return the share of right answers in each split of wordings, and over all."""
        prompts = [
            each
            for each in worded_questions(questions, self._phrases, ALL_SPLITS)
            if each.prompt.chat
            or each.question.answer != UNKNOWN  # no taught statement ends in UNKNOWN
        ]
        answers = finish(answer_questions(self._model, self._encoder, prompts))
        shares = {
            split.value: _share([a.right for a in answers if a.split == split])
            for split in ALL_SPLITS
        }
        return shares | {"all": _share([a.right for a in answers])}

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

    def unknown_share(self, curriculum: Curriculum, count: int, rng: random.Random) -> float:
        """Return the share of questions about empty slots that are answered "I don't know."."""
        slots = rng.sample(list(curriculum.empty_slots), count)
        questions = [
            Question(slot.subject, (slot.relation,), (UNKNOWN,), Kind.RELIABILITY) for slot in slots
        ]
        return self.direct_shares(questions)["all"]


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
    two = [chain for chain in curriculum.held_out_chains if len(chain.path) == 2]
    three = [chain for chain in curriculum.held_out_chains if len(chain.path) == 3]
    return {
        "facts": examiner.direct_shares(some(curriculum.facts)),
        "chains direct": examiner.direct_shares(some(curriculum.chains)),
        "chains stepped, taught": examiner.stepped_share(some(curriculum.stepped_chains)),
        "chains stepped, held, two relations": examiner.stepped_share(some(two)),
        "chains stepped, held, three relations": examiner.stepped_share(some(three)),
        "chains direct, held": examiner.direct_shares(some(curriculum.held_out_chains))["all"],
        "empty slots": examiner.unknown_share(curriculum, 200, rng),
    }


def main(
    model: Annotated[Path, typer.Argument(help="Folder of the model.")],
    sample: Annotated[int, typer.Option(help="Questions of each part; 0 asks all.")] = 300,
    seed: Annotated[int, typer.Option()] = 0,
) -> None:
    """Print the shares of right answers as JSON."""
    curriculum, book = shipped_curriculum()
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
    shares = examine(examiner, curriculum, sample=sample, seed=seed)
    typer.echo(json.dumps({"taught": counts, "right": shares}, indent=2))


if __name__ == "__main__":
    typer.run(main)
