"""Messages as commands: undo, roll back, history, status, show, help; and small talk."""

from dataclasses import dataclass

from interpreter.intents import (
    Guess,
    History,
    Intent,
    RollBack,
    Selection,
    Show,
    Status,
    Talk,
    Unclear,
    Undo,
)
from interpreter.mentions.clause import Clause
from interpreter.mentions.fact_maker import FactMaker
from interpreter.mentions.language import Language
from interpreter.mentions.passage import Head, NounPhrase
from interpreter.mentions.referents import Referents
from interpreter.mentions.templates import Match
from kg_data.entities import EntityChange, EntityOperation

_ORDER = (
    "undo_last", "undo_version", "roll_back", "undo_several", "undo_by", "undo_last_by",
    "undo_about", "delete", "help", "status", "history", "history_about", "history_by", "show",
    "talk",
)  # fmt: skip
"""Kinds of commands: where several fit, the first one is meant."""

_LONGEST_VERSION = 12  # digits
_UNDO_HINT = (
    'Say "undo" for the last edit, "undo 42" for version 42 alone, or "roll back to 42" for '
    "everything as it was at version 42."
)


@dataclass(frozen=True)
class CommandReader:
    """Reads commands of a language."""

    language: Language
    resolver: FactMaker

    def read(self, clause: Clause, text: str, referents: Referents) -> Intent | None:
        """Return what a message commands, or None if it is no command."""
        matches = list(self.language.commands.full_matches(clause))
        matches.sort(key=lambda match: (match.skipped, _ORDER.index(match.payload), -match.words))
        for match in matches:
            intent = self._intent(match, text, referents)
            if intent is not None:
                return intent
        return None

    @staticmethod
    def unread(clause: Clause) -> Unclear | None:
        """Return how to undo if that is what a message begins with, else None."""
        if any(end for end, _ in clause.fillings("to_undo", 0)):
            return Unclear("not_understood", _UNDO_HINT)
        return None

    def _intent(self, match: Match[str], text: str, referents: Referents) -> Intent | None:
        match match.payload:
            case "undo_last" | "undo_version" | "undo_several" | "roll_back":
                return _numbered(match)
            case "undo_by" | "undo_last_by" | "history_by":
                return self._of_somebody(match)
            case "undo_about" | "history_about" | "delete":
                return self._about_something(match, referents)
            case "show":
                return self._show(match, referents)
            case kind:
                return self._simple(kind, match, text)

    def _simple(self, kind: str, match: Match[str], text: str) -> History | Status | Talk:
        if kind == "history":
            return History(Selection(when=self._when(match)))
        return Status() if kind == "status" else Talk(text)

    def _of_somebody(self, match: Match[str]) -> Undo | History | None:
        selection = self._by(match)
        if selection is None:
            return None
        if match.payload == "history_by":
            return History(selection)
        return Undo(selection=selection, everything=match.payload == "undo_by")

    def _about_something(
        self, match: Match[str], referents: Referents
    ) -> Undo | History | EntityChange | Unclear | None:
        about = self._about(match, referents)
        if not isinstance(about, Selection):
            return about
        if match.payload == "delete":  # an entity goes with all its facts
            deletion = EntityChange(EntityOperation.DELETE, about.entity)
            return None if about.relation else deletion
        return Undo(selection=about) if match.payload == "undo_about" else History(about)

    def _by(self, match: Match[str]) -> Selection | None:
        who = match.slots.get("who")
        if isinstance(who, Head):
            who = who.written
        if who is None and not self._when(match):
            return None
        actor = "me" if who in {"i", "I", "we"} else str(who or "")
        return Selection(actor=actor, when=self._when(match))

    @staticmethod
    def _when(match: Match[str]) -> str:
        when = match.slots.get("when")
        return when if isinstance(when, str) else ""

    def _about(self, match: Match[str], referents: Referents) -> Selection | Unclear | None:
        phrase = match.slots.get("what")
        if not isinstance(phrase, NounPhrase) or len(phrase.path) > 1:
            return None
        link = self.resolver.linker.any_of(referents.resolved(phrase.heads[0], ()))
        if link is None or not link.known:
            return self.resolver.unknown(link) if link and match.payload != "undo_about" else None
        if link.ambiguous:
            return self.resolver.ambiguous(link)
        if link.guessed and match.payload == "delete":
            return self.resolver.unknown(link)  # too much is lost by a guess
        return Selection(entity=link.id, relation=phrase.path[0] if phrase.path else "")

    def _show(self, match: Match[str], referents: Referents) -> Intent | None:
        head = match.slots.get("who")
        if not isinstance(head, Head):
            return None
        link = self.resolver.linker.any_of(referents.resolved(head, ()))
        if link is None or not link.known:
            return None
        if link.ambiguous:
            return self.resolver.ambiguous(link)
        guesses = (Guess(link.name, link.id),) if link.guessed else ()
        return Show(link.id, guesses)


def _numbered(match: Match[str]) -> Undo | RollBack | Unclear | None:
    """Return an undo of the last edit or of a version, or a roll back."""
    if match.payload == "undo_last":
        return Undo()
    number = match.slots.get("n")
    if not (isinstance(number, str) and number.isdecimal() and len(number) <= _LONGEST_VERSION):
        return None
    if match.payload == "undo_several":
        return Undo(count=int(number)) if int(number) else None
    return Undo(int(number)) if match.payload == "undo_version" else RollBack(int(number))
