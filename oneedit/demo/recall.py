"""What the demonstration model knows, by greedy generation: ``python -m oneedit.demo.recall``."""

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import torch
import typer
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from editor.evaluation.checks import SLACK, WordedQuestion, answering, asked
from editor.generation.generate import generate
from editor.model.host import finish
from editor.text.encoding import Encoder
from kg_data.phrases import Phrases, Split, last_sentence
from kg_data.questions import UNKNOWN, Kind, Question
from oneedit.demo.curriculum import Curriculum, shipped_curriculum

EVERY = (Split.TEACH, Split.GATE, Split.TEST)


class Examiner:
    """Asks a model what it was taught, and what it was not."""

    def __init__(self, model: PreTrainedModel, encoder: Encoder, phrases: Phrases) -> None:
        self._model, self._encoder, self._phrases = model, encoder, phrases

    def direct(self, questions: Sequence[Question]) -> dict[str, float]:
        """Return the share of right answers in each split of wordings, and over all."""
        prompts = [
            each
            for each in asked(questions, self._phrases, EVERY)
            if each.prompt.chat or each.question.answer != UNKNOWN  # the lesson states no ignorance
        ]
        answers = finish(answering(self._model, self._encoder, prompts))
        shares = {
            split.value: _share([a.right for a in answers if a.split == split]) for split in EVERY
        }
        return shares | {"all": _share([a.right for a in answers])}

    def stepped(self, questions: Sequence[Question]) -> float:
        """Return the share of chains whose hops, written down, are all right."""
        prompts = [
            WordedQuestion(prompt, question)
            for question in questions
            for prompt in self._phrases.step_prompts(question, [Split.TEST])
        ]
        longest = max(
            len(self._encoder.answer_ids(item.prompt.text, item.prompt.answer)) for item in prompts
        )
        texts = [item.prompt.text for item in prompts]
        written = generate(self._model, self._encoder, texts, limit=longest + SLACK)
        return _share(
            [
                output.stopped and last_sentence(output.text, item.question.answers) is not None
                for item, output in zip(prompts, written, strict=True)
            ]
        )

    def ignorance(self, curriculum: Curriculum, count: int, rng: random.Random) -> float:
        """Return how often a question about an empty slot is answered "I don't know."."""
        slots = rng.sample(list(curriculum.empty), count)
        questions = [
            Question(slot.subject, (slot.relation,), (UNKNOWN,), Kind.RELIABILITY) for slot in slots
        ]
        return self.direct(questions)["all"]


def _share(right: Sequence[bool]) -> float:
    return round(sum(right) / len(right), 4) if right else 1.0


def examine(
    examiner: Examiner, curriculum: Curriculum, *, sample: int, seed: int
) -> Mapping[str, object]:
    """Examine a sample of each part of the curriculum; 0 takes all facts and chains."""
    rng = random.Random(seed)

    def some(questions: Sequence[Question]) -> Sequence[Question]:
        if not sample or sample >= len(questions):
            return questions
        return rng.sample(list(questions), sample)

    two = [chain for chain in curriculum.held if len(chain.path) == 2]
    three = [chain for chain in curriculum.held if len(chain.path) == 3]
    return {
        "facts": examiner.direct(some(curriculum.facts)),
        "chains direct": examiner.direct(some(curriculum.chains)),
        "chains stepped, taught": examiner.stepped(some(curriculum.stepped)),
        "chains stepped, held, two relations": examiner.stepped(some(two)),
        "chains stepped, held, three relations": examiner.stepped(some(three)),
        "chains direct, held": examiner.direct(some(curriculum.held))["all"],
        "empty slots": examiner.ignorance(curriculum, 200, rng),
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
        "stepped": len(curriculum.stepped),
        "held": len(curriculum.held),
        "empty slots": len(curriculum.empty),
    }
    figures = examine(examiner, curriculum, sample=sample, seed=seed)
    typer.echo(json.dumps({"taught": counts, "right": figures}, indent=2))


if __name__ == "__main__":
    typer.run(main)
