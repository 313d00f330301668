"""All screens together, and what reviewers have allowed."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from controller.graph.store import GraphStore
from controller.screening.behaviour import (
    ConcentrationScreen,
    EditWarScreen,
    MassEditScreen,
    RevertedScreen,
    VelocityScreen,
)
from controller.screening.lexical import EvaluationScreen
from controller.screening.lookalikes import (
    LookalikeIndex,
    LookalikeScreen,
    NearDuplicateScreen,
    ScriptScreen,
)
from controller.screening.names import BlankScreen, InjectionScreen, InstructionScreen, MarkupScreen
from controller.screening.request import ScreenedRequest, TripleScreen
from controller.screening.sensitive import SensitiveScreen
from controller.screening.signals import Screen, Signal
from controller.screening.words import WordLists

Allowed = Callable[[str, str], bool]
"""Tells whether a reviewer has allowed a code for ``Signal.about``: a false positive."""


MOST_OF_A_CODE = 20
"""Signals of one code in a result: more would tell nobody more."""


@dataclass(frozen=True)
class NewNamesScreen:
    """Runs screens of single texts over the new names of an edit."""

    screens: Sequence[Screen]

    def scan(self, request: ScreenedRequest) -> Sequence[Signal]:
        return [
            signal
            for name in request.new_names()
            for screen in self.screens
            for signal in screen.scan(name)
        ]


@dataclass(frozen=True)
class Screening:
    """Runs screens in their order, and leaves out what was allowed.

    Attributes:
        screens: the screens, the most severe first.
        allowed: what reviewers have allowed.
    """

    screens: Sequence[TripleScreen]
    allowed: Allowed | None = None

    def scan(self, request: ScreenedRequest) -> Sequence[Signal]:
        """Return the signals of all screens, each once, at most 20 of one code."""
        found = [signal for screen in self.screens for signal in screen.scan(request)]
        unique = {(signal.code, signal.about, signal.text): signal for signal in found}
        counts: Counter[str] = Counter()
        kept = []
        for signal in unique.values():
            if not self._is_allowed(signal):
                counts[signal.code] += 1
                if counts[signal.code] <= MOST_OF_A_CODE:
                    kept.append(signal)
        return kept

    def _is_allowed(self, signal: Signal) -> bool:
        # what has no name cannot be allowed once and for all
        return bool(
            self.allowed is not None and signal.about and self.allowed(signal.code, signal.about)
        )


def name_screens(
    words: WordLists | None = None, special_tokens: Sequence[str] = ()
) -> tuple[Screen, ...]:
    """Return the screens of a single name, the most severe first."""
    words = words or WordLists.shipped()
    return (
        InjectionScreen(special_tokens),
        BlankScreen(),
        InstructionScreen(words.instructions),
        MarkupScreen(),
        ScriptScreen(),
    )


def triple_screens(
    store: GraphStore, words: WordLists | None = None, special_tokens: Sequence[str] = ()
) -> tuple[TripleScreen, ...]:
    """Return the screens of an edit that need no model, the most severe first.

    Args:
        store: the graph whose names new ones are compared with.
        words: the word lists; by default those that come with OneEdit.
        special_tokens: those of the served model's tokenizer.
    """
    words = words or WordLists.shipped()
    index = LookalikeIndex(store)
    return (
        NewNamesScreen(name_screens(words, special_tokens)),
        LookalikeScreen(index),
        EvaluationScreen(words),
        SensitiveScreen(words),
        NearDuplicateScreen(index),
        MassEditScreen(),
        ConcentrationScreen(),
        EditWarScreen(),
        VelocityScreen(),
        RevertedScreen(),
    )
