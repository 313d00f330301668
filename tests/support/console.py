"""A home with something on every page of the console: accounts, proposals, versions, jobs."""

from controller.actor import Actor, Role
from oneedit.ledger.job import Job
from oneedit.wiring import Application
from tests.support.fakes import LOCAL
from tests.support.web import carry_out

PASSWORD = "a quiet green door"
PEOPLE = {"ada": Role.EDITOR, "grace": Role.REVIEWER, "alan": Role.REVIEWER, "root": Role.ADMIN}
TOLD = (
    "Joe Biden's vice president is Mike Pence.",
    "Mike Pence was born in Lyon.",
    "Karen Pence was born in Paris.",
)
PROPOSED = (
    "Joe Biden was born in Oakland.",
    "Kamala Harris was born in Paris.",
    "Doug Emhoff is the spouse of Karen Pence.",
)


def furnish(oneedit: Application) -> None:
    """Give a new home people, versions, proposals and jobs."""
    for name, role in PEOPLE.items():
        oneedit.people.add(LOCAL, name, role)
        oneedit.doorkeeper.accept(oneedit.doorkeeper.invite(LOCAL, name), PASSWORD)
    for message in TOLD:
        oneedit.queue.submit(LOCAL, message)
    carry_out(oneedit)
    propose(oneedit, *PROPOSED)
    oneedit.queue.submit(LOCAL, "Joe Biden was born on January 1, 2190.")
    oneedit.jobs.add(LOCAL, Job(name="nightly-audit", kind="audit", cron="0 3 * * *"))
    oneedit.jobs.run(LOCAL, "nightly-audit")


def propose(oneedit: Application, *messages: str) -> None:
    """Propose facts in the name of the editor."""
    ada = Actor("ada", Role.EDITOR)
    for message in messages:
        oneedit.queue.tell(ada, message, propose=True)
    carry_out(oneedit)
