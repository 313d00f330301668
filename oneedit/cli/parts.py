"""The parts of the command line, each imported when one of its commands is used.

Nobody should wait for what a command does not need: a database, a scheduler, a benchmark.
"""

import importlib
from typing import Any

from typer.core import TyperGroup
from typer.main import get_group

COMMANDS = {
    "backup": "oneedit.cli.upkeep",
    "checkpoint": "oneedit.cli.upkeep",
    "doctor": "oneedit.cli.upkeep",
    "export": "oneedit.cli.export",
    "import": "oneedit.cli.import_file",
    "init": "oneedit.cli.init",
    "prune": "oneedit.cli.upkeep",
    "pull": "oneedit.cli.pull",
    "restore": "oneedit.cli.upkeep",
}
"""The module of each command that stands in one of its own."""

GROUPS = {
    "bench": "oneedit.cli.bench",
    "entities": "oneedit.cli.entities",
    "graph": "oneedit.cli.graph",
    "jobs": "oneedit.cli.jobs",
    "model": "oneedit.cli.model",
    "reader": "oneedit.cli.reader",
    "relations": "oneedit.cli.relations",
    "reviews": "oneedit.cli.reviews",
    "tickets": "oneedit.cli.tickets",
    "tokens": "oneedit.cli.tokens",
    "users": "oneedit.cli.users",
}
"""The module of each group of commands."""


class CommandLine(TyperGroup):
    """The commands of the application, and its parts under their names."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401  typer keeps the class private
        """Return the names of all commands and parts."""
        del ctx
        own = [name for name in self.commands if name not in COMMANDS | GROUPS]
        return sorted([*own, *COMMANDS, *GROUPS])

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
        """Return a command or a part; an unknown name is compared with all there are."""
        if cmd_name not in self.commands:
            known = cmd_name in COMMANDS | GROUPS
            for name in [cmd_name] if known else [*COMMANDS, *GROUPS]:
                self._load(name)
        return super().get_command(ctx, cmd_name)

    def _load(self, name: str) -> None:
        module = importlib.import_module((COMMANDS | GROUPS)[name])
        part = get_group(module.app)
        if name in GROUPS:
            part.name = name  # as the help shows it
            self.add_command(part, name)
        else:
            self.add_command(part.commands[name], name)
