"""What the first screen says, with suggestions from the graph."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from oneedit.queries.suggestions import Suggestions
from oneedit.ui.parts import words


class Hint:
    """Says what can be done here, with suggestions to click.

    Args:
        say: takes a question that was clicked.
        draft: takes the beginning of a statement, to be completed.
    """

    def __init__(self, say: Callable[[str], Awaitable[None]], draft: Callable[[str], None]) -> None:
        self._say, self._draft = say, draft
        with ui.element("div").classes("hint") as self._place:
            words("Correct what the model knows, in plain language.", tag="h2")
            words(
                "Tell a fact and the model learns it, with all that follows. Ask a question and "
                "see the model's answer beside the graph's. Anything can be undone.",
                tag="p",
            )
            self._choices = ui.element("div").classes("choices")

    def suggest(self, suggestions: Suggestions) -> None:
        """Offer suggestions, once they are known."""
        if self._choices.is_deleted:
            return
        with self._choices:
            for question in suggestions.questions:
                self._offer(question).on_click(lambda said=question: self._say(said))
            if suggestions.beginning:
                begin = suggestions.beginning
                self._offer(f"{begin}…").on_click(lambda: self._draft(begin))

    def remove(self) -> None:
        """Take the hint off the page."""
        if not self._place.is_deleted:
            self._place.delete()

    def _offer(self, text: str) -> ui.button:
        chip = ui.button(text, color=None).props("outline rounded no-caps")
        return chip.classes("chip")
