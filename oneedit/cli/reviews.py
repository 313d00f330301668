"""``oneedit reviews``: look at proposals, talk about them, and decide.

The local user decides alone; whoever acts with ``--as`` as their role allows.
"""

from typing import Annotated

import typer

from oneedit.cli.session import Json, actor, finish, progress, service
from oneedit.ledger.proposal import UNDECIDED, ProposalFilter, ProposalState
from oneedit.service import EditService

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
    with service(as_json) as opened:
        finish(opened.reviews.list(actor(), wanted), as_json)


@app.command()
def show(number: Number, *, as_json: Json = False) -> None:
    """Show a proposal: what it changes, why it waits, and its review so far."""
    with service(as_json) as opened:
        finish(opened.reviews.show(actor(), number), as_json)


@app.command()
def allow(
    number: Number,
    *,
    revision: Revision = None,
    comment: Comment = "",
    as_json: Json = False,
) -> None:
    """Release what the screens found in a proposal: a false positive, now and later."""
    with service(as_json) as opened:
        finish(opened.reviews.allow(actor(), number, revision=revision, comment=comment), as_json)


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
    with service(as_json) as opened, progress(as_json) as bar:
        reviews, user = opened.reviews, actor()
        if number is None:
            finish(reviews.approve_all(user, wanted, comment=comment), as_json)
        result = reviews.approve(
            user,
            number,
            revision=_seen(opened, number, revision),
            comment=comment,
            below_gate=below_gate,
            progress=bar,
        )
        finish(result, as_json)


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
    with service(as_json) as opened:
        reviews, user = opened.reviews, actor()
        if number is None:
            finish(reviews.reject_all(user, wanted, reason=reason), as_json)
        seen = _seen(opened, number, revision)
        finish(reviews.reject(user, number, revision=seen, reason=reason), as_json)


@app.command()
def amend(number: Number, text: Text, *, revision: Revision = None, as_json: Json = False) -> None:
    """Replace what a proposal changes: "Ada Quill was born in Lyon."."""
    with service(as_json) as opened:
        seen = _seen(opened, number, revision)
        finish(opened.reviews.amend(actor(), number, text, revision=seen), as_json)


@app.command()
def comment(number: Number, text: Text, *, as_json: Json = False) -> None:
    """Add a remark."""
    with service(as_json) as opened:
        finish(opened.reviews.comment(actor(), number, text), as_json)


@app.command()
def ask(number: Number, text: Text, *, as_json: Json = False) -> None:
    """Ask the author back."""
    with service(as_json) as opened:
        finish(opened.reviews.ask_author(actor(), number, text), as_json)


@app.command()
def answer(number: Number, text: Text, *, as_json: Json = False) -> None:
    """Answer the question of a reviewer, as the author."""
    with service(as_json) as opened:
        finish(opened.reviews.answer(actor(), number, text), as_json)


@app.command()
def assign(
    number: Number,
    name: Annotated[str, typer.Argument(help="Whose task it is; nobody's if left out.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Make a proposal somebody's task."""
    with service(as_json) as opened:
        finish(opened.reviews.assign(actor(), number, name), as_json)


@app.command()
def withdraw(
    number: Number, *, comment: Comment = "", revision: Revision = None, as_json: Json = False
) -> None:
    """Take your own proposal back."""
    with service(as_json) as opened:
        seen = _seen(opened, number, revision)
        result = opened.reviews.withdraw(actor(), number, revision=seen, comment=comment)
        finish(result, as_json)


@app.command()
def reopen(
    number: Number, *, comment: Comment = "", revision: Revision = None, as_json: Json = False
) -> None:
    """Put a rejected proposal back into the queue."""
    with service(as_json) as opened:
        seen = _seen(opened, number, revision)
        result = opened.reviews.reopen(actor(), number, revision=seen, comment=comment)
        finish(result, as_json)


@app.command()
def undo(
    number: Number, *, comment: Comment = "", revision: Revision = None, as_json: Json = False
) -> None:
    """Undo the edit that a proposal became."""
    with service(as_json) as opened, progress(as_json) as bar:
        seen = _seen(opened, number, revision)
        user = actor()
        result = opened.reviews.undo(user, number, revision=seen, comment=comment, progress=bar)
        finish(result, as_json)


def _seen(opened: EditService, number: int, revision: int | None) -> int:
    """Return the revision that a decision is about: the newest if none is given."""
    return opened.reviews.desk.get(number).revision if revision is None else revision


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
