"""Where a message is typed."""

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

# The draft lives in the browser, so that it outlives a reload and a restart of the server.
_SAVE = "(text) => localStorage.setItem('oneedit.draft', text ?? '')"
_FORGET = "localStorage.removeItem('oneedit.draft')"
_RESTORE = "emitEvent('oneedit-draft', localStorage.getItem('oneedit.draft') ?? '')"
# Enter also ends the choice of a character in Chinese or Japanese: then it does not send.
_ENTER = """(event) => {
    if (event.shiftKey || event.isComposing) return;
    event.preventDefault();
    emit();
}"""


class Composer:
    """An input for messages, a button that sends them, and the switch for direct answers.

    Args:
        say: takes a message that was sent.
    """

    def __init__(self, say: Callable[[str], Awaitable[None]]) -> None:
        self._say = say
        with ui.element("footer"), ui.element("div").classes("composer"):
            self._input = (
                ui.textarea(placeholder="Tell a fact or ask")
                .props("autogrow outlined dense rows=1 maxlength=10000 aria-label=Message")
                .on("keydown.enter", self._send, js_handler=_ENTER)
                .on("update:model-value", js_handler=_SAVE)
            )
            self._direct = ui.switch("direct").props("dense")
            self._direct.tooltip("Answer chains of facts at once, without writing the steps down")
            button = ui.button(icon="send", on_click=self._send).props("unelevated round")
            button.props["aria-label"] = "Send"
        ui.on("oneedit-draft", self._restore)
        ui.run_javascript(_RESTORE)

    @property
    def direct(self) -> bool:
        """Tell whether chains are to be answered without steps."""
        return bool(self._direct.value)

    def draft(self, text: str, *, keep: bool = False) -> None:
        """Put words into the input; with ``keep`` only if it is empty."""
        if keep and self._input.value:
            return
        self._input.value = text
        self._input.run_method("focus")

    async def _send(self) -> None:
        message = (self._input.value or "").strip()
        if not message:
            return
        self._input.value = ""
        ui.run_javascript(_FORGET)
        await self._say(message)

    def _restore(self, event: GenericEventArguments) -> None:
        if isinstance(event.args, str) and not self._input.value:
            self._input.value = event.args
