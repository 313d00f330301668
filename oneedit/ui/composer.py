"""Where a message is typed.

The browser owns the field: it takes a message out of it, keeps the draft and brings it back, so
that nothing typed is lost or sent twice while the connection is made, or while the server is away.
"""

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

_FIELD = "document.querySelector('.composer textarea')"
_FILL = "field.value = text; field.dispatchEvent(new Event('input'));"
# The draft lives in the browser, so that it outlives a reload and a restart of the server.
_SAVE = "(text) => localStorage.setItem('oneedit.draft', text ?? '')"
_RESTORE = f"""
    const field = {_FIELD}, text = localStorage.getItem('oneedit.draft');
    if (text && field && !field.value) {{ {_FILL} }}
"""
_SEND = f"""
    const field = {_FIELD}, message = field.value.trim(), text = '';
    if (!message) return;
    {_FILL}
    localStorage.removeItem('oneedit.draft');
    emit(message);
"""
_CLICK = f"() => {{ {_SEND} }}"
# Enter also ends the choice of a character in Chinese or Japanese: then it does not send.
_ENTER = f"""(event) => {{
    if (event.shiftKey || event.isComposing) return;
    event.preventDefault();
    {_SEND}
}}"""


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
            button = ui.button(icon="send").props("unelevated round")
            button.on("click", self._send, js_handler=_CLICK)
            button.props["aria-label"] = "Send"
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

    async def _send(self, event: GenericEventArguments) -> None:
        message = event.args.strip() if isinstance(event.args, str) else ""
        if message:
            await self._say(message)
