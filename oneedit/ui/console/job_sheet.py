"""Dialogs that add or change a job, with a labelled field for each setting of its kind."""

from collections.abc import Mapping
from enum import Enum
from functools import partial
from typing import Any, get_origin

from nicegui import ui
from nicegui.elements.mixins.value_element import ValueElement
from pydantic.fields import FieldInfo

from controller.actor import Actor
from oneedit.jobs.kinds import JobKind
from oneedit.ledger.job import Job
from oneedit.ui.console.widgets import SheetForm, answered, button, sheet
from oneedit.ui.parts import words
from oneedit.ui.site import Visit
from oneedit.wording import relation_name


class JobSheet:
    """Asks for a job until it can be used; what was typed stays meanwhile.

    Args:
        visit: who asks.
        job: the job to change; None for a new one.
    """

    def __init__(self, visit: Visit, job: Job | None = None) -> None:
        self._visit, self._job = visit, job

    async def ask(self) -> Job | None:
        """Return the job that was added or changed; None if none was after all."""
        before, kinds = self._job, self._visit.site.jobs.kinds
        with sheet("Add a job" if before is None else f"Change {before.name}") as dialog:
            with ui.element("div").classes("sheet-body"):
                self._name = ui.input("Name", value=before.name if before else "")
                self._name.props("outlined dense autofocus maxlength=40")
                self._name.visible = before is None
                self._kind(before)
                self._when(before or Job(name="", kind=""))
                self._forms = {
                    each.name: KindForm(each, before.settings if before else {})
                    for each in kinds.kinds
                    if before is None or each.name == before.kind
                }
                for name, fields in self._forms.items():
                    fields.place.bind_visibility_from(self._chosen, "value", value=name)
            work = partial(self._change, before=before) if before else self._add
            form = SheetForm(self._visit, dialog, work)
            with ui.element("div").classes("choices"):
                button("Change" if before else "Add", form.send, main=True)
                button("Cancel", dialog.close)
        answer = await answered(dialog)
        return answer if isinstance(answer, Job) else None

    def _kind(self, before: Job | None) -> None:
        about = {
            each.name: f"{each.name}: {each.about}" for each in self._visit.site.jobs.kinds.kinds
        }
        value = before.kind if before else next(iter(about))
        self._chosen = ui.select(about, label="Kind", value=value)
        self._chosen.props("outlined dense" + (" readonly" if before else ""))

    def _when(self, job: Job) -> None:
        self._cron = ui.input("Schedule; empty for by hand", value=job.cron)
        self._cron.props("outlined dense maxlength=100")
        self._cron.props["hint"] = "minute hour day month weekday, such as 0 3 * * *"
        self._zone = ui.input("Time zone", value=job.zone).props("outlined dense maxlength=60")

    def _add(self, actor: Actor) -> Job:
        kind = str(self._chosen.value)
        held = self._forms[kind].values()
        job = Job(
            name=self._name.value.strip(),
            kind=kind,
            settings={name: value for name, value in held.items() if value is not None},
            cron=self._cron.value.strip(),
            zone=self._zone.value.strip() or "UTC",
        )
        return self._visit.site.jobs.add(actor, job)

    def _change(self, actor: Actor, before: Job) -> Job:
        """Change only what was changed here: somebody else may have changed the rest."""
        when = {"cron": self._cron.value.strip(), "zone": self._zone.value.strip() or "UTC"}
        when = {part: value for part, value in when.items() if value != getattr(before, part)}
        settings = self._forms[before.kind].changed()
        return self._visit.site.jobs.edit(actor, before.name, settings=settings, **when)


class KindForm:
    """A field for each setting of a kind.

    Args:
        kind: the kind.
        settings: what is set; the others are as by default.
    """

    def __init__(self, kind: JobKind[Any], settings: Mapping[str, Any]) -> None:
        self._about = kind.settings.model_fields
        self.place = ui.element("div").classes("job-settings")
        with self.place:
            words(f"Settings of {kind.name}", tag="h3")
            self._fields = {
                name: _field(name, about, settings.get(name, _default(about)))
                for name, about in self._about.items()
            }
        self._before = self.values()

    def values(self) -> dict[str, Any]:
        """Return what the fields hold; None is as by default."""
        return {
            name: _plain(about, self._fields[name].value) for name, about in self._about.items()
        }

    def changed(self) -> dict[str, Any]:
        """Return what the fields hold where that is something else than at the begin."""
        return {name: value for name, value in self.values().items() if value != self._before[name]}


def _field(name: str, about: FieldInfo, value: Any) -> ValueElement[Any]:  # noqa: ANN401  of any kind
    """Add the field of a setting."""
    label = relation_name(name) + (" (needed)" if about.is_required() else "")
    kind = about.annotation
    field: ValueElement[Any]
    if kind is bool:
        field = ui.checkbox(label, value=bool(value))
        words(about.description or "", "quiet", tag="p")
        return field
    if isinstance(kind, type) and issubclass(kind, Enum):
        field = ui.select([each.value for each in kind], label=label, value=kind(value).value)
    elif get_origin(kind) is tuple:
        field = ui.textarea(f"{label}, one in a line", value="\n".join(value or ()))
        field.props("autogrow")
    elif _is_number(about):
        field = ui.number(label, value=value, precision=0)
    else:
        text = str(value or "")
        field = ui.textarea(label, value=text) if "\n" in text else ui.input(label, value=text)
    field.props("outlined dense")
    field.props["hint"] = about.description or ""
    return field


def _default(about: FieldInfo) -> Any:  # noqa: ANN401  of any kind
    return None if about.is_required() else about.get_default()


def _is_number(about: FieldInfo) -> bool:
    return about.annotation in {int, int | None}


def _plain(about: FieldInfo, value: Any) -> Any:  # noqa: ANN401  of any kind
    """Return what a field holds as a plain value; None if it is empty."""
    if get_origin(about.annotation) is tuple:
        return [line.strip() for line in (value or "").splitlines() if line.strip()] or None
    if _is_number(about):
        return None if value is None else int(value)
    return value.strip() or None if isinstance(value, str) else value
