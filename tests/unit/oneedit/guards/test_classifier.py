from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification

from controller.errors import ScreenFailed
from oneedit.guards.classifier import ClassifierGuard
from tests.support.models import tiny_tokenizer


def classifier(**more: Any) -> BertForSequenceClassification:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tiny_tokenizer()),
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=512,
        id2label={0: "neutral", 1: "toxic", 2: "insult"},
        label2id={"neutral": 0, "toxic": 1, "insult": 2},
        **more,
    )
    return BertForSequenceClassification(config)


def test_the_score_is_the_probability_of_the_toxic_labels() -> None:
    model = classifier()
    tokenizer = tiny_tokenizer()
    rest = ClassifierGuard(model, tokenizer, ["neutral"]).score("Joe Biden")
    both = ClassifierGuard(model, tokenizer, ["Toxic", "insult"]).score("Joe Biden")
    assert 0 < both < 1
    assert both + rest == pytest.approx(1)


def test_labels_that_stand_for_themselves_are_not_added_up() -> None:
    model = classifier(problem_type="multi_label_classification")
    tokenizer = tiny_tokenizer()
    scores = [ClassifierGuard(model, tokenizer, [name]).score("x") for name in ("toxic", "insult")]
    assert ClassifierGuard(model, tokenizer, ["toxic", "insult"]).score("x") == max(scores)


def test_a_text_of_any_length_has_a_score() -> None:
    assert 0 <= ClassifierGuard(classifier(), tiny_tokenizer(), ["toxic"]).score("Joe " * 2000) <= 1


def test_unknown_labels_are_refused_with_the_known_ones() -> None:
    with pytest.raises(ScreenFailed, match="insult, neutral, toxic"):
        ClassifierGuard(classifier(), tiny_tokenizer(), ["hate"])


def test_a_score_that_is_no_number_is_a_failure() -> None:
    model = classifier()
    torch.nn.init.constant_(model.classifier.bias, float("nan"))
    with pytest.raises(ScreenFailed, match="not a number"):
        ClassifierGuard(model, tiny_tokenizer(), ["toxic"]).score("x")


def test_a_classifier_is_read_from_a_folder(tmp_path: Path) -> None:
    model = classifier()
    model.save_pretrained(tmp_path)
    tiny_tokenizer().save_pretrained(tmp_path)
    expected = ClassifierGuard(model, tiny_tokenizer(), ["toxic"]).score("Joe Biden")
    assert ClassifierGuard.load(tmp_path, ["toxic"]).score("Joe Biden") == pytest.approx(expected)


def test_a_folder_without_a_classifier_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScreenFailed, match="cannot be read"):
        ClassifierGuard.load(tmp_path, ["toxic"])
