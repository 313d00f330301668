"""The dialogs that add and change a job: a field for each setting, and nothing lost."""

from pathlib import Path

from nicegui.elements.mixins.value_element import ValueElement
from nicegui.testing import User, UserInteraction

from oneedit.wiring import Application
from tests.support.fakes import LOCAL
from tests.support.pages import button, play, sees


def fill(user: User, **values: object) -> None:
    """Put values into the newest fields whose labels begin with the names."""
    client = user.client
    assert client is not None
    for name, value in values.items():
        found = [
            each
            for each in client.elements.values()
            if isinstance(each, ValueElement) and str(each.props.get("label", "")).startswith(name)
        ]
        max(found, key=lambda each: each.id).value = value


def press(user: User, label: str) -> None:
    """Press the newest button of this label."""
    UserInteraction(user, {button(user, label)}, None).click()


def test_a_job_is_added_and_changed_by_the_fields_of_its_kind(tmp_path: Path) -> None:
    folder = str(tmp_path / "graphs")

    async def story(user: User, oneedit: Application) -> None:
        await user.open("/ui/console/jobs")
        press(user, "Add a job")
        await sees(user, "Settings of pull")
        fill(user, Name="weekly-graph", Kind="export", form="csv")
        press(user, "Add")
        await sees(user, "folder: Field required")
        fill(user, folder=folder)
        press(user, "Add")
        await sees(user, "weekly-graph is added")
        added = oneedit.jobs.show(LOCAL, "weekly-graph")
        assert added.settings == {"folder": folder, "form": "csv"}

        press(user, "Change")
        await sees(user, "Change weekly-graph")
        fill(user, form="turtle", rank=8, Schedule="0 3 * * *")
        oneedit.jobs.edit(LOCAL, "weekly-graph", settings={"what": "model"})
        press(user, "Change")
        await sees(user, "weekly-graph is changed")
        changed = oneedit.jobs.show(LOCAL, "weekly-graph")
        assert changed.settings == {"folder": folder, "what": "model", "rank": 8}
        assert changed.cron == "0 3 * * *"

    play(tmp_path / "home", story)
