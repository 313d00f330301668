"""The ledger's tables: Text and Integer columns only, as SQLite's STRICT tables need.

Events are the history; facts, entities and artifacts hold the same history in a form that can be
queried. They change only in the transaction of an event.
"""

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

_STRICT = {"sqlite_strict": True}
_ACTIVE = "removed IS NULL AND valid_to IS NULL"


def _unique_while(name: str, condition: str, *columns: str) -> Index:
    """Return an index that allows one row of these columns while ``condition`` holds."""
    where = text(condition)
    return Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)


class EventRow(SQLModel, table=True):
    """One committed version; triggers that the migrations create forbid to change it."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("actor", "idem", name="event_idem"),
        CheckConstraint(
            "kind IN ('GENESIS', 'ADD', 'RETRACT', 'REVERT', 'ROLLBACK', 'CONSOLIDATE', 'IMPORT', "
            "'REPAIR', 'REDEFINE')",
            name="event_kind",
        ),
        CheckConstraint("version >= 0", name="event_version"),
        Index("event_created", "created_at"),
        _STRICT,
    )

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    idem: str | None = Field(default=None, sa_type=Text)
    request_sha: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    base_version: int
    target_version: int | None = None
    payload: str = Field(sa_type=Text)
    prev_hash: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text, unique=True)
    created_at: str = Field(sa_type=Text)


class FactRow(SQLModel, table=True):
    """A fact, from the version that added it to the version that removed it."""

    __tablename__ = "fact"
    __table_args__ = (
        _unique_while("fact_slot", f"{_ACTIVE} AND functional = 1", "s", "p"),
        _unique_while("fact_partner", f"{_ACTIVE} AND inv_functional = 1", "p", "o"),
        _unique_while("fact_once", _ACTIVE, "s", "p", "o"),
        Index("fact_added", "added"),
        Index("fact_removed", "removed"),
        Index("fact_subject", "s", "p"),
        Index("fact_object", "o", "p"),
        CheckConstraint("cause IN ('asserted', 'derived')", name="fact_cause"),
        _STRICT,
    )

    id: int | None = Field(default=None, primary_key=True)
    s: str = Field(sa_type=Text)
    p: str = Field(sa_type=Text)
    o: str = Field(sa_type=Text)
    valid_from: str | None = Field(default=None, sa_type=Text)
    valid_to: str | None = Field(default=None, sa_type=Text)
    functional: int
    inv_functional: int
    added: int = Field(foreign_key="event.version")
    removed: int | None = Field(default=None, foreign_key="event.version")
    cause: str = Field(sa_type=Text)


class EntityRow(SQLModel, table=True):
    """One life of an entity; it goes on when an edit that introduced it with a fact is undone."""

    __tablename__ = "entity"
    __table_args__ = (
        Index("entity_once", "id", unique=True, sqlite_where=text("removed IS NULL")),
        Index("entity_successor", "successor"),
        Index("entity_removed", "removed"),
        _STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    entity_class: str = Field(sa_type=Text)
    qid: str = Field(sa_type=Text)
    added: int = Field(primary_key=True, foreign_key="event.version")
    removed: int | None = Field(default=None, foreign_key="event.version")
    operation: str = Field(default="", sa_type=Text)
    successor: str = Field(default="", sa_type=Text)


class BookRow(SQLModel, table=True):
    """The relation book from a version on; triggers forbid to change it."""

    __tablename__ = "book"
    __table_args__ = (_STRICT,)

    version: int = Field(
        primary_key=True, foreign_key="event.version", sa_column_kwargs={"autoincrement": False}
    )
    sha256: str = Field(sa_type=Text)
    content: str = Field(sa_type=Text)


class ArtifactRow(SQLModel, table=True):
    """One entry in the ordered list of patches that is live at a version."""

    __tablename__ = "artifact"
    __table_args__ = (_STRICT,)

    version: int = Field(primary_key=True, foreign_key="event.version")
    model_id: str = Field(primary_key=True, sa_type=Text)
    position: int = Field(primary_key=True)
    edit: int = Field(foreign_key="event.version")
    patch_sha256: str = Field(sa_type=Text)


class AuditRow(SQLModel, table=True):
    """A refused message; it changed nothing else in the ledger."""

    __tablename__ = "audit"
    __table_args__ = (_STRICT,)

    id: int | None = Field(default=None, primary_key=True)
    actor: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    verdict: str = Field(sa_type=Text)
    reasons: str = Field(sa_type=Text)
    created_at: str = Field(sa_type=Text)


class ProposalRow(SQLModel, table=True):
    """A proposal as its last step left it; ``proposal_event`` holds every step."""

    __tablename__ = "proposal"
    __table_args__ = (
        UniqueConstraint("author", "idem", name="proposal_idem"),
        CheckConstraint(
            "state IN ('open', 'needs_answer', 'approved', 'applied', 'stale', 'rejected', "
            "'withdrawn', 'undone')",
            name="proposal_state",
        ),
        Index("proposal_by_state", "state"),
        _STRICT,
    )

    id: int | None = Field(default=None, primary_key=True)
    revision: int
    state: str = Field(sa_type=Text)
    author: str = Field(sa_type=Text)
    author_role: str = Field(sa_type=Text)
    author_trust: int | None = None
    author_service: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    text: str = Field(sa_type=Text)
    intent: str = Field(sa_type=Text)
    plan: str = Field(sa_type=Text)
    relations: str = Field(sa_type=Text)
    codes: str = Field(sa_type=Text)
    answers: str = Field(sa_type=Text)
    required: int
    approvals: str = Field(sa_type=Text)
    amenders: str = Field(sa_type=Text)
    assignee: str = Field(sa_type=Text)
    decided_by: str = Field(sa_type=Text)
    decided_at: str = Field(sa_type=Text)
    version: int | None = Field(default=None, foreign_key="event.version")
    created_at: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    batch: str = Field(sa_type=Text)
    idem: str | None = Field(default=None, sa_type=Text)
    request_sha: str = Field(sa_type=Text)


class ProposalEventRow(SQLModel, table=True):
    """One step of a review; the triggers of its migration forbid to change it."""

    __tablename__ = "proposal_event"
    __table_args__ = (_STRICT,)

    proposal: int = Field(primary_key=True, foreign_key="proposal.id")
    revision: int = Field(primary_key=True)
    actor: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    comment: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    earlier: str | None = Field(default=None, sa_type=Text)
    version: int | None = Field(default=None, foreign_key="event.version")
    created_at: str = Field(sa_type=Text)


class AllowanceRow(SQLModel, table=True):
    """A finding of a screen that a reviewer has judged to be a false positive."""

    __tablename__ = "allowance"
    __table_args__ = (_STRICT,)

    code: str = Field(primary_key=True, sa_type=Text)
    about: str = Field(primary_key=True, sa_type=Text)
    actor: str = Field(sa_type=Text)
    comment: str = Field(sa_type=Text)
    created_at: str = Field(sa_type=Text)


class TicketRow(SQLModel, table=True):
    """A ticket as its last step left it; ``ticket_step`` holds every step."""

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("author", "idem", name="ticket_idem"),
        CheckConstraint(
            "state IN ('reading', 'needs_answer', 'needs_review', 'queued', 'solving', "
            "'checking', 'applied', 'held', 'refused', 'cancelled', 'failed')",
            name="ticket_state",
        ),
        Index("ticket_by_state", "state"),
        Index("ticket_by_conversation", "conversation"),
        Index("ticket_by_proposal", "proposal"),
        _STRICT,
    )

    id: int | None = Field(default=None, primary_key=True)
    revision: int
    state: str = Field(sa_type=Text)
    author: str = Field(sa_type=Text)
    author_role: str = Field(sa_type=Text)
    author_trust: int | None = None
    author_service: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    operation: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    request: str = Field(sa_type=Text)
    plan: str | None = Field(default=None, sa_type=Text)
    keys: str = Field(sa_type=Text)
    conversation: str = Field(sa_type=Text)
    idem: str | None = Field(default=None, sa_type=Text)
    request_sha: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    batch: str = Field(sa_type=Text)
    base_version: int
    propose: int
    agreed: str = Field(sa_type=Text)
    agreed_by: str = Field(sa_type=Text)
    proposal: int | None = Field(default=None, foreign_key="proposal.id")
    version: int | None = Field(default=None, foreign_key="event.version")
    outcome: str = Field(sa_type=Text)
    note: str = Field(sa_type=Text)
    created_at: str = Field(sa_type=Text)
    queued_at: str = Field(sa_type=Text)
    started_at: str = Field(sa_type=Text)
    finished_at: str = Field(sa_type=Text)


class TicketStepRow(SQLModel, table=True):
    """One change of a ticket's state."""

    __tablename__ = "ticket_step"
    __table_args__ = (Index("ticket_step_by_position", "position", unique=True), _STRICT)

    ticket: int = Field(primary_key=True, foreign_key="ticket.id")
    revision: int = Field(primary_key=True)
    state: str = Field(sa_type=Text)
    note: str = Field(sa_type=Text)
    created_at: str = Field(sa_type=Text)
    position: int = Field(sa_column_kwargs={"server_default": "0"})


