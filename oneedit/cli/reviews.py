"""``oneedit reviews``: look at proposals, talk about them, and decide.

The local user decides alone; whoever acts with ``--as`` as their role allows.
"""

from typing import Annotated, NoReturn

import typer

from oneedit.cli.session import Json, client, finish, progress
from oneedit.control.commands import ReviewQuery, ReviewsQuery
from oneedit.control.review_commands import BulkCommand, ReviewCommand, StepCommand
from oneedit.ledger.proposal import UNDECIDED, ProposalFilter, ProposalState

app = typer.Typer(help="Decide on proposed edits.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="Number of the proposal.", show_default=False)]
MaybeNumber = Annotated[
    int | None, typer.Argument(help="Number of the proposal; a filter if left out.")
]
Text = Annotated[str, typer.Argument(show_default=False)]
Revision = Annotated[
    int | None, typer.Option(help="The revision you have seen; refused if there is a newer one.")
]
Comment = Annotated[str, typer.Option(help="A remark.")]
Author = Annotated[str, typer.Option(help="Only those of this author.")]
Assignee = Annotated[str, typer.Option(help="Only those assigned to this person.")]
Relation = Annotated[str, typer.Option(help="Only those about this relation.")]
Reason = Annotated[str, typer.Option("--reason-code", help="Only those with this reason.")]
All = Annotated[bool, typer.Option("--all", help="Every open proposal.")]


@app.command("list")
def list_(  # noqa: PLR0913  one option for each condition
    *,
    author: Author = "",
    assignee: Assignee = "",
    relation: Relation = "",
    code: Reason = "",
    state: Annotated[
        ProposalState | None, typer.Option(help="Only in this state; undecided if left out.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Decided ones, too.")] = False,
    as_json: Json = False,
) -> None:
    """List proposals."""
    states = () if every else UNDECIDED if state is None else (state,)
    wanted = ProposalFilter(
        states=states, author=author, assignee=assignee, relation=relation, code=code
    )
    with client(as_json) as opened:
        finish(opened.look_up(ReviewsQuery(wanted)), as_json)


@app.command()
def show(number: Number, *, as_json: Json = False) -> None:
    """Show a proposal: what it changes, why it waits, and its review so far."""
    with client(as_json) as opened:
        finish(opened.look_up(ReviewQuery(number)), as_json)


@app.command()
def allow(
    number: Number,
    *,
    revision: Revision = None,
    comment: Comment = "",
    as_json: Json = False,
) -> None:
    """Release what the screens found in a proposal: a false positive, now and later."""
    _take(
        StepCommand(step="allow", proposal=number, text=comment, revision=revision), as_json=as_json
    )


@app.command()
def approve(  # noqa: PLR0913  one option for each condition
    number: MaybeNumber = None,
    *,
    author: Author = "",
    relation: Relation = "",
    code: Reason = "",
    every: All = False,
    revision: Revision = None,
    below_gate: Annotated[
        bool, typer.Option("--below-gate", help="Apply it even if the model learns it badly.")
    ] = False,
    comment: Comment = "",
    as_json: Json = False,
) -> None:
    """Approve a proposal, or all open ones that a filter names."""
    wanted = _wanted(number, author=author, relation=relation, code=code, every=every)
    if number is None:
        _take(BulkCommand(step="approve", wanted=wanted, text=comment), as_json=as_json)
    command = StepCommand(
        step="approve", proposal=number, text=comment, revision=revision, below_gate=below_gate
    )
    _take(command, as_json=as_json)


@app.command()
def reject(  # noqa: PLR0913  one option for each condition
    number: MaybeNumber = None,
    *,
    reason: Annotated[str, typer.Option(help="Why; the author reads it.", show_default=False)],
    author: Author = "",
    relation: Relation = "",
    code: Reason = "",
    every: All = False,
    revision: Revision = None,
    as_json: Json = False,
) -> None:
    """Reject a proposal, or all open ones that a filter names."""
    wanted = _wanted(number, author=author, relation=relation, code=code, every=every)
    if number is None:
        _take(BulkCommand(step="reject", wanted=wanted, text=reason), as_json=as_json)
    command = StepCommand(step="reject", proposal=number, text=reason, revision=revision)
    _take(command, as_json=as_json)


@app.command()
def amend(number: Number, text: Text, *, revision: Revision = None, as_json: Json = False) -> None:
    """Replace what a proposal changes: "Ada Quill was born in Lyon."."""
    command = StepCommand(step="amend", proposal=number, text=text, revision=revision)
    _take(command, as_json=as_json)


@app.command()
def comment(number: Number, text: Text, *, as_json: Json = False) -> None:
    """Add a remark."""
    _take(StepCommand(step="comment", proposal=number, text=text), as_json=as_json)


@app.command()
def ask(number: Number, text: Text, *, as_json: Json = False) -> None:
    """Ask the author back."""
    _take(StepCommand(step="ask", proposal=number, text=text), as_json=as_json)


@app.command()
def answer(number: Number, text: Text, *, as_json: Json = False) -> None:
    """Answer the question of a reviewer, as the author."""
    _take(StepCommand(step="answer", proposal=number, text=text), as_json=as_json)


@app.command()
def assign(
    number: Number,
    name: Annotated[str, typer.Argument(help="Whose task it is; nobody's if left out.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Make a proposal somebody's task."""
    _take(StepCommand(step="assign", proposal=number, text=name), as_json=as_json)


@app.command()
def withdraw(
    number: Number, *, comment: Comment = "", revision: Revision = None, as_json: Json = False
) -> None:
    """Take your own proposal back."""
    command = StepCommand(step="withdraw", proposal=number, text=comment, revision=revision)
    _take(command, as_json=as_json)


@app.command()
def reopen(
    number: Number, *, comment: Comment = "", revision: Revision = None, as_json: Json = False
) -> None:
    """Put a rejected proposal back into the queue."""
    command = StepCommand(step="reopen", proposal=number, text=comment, revision=revision)
    _take(command, as_json=as_json)


@app.command()
def undo(
    number: Number, *, comment: Comment = "", revision: Revision = None, as_json: Json = False
) -> None:
    """Undo the edit that a proposal became."""
    command = StepCommand(step="undo", proposal=number, text=comment, revision=revision)
    _take(command, as_json=as_json)


def _take(command: ReviewCommand, *, as_json: bool) -> NoReturn:
    """Take a step, and show what came of it."""
    with client(as_json) as opened, progress(as_json) as bar:
        finish(opened.review(command, bar), as_json)


def _wanted(
    number: int | None, *, author: str, relation: str, code: str, every: bool
) -> ProposalFilter:
    """Return the open proposals that a filter names.

    Raises:
        BadParameter: there is a number and a filter, or neither.
    """
    if (number is None) != bool(author or relation or code or every):
        raise typer.BadParameter("Give a number, or a filter such as --author, or --all.")
    return ProposalFilter(states=(ProposalState.OPEN,), author=author, relation=relation, code=code)
