"""What a person sees before the first message."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from oneedit.ui.parts import words

EXAMPLES = (
    "Joe Biden's vice president is Mike Pence.",
    "Who is the spouse of Joe Biden's vice president?",
    "Undo that.",
)


class Hint:
    """Says what can be done here, with examples to click.

    Args:
        say: takes an example that was clicked.
    """

    def __init__(self, say: Callable[[str], Awaitable[None]]) -> None:
        with ui.element("div").classes("hint") as self._place:
            words("Correct what the model knows, in plain language.", tag="h2")
            words(
                "Tell a fact and the model learns it, with all that follows. Ask a question and "
                "see the model's answer beside the graph's. Anything can be undone.",
                tag="p",
            )
            with ui.element("div").classes("choices"):
                for example in EXAMPLES:
                    self._example(example, say)

    def remove(self) -> None:
        """Take the hint off the page."""
        if not self._place.is_deleted:
            self._place.delete()

    def _example(self, example: str, say: Callable[[str], Awaitable[None]]) -> None:
        chip = ui.button(example, color=None, on_click=lambda: say(example))
        chip.props("outline rounded no-caps").classes("chip")