class LeaseRow(SQLModel, table=True):
    """Which process may do what only one may do at a time, and until when."""

    __tablename__ = "lease"
    __table_args__ = (_STRICT,)

    name: str = Field(primary_key=True, sa_type=Text)
    holder: str = Field(sa_type=Text)
    epoch: int
    expires_at: str = Field(sa_type=Text)


class JobRow(SQLModel, table=True):
    """A job as its last change left it; ``job_change`` holds every change."""

    __tablename__ = "job"
    __table_args__ = (_STRICT,)

    name: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    settings: str = Field(sa_type=Text)
    cron: str = Field(sa_type=Text)
    zone: str = Field(sa_type=Text)
    paused: int
    trust: str = Field(sa_type=Text)
    retries: int
    backoff: int
    made_by: str = Field(sa_type=Text)
    since: str = Field(sa_type=Text)
    removed: int
    revision: int
    created_at: str = Field(sa_type=Text)


class JobChangeRow(SQLModel, table=True):
    """One change of a job."""

    __tablename__ = "job_change"
    __table_args__ = (_STRICT,)

    job: str = Field(primary_key=True, foreign_key="job.name", sa_type=Text)
    revision: int = Field(primary_key=True)
    actor: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    content: str = Field(sa_type=Text)
    created_at: str = Field(sa_type=Text)


