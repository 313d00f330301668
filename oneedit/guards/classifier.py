"""A guard over a local sequence classifier."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import torch
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from controller.errors import ScreenFailed

_LONGEST = 512  # tokens; a fact is a short sentence


class ClassifierGuard:
    """Asks a sequence classifier how abusive a text is.

    Args:
        model: a sequence classifier with named labels.
        tokenizer: its tokenizer.
        toxic_labels: the labels that mean abuse; their order makes no difference.

    Raises:
        ScreenFailed: the model has none of the labels.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        toxic_labels: Sequence[str],
    ) -> None:
        labels = {str(name).casefold(): int(i) for name, i in (model.config.label2id or {}).items()}
        wanted = {each.casefold() for each in toxic_labels}
        self._toxic = sorted(labels[name] for name in wanted & labels.keys())
        if not self._toxic:
            known = ", ".join(sorted(labels))
            raise ScreenFailed(f"it has none of the labels {list(toxic_labels)}, only {known}")
        model.train(mode=False)
        self._model, self._tokenizer = model, tokenizer

    @classmethod
    def load(cls, folder: Path, toxic_labels: Sequence[str]) -> Self:
        """Read a classifier from a local folder; no code of the folder is run.

        Raises:
            ScreenFailed: the folder holds no such classifier.
        """
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model = AutoModelForSequenceClassification.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False, use_safetensors=True
            )
        except (OSError, ValueError) as error:
            raise ScreenFailed(f"{folder} cannot be read: {error}") from error
        return cls(model, tokenizer, toxic_labels)

    def score(self, text: str) -> float:
        """Return how abusive a text is: the probability of the toxic labels, 0 to 1.

        Raises:
            ScreenFailed: the probability is not a number.
        """
        tokens = self._tokenizer(text, truncation=True, max_length=_LONGEST, return_tensors="pt")
        with torch.inference_mode():
            logits = self._model(**tokens).logits[0].float()  # (L,)  L labels
        if self._model.config.problem_type == "multi_label_classification":
            found = torch.sigmoid(logits)[self._toxic].max()  # ()  each label by itself
        else:
            found = torch.softmax(logits, dim=0)[self._toxic].sum()  # ()
        if not math.isfinite(found.item()):
            raise ScreenFailed("its score is not a number")
        return min(found.item(), 1.0)
