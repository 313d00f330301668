"""The guard that the settings name."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from controller.errors import ScreenFailed
from controller.screening.toxicity import ToxicityModel

TOXIC_LABELS = ("toxic", "toxicity", "abusive", "hate", "offensive", "insult", "unsafe")
"""Labels of common classifiers that mean abuse."""


def load_guard(name: str, options: Mapping[str, Any]) -> ToxicityModel:
    """Return a guard.

    Args:
        name: folder of a sequence classifier, or a chat model of langchain-core as
            "package.module:Class".
        options: arguments of the chat model's class, or ``labels`` of the classifier.

    Raises:
        ScreenFailed: there is no such model, or it cannot be made with these options.
    """
    if Path(name).is_dir():
        from oneedit.guards.classifier import ClassifierGuard

        return ClassifierGuard.load(Path(name), options.get("labels", TOXIC_LABELS))
    from oneedit.guards.chat_model import ChatModelGuard

    module, _, class_name = name.partition(":")
    try:
        model = getattr(import_module(module), class_name)(**options)
    except Exception as error:
        # a provider's class may raise anything; the server must not start without its guard
        text = (
            f"ONEEDIT_GUARD={name} is no folder of a classifier and no chat model as MODULE:CLASS"
        )
        raise ScreenFailed(f"{text} ({error})") from error
    return ChatModelGuard(model)