class JobRunRow(SQLModel, table=True):
    """A run of a job as its last step left it; ``job_line`` holds every step."""

    __tablename__ = "job_run"
    __table_args__ = (
        UniqueConstraint("job", "slot", name="job_run_slot"),
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="job_run_state"
        ),
        Index("job_run_by_state", "state"),
        _STRICT,
    )

    id: int | None = Field(default=None, primary_key=True)
    job: str = Field(foreign_key="job.name", sa_type=Text)
    kind: str = Field(sa_type=Text)
    settings: str = Field(sa_type=Text)
    trust: str = Field(sa_type=Text)
    slot: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    attempt: int
    dry_run: int
    asked_by: str = Field(sa_type=Text)
    not_before: str = Field(sa_type=Text)
    cancelled_by: str = Field(sa_type=Text)
    cursor: str = Field(sa_type=Text)
    counts: str = Field(sa_type=Text)
    permille: int
    note: str = Field(sa_type=Text)
    created_at: str = Field(sa_type=Text)
    started_at: str = Field(sa_type=Text)
    finished_at: str = Field(sa_type=Text)


class JobSlotRow(SQLModel, table=True):
    """A time at which a job was due, and the run that it became; there is one for each."""

    __tablename__ = "job_slot"
    __table_args__ = (_STRICT,)

    job: str = Field(primary_key=True, foreign_key="job.name", sa_type=Text)
    slot: str = Field(primary_key=True, sa_type=Text)
    run: int = Field(foreign_key="job_run.id")
    created_at: str = Field(sa_type=Text)


class JobLineRow(SQLModel, table=True):
    """One line of a run's log, or one change of its state."""

    __tablename__ = "job_line"
    __table_args__ = (_STRICT,)

    run: int = Field(primary_key=True, foreign_key="job_run.id")
    number: int = Field(primary_key=True)
    state: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    created_at: str = Field(sa_type=Text)


class PrunedRow(SQLModel, table=True):
    """A patch whose files were removed because only versions before ``before`` name it."""

    __tablename__ = "pruned"
    __table_args__ = (_STRICT,)

    sha256: str = Field(primary_key=True, sa_type=Text)
    before: int
    actor: str = Field(sa_type=Text)
    created_at: str = Field(sa_type=Text)


class AccountRow(SQLModel, table=True):
    """An account as the last change left it; ``account_step`` holds every change."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("role IN ('viewer', 'editor', 'reviewer', 'admin')", name="account_role"),
        CheckConstraint("kind IN ('person', 'service')", name="account_kind"),
        CheckConstraint("trust IN (0, 1, 2)", name="account_trust"),
        _STRICT,
    )

    name: str = Field(primary_key=True, sa_type=Text)
    folded: str = Field(sa_type=Text, unique=True)
    role: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    trust: int | None = None
    disabled: int
    made_at: str = Field(sa_type=Text)


class AccountStepRow(SQLModel, table=True):
    """One change of an account; the triggers of its migration forbid to change it."""

    __tablename__ = "account_step"
    __table_args__ = (Index("account_step_by_account", "account"), _STRICT)

    id: int | None = Field(default=None, primary_key=True)
    account: str = Field(sa_type=Text, foreign_key="account.name")
    actor: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    before: str = Field(sa_type=Text)
    after: str = Field(sa_type=Text)
    created_at: str = Field(sa_type=Text)


class HeadRow(SQLModel, table=True):
    """The last version and its hash, in one row; every commit checks and updates it."""

    __tablename__ = "head"
    __table_args__ = (CheckConstraint("id = 1", name="head_one"), _STRICT)

    id: int = Field(default=1, primary_key=True)
    version: int
    hash: str = Field(sa_type=Text)
