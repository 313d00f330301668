"""Where a message is typed.

The browser owns the field: it takes a message out of it, keeps the draft and brings it back, so
that nothing typed is lost or sent twice while the connection is made, or while the server is away.
Drafts are those of one tab and one conversation.
"""

from collections.abc import Awaitable, Callable
from json import dumps

from nicegui import ui
from nicegui.events import GenericEventArguments

_FIELD = "document.querySelector('.composer textarea')"
_KEY = "(document.querySelector('.composer')?.dataset.conversation || 'new')"
_DRAFT = f"('oneedit.draft.' + {_KEY})"
_LAST = "'oneedit.last'"
_FILL = "field.value = text; field.dispatchEvent(new Event('input'));"
# The draft lives in the tab, so that it outlives a reload and a restart of the server.
_SAVE = f"(text) => sessionStorage.setItem({_DRAFT}, text ?? '')"
_RESTORE = f"""
    const field = {_FIELD}, text = sessionStorage.getItem({_DRAFT});
    if (text && field && !field.value) {{ {_FILL} }}
"""
_SEND = f"""
    const field = {_FIELD}, message = field.value.trim(), text = '';
    if (!message) return;
    {_FILL}
    sessionStorage.removeItem({_DRAFT});
    sessionStorage.setItem({_LAST}, message);
    emit(message);
"""
_MOVE = """(name) => {
    const text = sessionStorage.getItem('oneedit.draft.new');
    sessionStorage.removeItem('oneedit.draft.new');
    if (text) sessionStorage.setItem('oneedit.draft.' + name, text);
}"""
_CLICK = f"() => {{ {_SEND} }}"
# Enter also ends the choice of a character in Chinese or Japanese: then it does not send.
_ENTER = f"""(event) => {{
    if (event.shiftKey || event.isComposing) return;
    event.preventDefault();
    {_SEND}
}}"""
_UP = f"""(event) => {{
    const field = {_FIELD}, text = sessionStorage.getItem({_LAST});
    if (field.value || !text) return;
    event.preventDefault();
    {_FILL}
}}"""


class Composer:
    """An input for messages, a button that sends them, and the switch for direct answers.

    Args:
        say: takes a message that was sent.
        conversation: id of the conversation, or "" while there is none.
    """

    def __init__(self, say: Callable[[str], Awaitable[None]], conversation: str = "") -> None:
        self._say = say
        with ui.element("footer"):
            news = ui.element("button").classes("news").props('type=button data-shown="false"')
            with news:
                ui.label("New messages")
            with ui.element("div").classes("composer") as self._place:
                self._input = (
                    ui.textarea(placeholder="Tell a fact or ask")
                    .props("autogrow outlined dense rows=1 maxlength=10000 aria-label=Message")
                    .on("keydown.enter", self._send, js_handler=_ENTER)
                    .on("keydown.up", js_handler=_UP)
                    .on("update:model-value", js_handler=_SAVE)
                )
                self._direct = ui.switch("direct").props("dense")
                self._direct.tooltip(
                    "Answer chains of facts at once, without writing the steps down"
                )
                button = ui.button(icon="send").props("unelevated round")
                button.on("click", self._send, js_handler=_CLICK)
                button.props["aria-label"] = "Send"
        self._place.props["data-conversation"] = conversation
        ui.run_javascript(_RESTORE)

    @property
    def direct(self) -> bool:
        """Tell whether chains are to be answered without steps."""
        return bool(self._direct.value)

    def keep_for(self, conversation: str) -> None:
        """Keep drafts as those of a conversation from now on; also what is typed already."""
        self._place.props["data-conversation"] = conversation
        self._place.update()
        if conversation:
            with self._place:
                ui.run_javascript(f"({_MOVE})({dumps(conversation)})")

    def draft(self, text: str, *, keep: bool = False, select: str = "") -> None:
        """Put words into the input.

        Args:
            text: the words.
            keep: only if it is empty.
            select: a part of them that is selected, to be typed over.
        """
        if keep and self._input.value:
            return
        self._input.value = text
        self._input.run_method("focus")
        begin = text.casefold().find(select.casefold()) if select else -1
        if begin >= 0:
            part = dumps([begin, begin + len(select)])
            with self._place:
                ui.run_javascript(f"setTimeout(() => {_FIELD}?.setSelectionRange(...{part}), 50)")

    async def _send(self, event: GenericEventArguments) -> None:
        message = event.args.strip() if isinstance(event.args, str) else ""
        if message:
            await self._say(message)
