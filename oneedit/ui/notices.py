"""Cards for what was not applied, and for small talk."""

from collections.abc import Callable

from nicegui import ui

from controller.plan import Verdict
from oneedit.results import Already, NeedsConfirmation, Proposed, Refused, UnclearResult
from oneedit.ui.actions import Actions
from oneedit.ui.parts import card, changed, mistakes, read_parts, sentences, words
from oneedit.wording import chosen, details, headline


def notice(
    result: Already | NeedsConfirmation | Proposed | Refused | UnclearResult, actions: Actions
) -> None:
    """Add the card of a message that changed nothing."""
    match result:
        case Already():
            with card(headline(result), "check_circle", "plain"):
                sentences(details(result))
        case NeedsConfirmation():
            with card(headline(result), "help_outline", "doubt"):
                read_parts(result.plan.facts, actions.correct)
                sentences(details(result))
                changed(result.plan.changes, "What would change")
                _yes_or_no("Yes, apply it", "No", actions)
        case Proposed():
            with card(headline(result), "pending_actions", "plain"):
                read_parts(result.plan.facts, actions.correct)
                sentences(details(result))
                changed(result.plan.changes, "What would change")
        case Refused():
            _refused(result, actions)
        case UnclearResult():
            _unclear(result, actions)


def talk(reply: str) -> None:
    """Add a reply to small talk."""
    words(reply, "reply", tag="p")


def failure(detail: str, again: Callable[[], None]) -> None:
    """Add the card of an error; ``again`` puts the message back into the input."""
    with card("That did not work", "error_outline", "bad"):
        sentences([detail])
        with ui.element("div").classes("choices"):
            ui.button("Edit and try again", color=None, on_click=again).props("outline no-caps")


def _refused(result: Refused, actions: Actions) -> None:
    held = result.verdict is Verdict.REVIEW
    with card(headline(result), "pan_tool" if held else "block", "doubt" if held else "bad"):
        sentences(details(result))
        if result.report is None:
            return
        mistakes(result.report.failures)
        if held:
            sentences(["You may apply it all the same; it will be marked as below the gate."])
            _yes_or_no("Apply it anyway", "Leave it", actions)


def _unclear(result: UnclearResult, actions: Actions) -> None:
    with card("I am not sure what you mean", "help_outline", "doubt"):
        sentences([result.reason])
        if not result.options:
            return
        with ui.element("div").classes("choices"):
            for each in result.options:
                option(each, result.reason, actions)


def option(text: str, reason: str, actions: Actions) -> None:
    """Add a choice to click: it is said in place of the name in the reason, or else drafted.

    Args:
        text: the name, or a whole sentence.
        reason: why it is asked for, with the unclear name in quotes.
        actions: what a click may do.
    """
    message = chosen(actions.message, reason, text)
    chip = ui.button(text, color=None).props("outline rounded no-caps").classes("chip")
    if message is None:
        chip.on_click(lambda: actions.draft(f"{actions.message} {text}"))
    else:
        chip.on_click(lambda: actions.say(message))


def _yes_or_no(yes: str, no: str, actions: Actions) -> None:
    with ui.element("div").classes("choices"):
        ui.button(yes, on_click=actions.agree).props("unelevated no-caps")
        ui.button(no, color=None, on_click=actions.decline).props("outline no-caps")
