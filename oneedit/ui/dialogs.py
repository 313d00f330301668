"""Small dialogs: a form with a button that does something, and one that does not."""

from collections.abc import Callable

from nicegui import ui

from kg_data.errors import ExpectedError
from oneedit.ui.parts import words


class FormDialog:
    """A dialog that closes once what it asks for is done; an error leaves it open.

    Fields are added in a ``with`` block around it.

    Args:
        title: its heading.
        label: the name of the button that does it.
        do: does it.
    """

    def __init__(self, title: str, label: str, do: Callable[[], object]) -> None:
        self._do = do
        with ui.dialog(value=True) as self._dialog, ui.element("div").classes("card dialog"):
            words(title, tag="h2")
            self.fields = ui.element("div").classes("fields")
            with ui.element("div").classes("choices"):
                ui.button(label, on_click=self._try).props("unelevated no-caps")
                close = ui.button("Cancel", color=None, on_click=self._dialog.close)
                close.props("outline no-caps")

    def _try(self) -> None:
        try:
            self._do()
        except ExpectedError as error:
            ui.notify(str(error), type="warning")
            return
        self._dialog.close()
