"""What the base model knows, as a table."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from oneedit.knowledge.knowledge import RelationKnowledge, WordingKind
from oneedit.results import KnowledgeResult
from oneedit.wording import headline, relation_name


def render_knowledge(result: KnowledgeResult, console: Console) -> None:
    """Show a line for each relation, the best known first."""
    if not result.relations:
        console.print("The model was not asked yet; ask it: oneedit model check")
        return
    table = Table("relation", "facts known", "share", "questions", "statements")
    for each in sorted(result.relations, key=lambda each: (-(each.share or 0), each.relation)):
        table.add_row(*map(escape, _cells(each)))
    console.print(table)
    console.print(f"{escape(headline(result))}.", highlight=False)


def _cells(found: RelationKnowledge) -> tuple[str, ...]:
    share = "" if found.share is None else f"{found.share:.0%}"
    kinds = (found.understood(kind) for kind in (WordingKind.QUESTION, WordingKind.STATEMENT))
    understood = (f"{good} of {judged}" if judged else "" for good, judged in kinds)
    facts = f"{len(found.known)} of {found.asked}"
    return (relation_name(found.relation), facts, share, *understood)
