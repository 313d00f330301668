"""``oneedit demo``: an edit, a refused edit and an undo, with their effects on answers."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table

from controller.actor import Actor, Role
from controller.plan import EditPlan
from editor.evaluation.report import Report
from kg_data.phrases import Phrases, Split
from kg_data.questions import Kind, Question
from oneedit.cli.render import render, render_question
from oneedit.cli.render_answers import Sign
from oneedit.results import AskResult, EditResult, Refused, Result
from oneedit.settings import Settings
from oneedit.wiring import Application, build

SUBJECT, RELATION, OBJECT = "Joe Biden", "vice_president", "Mike Pence"
INVERSE = "vice_president_to"
STATEMENT = f"{SUBJECT}'s vice president is now {OBJECT}."
QUESTION = f"Who is {SUBJECT}'s vice president?"
CHAIN = f"Who is the wife of {SUBJECT}'s vice president?"
NEIGHBOUR = "Who is Barack Obama's vice president?"
PROTECTED = "The capital of France is Lyon."


def run(console: Console, settings: Settings | None = None) -> int:
    """Run the demonstration in a temporary home, and return 0 if every check holds, else 1.

    The messages are fixed; answers, changes, checks and hashes are computed. A table at the end
    lists the checks.
    """
    with tempfile.TemporaryDirectory(prefix="oneedit-demo-") as home:
        own_settings = (settings or Settings()).model_copy(update={"home": Path(home)})
        with console.status("loading the model and the facts ..."):
            application = build(own_settings)
        try:
            return _Demonstration(application, console).run()
        finally:
            application.close()


class _Demonstration:
    """The demonstration, run through the application's service."""

    def __init__(self, application: Application, console: Console) -> None:
        self._application, self._console = application, console
        self._service = application.service
        self._actor = Actor("demo", Role.LOCAL)
        self._checks: list[tuple[str, bool]] = []

    def run(self) -> int:
        """Run it from the first question to the last hash, and return the exit code."""
        base = self._application.editor.live_hash()
        old, old_chain = self._question("Before", QUESTION), self._ask(CHAIN)
        neighbour = self._ask(NEIGHBOUR)
        result = self._edit_fact()
        if not isinstance(result, EditResult):
            return 1
        edited = self._application.editor.live_hash()
        self._check_edited(old, old_chain, neighbour)
        self._edit_protected()
        self._undo(old, old_chain)
        undone = self._application.editor.live_hash()
        self._check_hashes(base, edited, undone)
        return self._summary()

    def _edit_fact(self) -> Result:
        self._title("An edit in plain language")
        self._print_input(STATEMENT)
        with self._progress() as progress:
            result = self._service.tell(
                self._actor, STATEMENT, confirm=self._confirm, progress=progress
            )
        render(result, self._console)
        if isinstance(result, EditResult):
            conflicts = ", ".join(conflict.code for conflict in result.conflicts) or "none"
            self._console.print(f"  conflicts settled: {conflicts}")
            self._record("a conflict was found and settled", holds=bool(result.conflicts))
            self._record("the model passed its checks", holds=not result.degraded)
        return result

    def _confirm(self, plan: EditPlan, report: Report | None) -> bool:
        """Agree to a plan that needs confirmation, but not to a patch that failed the gate."""
        render_question(plan, report, self._console)
        self._console.print(f"  [bold]{'no' if report else 'yes'}[/]")
        return report is None

    def _check_edited(self, old: AskResult, old_chain: AskResult, neighbour: AskResult) -> None:
        now = self._question("After", QUESTION)
        self._record("the old answer is gone", holds=now.answer != old.answer)
        self._record("the new answer is right", holds=bool(now.agrees))
        paraphrase = self._ask(self._test_wording(SUBJECT, RELATION))
        self._record("a wording that was never taught", holds=paraphrase.answer == now.answer)
        self._record(
            "the inverse", holds=bool(self._ask(self._test_wording(OBJECT, INVERSE)).agrees)
        )
        chain = self._ask(CHAIN)
        follows = bool(chain.agrees) and chain.answer != old_chain.answer
        self._record("a chain follows the new fact, step by step", holds=follows)
        same = self._ask(NEIGHBOUR)
        self._record("a neighbour did not change", holds=same.answer == neighbour.answer)

    def _test_wording(self, subject: str, relation: str) -> str:
        """Return a slot's question in the test wording, which is never taught."""
        question = Question(subject, (relation,), ("",), Kind.PARAPHRASE)
        prompts = Phrases(self._application.book).prompts(question, [Split.TEST])
        return next(prompt.text for prompt in prompts if prompt.chat)

    def _edit_protected(self) -> None:
        self._title("A protected fact")
        self._print_input(PROTECTED)
        result = self._service.tell(self._actor, PROTECTED)
        render(result, self._console)
        self._record("a protected fact was refused", holds=isinstance(result, Refused))

    def _undo(self, old: AskResult, old_chain: AskResult) -> None:
        self._title("Undo")
        self._print_input("undo")
        with self._progress() as progress:
            result = self._service.submit(self._actor, "undo", progress=progress)
        render(result, self._console)
        restored = self._ask(QUESTION)
        self._record("undo brings the old answer back", holds=restored.answer == old.answer)
        chain = self._ask(CHAIN)
        self._record("and the old chain", holds=chain.answer == old_chain.answer)

    def _check_hashes(self, base: str, edited: str, undone: str) -> None:
        self._title("The live edited tensors")
        for name, value in (("before", base), ("edited", edited), ("undone", undone)):
            self._console.print(f"  {name:7} {value}", highlight=False)
        self._record("the edit changed the weights", holds=edited != base)
        self._record("undo restored every bit", holds=undone == base)

    def _summary(self) -> int:
        table = Table(title="What held")
        table.add_column("point")
        table.add_column("held")
        for name, holds in self._checks:
            table.add_row(name, Sign.DONE if holds else Sign.NOT)
        self._console.print(table)
        return 0 if all(holds for _, holds in self._checks) else 1

    def _question(self, title: str, text: str) -> AskResult:
        self._title(title)
        return self._ask(text)

    def _ask(self, text: str) -> AskResult:
        self._print_input(text)
        result = self._service.ask(self._actor, text)
        render(result, self._console)
        if isinstance(result, AskResult):
            return result
        return AskResult(text=text, answer="", wording="", steps=False, version=-1)

    def _print_input(self, text: str) -> None:
        self._console.print(f"\n[bold cyan]>[/] {escape(text)}", highlight=False)

    def _title(self, text: str) -> None:
        self._console.print()
        self._console.print(Rule(text))

    def _record(self, name: str, *, holds: bool) -> None:
        self._checks.append((name, holds))

    @contextmanager
    def _progress(self) -> Iterator[Callable[[str, float], None]]:
        columns = (TextColumn("  {task.description:10}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=True) as bar:
            task = bar.add_task("plan", total=1.0)
            yield lambda stage, share: bar.update(task, description=stage, completed=share)
