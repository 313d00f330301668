"""Errors of the benchmarks."""

from oneedit.errors import OneEditError


class TooFewSlots(OneEditError):
    """The model knows too few facts to draw the cases from."""

    def __init__(self, made: int, wanted: int) -> None:
        self.made, self.wanted = made, wanted
        super().__init__(
            f"the model knows facts for {made} of {wanted} cases only; ask for fewer with --count"
        )


class UnknownShape(OneEditError):
    """There is no family of models of this name."""

    def __init__(self, family: str) -> None:
        self.family = family
        super().__init__(
            f"there is no family of models {family!r}; name one as in gpt2-random-6x256"
        )
