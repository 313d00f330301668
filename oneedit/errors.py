"""Errors of the ``oneedit`` package.

OneEditError
├── HomeBusy            another edit holds the lock of ONEEDIT_HOME for too long
├── GenesisMismatch     the home was made for another model, or by an OneEdit with another book
├── StyleMismatch       the home was created with another prompt style
├── DtypeMismatch       the model's weights were loaded in another dtype than the home was made with
├── StaleHead           another version was committed between plan and commit; plan again
├── FactRefused         a fact to add violates a constraint, or a fact to remove is not active
├── KeyReused           an idempotency key was used again with another request
├── KeyReserved         an idempotency key begins as those that OneEdit uses itself
├── LeaseLost           another process has taken over what this one was doing
├── ModelNeeded         what was asked for needs the model, which was not loaded
├── UnknownTicket       there is no ticket of this number
├── TicketEnded         a ticket was cancelled, or has failed
├── ServerSilent        the server that owns the home does not answer, or not as it should
├── ServerEnded         the server ended while somebody waited for it
├── ServerRefused       the server has refused what was asked of it
├── TicketChanged       a ticket has another state than the one that an action needs
├── UnknownJob          there is no job of this name
├── UnknownRun          there is no run of a job of this number
├── JobExists           there is a job of this name already
├── JobChanged          somebody has changed a job since it was looked at
├── BadJob              a job's name, kind, settings, schedule or trust cannot be used
├── NotConsolidated     a job's consolidation was held back; nothing was changed
├── RunEnded            a run of a job is over, so that it cannot be cancelled
├── RunCancelled        somebody has cancelled a run of a job while it ran
├── RunInterrupted      a run of a job ends because its process does; it goes on later
├── UnknownProposal     there is no proposal of this number
├── WrongState          a proposal's state does not allow an action
├── NotPermitted        an actor may not ask for something, or take an action on a proposal
├── UnknownAccount      nobody has an account of this name
├── AccountDisabled     an account was disabled
├── AccountExists       an account of this name, or of one that looks like it, is there
├── BadAccount          a name cannot be that of an account
├── LastAdmin           nobody would be left who manages people
├── ProposalChanged     somebody has changed a proposal since it was looked at
├── NothingToAllow      no screen has found anything in a proposal
├── WordsMissing        a reason, question or comment is empty
├── LedgerUnavailable   the ledger's file or database cannot be read or written
│   └── LedgerBusy      another transaction was in the way; nothing was changed
├── LedgerNewer         the ledger's tables are those of a newer OneEdit
├── LedgerNotDurable    the ledger's database may lose what it has committed
├── BadDatabaseUrl      the address of the ledger's database is no PostgreSQL address
├── TextRefused         a text has a character that the ledger cannot keep
├── LedgerDamaged       the ledger differs from its hash chain
├── LedgerEmpty         the home has no version yet
├── LedgerMissing       patches are there, but no ledger that names them
├── PatchUnusable       the file of a patch is missing, damaged or was pruned
├── HomeExists          a home is to be made where there is one
├── BadBook             a relation book contradicts itself
├── BadFacts            the facts for a new home are bad, or there are none
├── BadArchive          a backup cannot be read, or holds other bytes than it says
├── HomeNotEmpty        a backup would be restored over what is there
├── NotASqliteLedger    a command works on the file of a ledger, but a server keeps it
├── WouldPruneHead      a command would remove patches that are in use, or has no version to keep
├── BadCheckpoint       a signed checkpoint cannot be read, or does not agree with the ledger
├── GraphMismatch       the graph does not hold the facts of the ledger
├── GraphForeign        the graph was filled from another ledger
├── GraphAhead          the graph has versions that the ledger lacks
├── GraphInMemory       there is no server with a graph to rebuild
├── GraphInUse          a benchmark would replace the graph of a server
├── StateMismatch       the model's weights are not those that the ledger recorded
├── CannotWrite         a file or folder cannot be written
├── NotAFolderForm      only an export that is a folder can be uploaded
├── HubRefused          the Hugging Face hub cannot be reached, or refuses an upload
├── NotInstalled        this installation lacks a part that a command needs
├── BadReaderModel      the chat model that reads messages cannot be asked
├── BadReplicas         the number of replicas and the engine that runs them do not fit
├── ReplicaQuarantined  a replica's weights are not those that the ledger recorded
├── ReplicaBehind       a replica has not reached the version that a question needs
├── ReplicasUnavailable no replica can be started, reached, or answers in time
├── AddressTaken        the server cannot listen on the address of the settings
├── TooFewSlots         there are too few facts to draw what a benchmark needs
├── BadRecords          records of a source cannot be read, so that its pull ended
└── UnknownShape        no architecture has the name given for a random model
"""

from collections.abc import Sequence
from pathlib import Path

from kg_data.errors import ExpectedError

MAX_SHOWN = 60
"""Characters of a refused text that its error shows, at most."""


class OneEditError(ExpectedError):
    """Base class of the errors that this package raises on purpose."""


class HomeBusy(OneEditError):
    """Another edit holds the home's lock."""

    http_status = 503

    def __init__(self, home: Path, seconds: float) -> None:
        self.home = home
        super().__init__(
            f"another edit has held {home} for more than {seconds:.0f} seconds; try again later"
        )


class GenesisMismatch(OneEditError):
    """The home was created from other sources; ``names`` lists which differ."""

    exit_code = 2
    http_status = 422

    def __init__(self, home: Path, names: Sequence[str], *, in_file: bool = True) -> None:
        self.home, self.names = home, tuple(names)
        database = "" if in_file else ", with an empty database in ONEEDIT_DATABASE_URL"
        weights = " or, if it is the same model, its ONEEDIT_DTYPE" if "base model" in names else ""
        super().__init__(
            f"{home} was made with other {' and '.join(names)}. Restore the files it was made "
            f"with{weights}, or move it away and start anew: mv {home} {home}.old{database}"
        )


class DtypeMismatch(OneEditError):
    """The model's weights were loaded in another dtype than the home was made with."""

    exit_code = 2
    http_status = 422

    def __init__(self, home: Path, made_in: str, found: str) -> None:
        self.home, self.made_in, self.found = home, made_in, found
        super().__init__(
            f"{home} was made with the model's weights in {made_in}, but they were loaded in "
            f"{found}. Set ONEEDIT_DTYPE={made_in}, or leave it out"
        )


class StyleMismatch(OneEditError):
    """The home was created with another prompt style, in which its edits were taught."""

    exit_code = 2
    http_status = 422

    def __init__(self, home: Path, recorded: str, wanted: str) -> None:
        super().__init__(
            f"{home} was made with the prompt style {recorded}, in which its edits were taught, "
            f"not {wanted}. Set ONEEDIT_PROMPT_STYLE to {recorded} or auto, or begin another home"
        )


class StaleHead(OneEditError):
    """The ledger's head is not the version that was planned for; plan again."""

    http_status = 409

    def __init__(self, *, planned: int, current: int) -> None:
        self.planned, self.current = planned, current
        super().__init__(f"planned for version {planned}, but the ledger is at {current}")


class FactRefused(OneEditError):
    """A fact to add violates a constraint, or a fact to remove is not active."""

    http_status = 409

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(f"the ledger refused a fact: {detail}")


class KeyReused(OneEditError):
    """An idempotency key was used again with another request."""

    http_status = 422

    def __init__(self, key: str, number: int, *, of: str = "version") -> None:
        self.key, self.number = key, number
        super().__init__(f"the idempotency key {key!r} belongs to another request, {of} {number}")


class KeyReserved(OneEditError):
    """An idempotency key begins as those that OneEdit uses itself."""

    exit_code = 2
    http_status = 422

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"choose another idempotency key than {key!r}: OneEdit uses such keys")


class LeaseLost(OneEditError):
    """Another process has taken over what this one was doing; nothing was changed."""

    http_status = 503

    def __init__(self, name: str) -> None:
        super().__init__(
            f"another process has become the {name} of this home; it goes on with what waits"
        )


class UnknownTicket(OneEditError):
    """There is no ticket of this number."""

    exit_code = 2
    http_status = 404

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no ticket {number} in this home")


class ModelNeeded(OneEditError):
    """What was asked for needs the model; whoever has not loaded it loads it, and asks again."""

    def __init__(self) -> None:
        super().__init__("this needs the model, which is not loaded")


class TicketEnded(OneEditError):
    """A ticket was cancelled, or has failed, while somebody waited for it."""

    def __init__(self, number: int, state: str, note: str) -> None:
        self.number, self.state, self.note = number, state, note
        again = f"; try again: oneedit tickets agree {number}" if state == "failed" else ""
        reason = f" ({note.rstrip('.')})" if note else ""
        super().__init__(f"ticket {number} is {state}{reason}; nothing was changed{again}")


class ServerSilent(OneEditError):
    """The server that owns a home does not answer, or not as it should."""

    http_status = 503

    def __init__(self, home: Path, reason: str) -> None:
        self.home = home
        super().__init__(
            f"the server that owns {home} cannot be used: {reason}. End it, and start it again"
        )


class ServerEnded(OneEditError):
    """The server ended while somebody waited for it; ``number`` is the ticket, if there is one."""

    http_status = 503

    def __init__(self, number: int | None = None) -> None:
        self.number = number
        kept = "look whether it has taken what you asked for: oneedit tickets list --all"
        if number is not None:
            kept = f"ticket {number} is kept, and goes on with: oneedit tickets follow {number}"
        super().__init__(f"the server has ended meanwhile; {kept}")


class ServerRefused(OneEditError):
    """The server has refused what was asked of it; message and exit code are its own."""

    def __init__(self, message: str, *, exit_code: int, http_status: int) -> None:
        self.exit_code, self.http_status = exit_code, http_status
        super().__init__(message)


class TicketChanged(OneEditError):
    """A ticket has another state than the one that an action needs."""

    exit_code = 2
    http_status = 409

    def __init__(self, number: int, state: str, action: str) -> None:
        self.number, self.state = number, state
        words = state.replace("_", " ")
        super().__init__(f"ticket {number} is {words} by now, so that you cannot {action} it")


class UnknownJob(OneEditError):
    """There is no job of this name."""

    exit_code = 2
    http_status = 404

    def __init__(self, name: str, known: Sequence[str] = ()) -> None:
        self.name, self.known = name, tuple(known)
        there = f"there are {', '.join(known)}" if known else "there are none yet: oneedit jobs add"
        super().__init__(f"there is no job {name!r}; {there}")


class UnknownRun(OneEditError):
    """There is no run of a job of this number."""

    exit_code = 2
    http_status = 404

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no run {number}; list them: oneedit jobs show NAME")


class JobExists(OneEditError):
    """There is a job of this name already."""

    exit_code = 2
    http_status = 409

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a job {name!r} already; change it: oneedit jobs edit {name}")


class JobChanged(OneEditError):
    """A job has another revision than the one that was looked at."""

    exit_code = 2
    http_status = 409

    def __init__(self, name: str) -> None:
        super().__init__(f"somebody has changed the job {name!r} meanwhile; look at it again")


class BadJob(OneEditError):
    """A job's name, kind, settings, schedule or trust cannot be used; ``part`` says which."""

    exit_code = 2
    http_status = 422

    def __init__(self, part: str, reason: str) -> None:
        self.part, self.reason = part, reason
        super().__init__(f"{part}: {reason}")


class NotConsolidated(OneEditError):
    """A job's consolidation was held back; nothing was changed."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(f"nothing was consolidated: {'; '.join(reasons)}")


class RunEnded(OneEditError):
    """A run of a job is over, so that it cannot be cancelled."""

    exit_code = 2
    http_status = 409

    def __init__(self, number: int, state: str) -> None:
        self.number, self.state = number, state
        super().__init__(f"run {number} is {state} already; there is nothing to cancel")


class RunCancelled(OneEditError):
    """Somebody has cancelled a run of a job while it ran."""

    def __init__(self, by: str) -> None:
        self.by = by
        super().__init__(f"cancelled by {by}")


class RunInterrupted(OneEditError):
    """A run of a job ends because its process does; the next one goes on with it."""

    http_status = 503

    def __init__(self) -> None:
        super().__init__("the server ends; the run goes on when it is back")


class UnknownProposal(OneEditError):
    """There is no proposal of this number."""

    exit_code = 2
    http_status = 404

    def __init__(self, proposal_id: int) -> None:
        self.proposal_id = proposal_id
        super().__init__(f"there is no proposal {proposal_id}; list them: oneedit reviews list")


class WrongState(OneEditError):
    """A proposal's state does not allow an action; ``allowed`` names those it allows."""

    exit_code = 2
    http_status = 409

    def __init__(self, action: str, state: str, allowed: Sequence[str]) -> None:
        self.action, self.state, self.allowed = action, state, tuple(allowed)
        super().__init__(
            f"{_words(action)} is not possible while the proposal is in the state "
            f"{_words(state)}; possible: {', '.join(map(_words, allowed))}"
        )


class NotPermitted(OneEditError):
    """An actor may not take an action, on a proposal by default; ``reason`` says why."""

    exit_code = 2
    http_status = 403

    def __init__(self, actor: str, action: str, reason: str, *, of: str = "this proposal") -> None:
        self.actor, self.action, self.reason = actor, action, reason
        what = f"{_words(action)} {of}".rstrip()
        super().__init__(f"{actor} may not {what}: {reason}")


class UnknownAccount(OneEditError):
    """Nobody has an account of this name."""

    exit_code = 2
    http_status = 404

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"there is no account {name!r}; list them: oneedit users list")


class AccountDisabled(OneEditError):
    """An account was disabled; nothing is done in its name."""

    exit_code = 2
    http_status = 403

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"the account {name} is disabled; an administrator can enable it: "
            f"oneedit users enable {name}"
        )


class AccountExists(OneEditError):
    """An account of this name is there, or of one that differs only in how it is written."""

    exit_code = 2
    http_status = 409

    def __init__(self, name: str, known: str) -> None:
        self.name, self.known = name, known
        super().__init__(
            f"there is an account {known!r} already; choose another name than {name!r}, or change "
            f"that one: oneedit users role {known} ROLE"
        )


class BadAccount(OneEditError):
    """A name cannot be that of an account."""

    exit_code = 2
    http_status = 422

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(f"{_short(name)} cannot be the name of an account: {reason}")


class LastAdmin(OneEditError):
    """Nobody would be left who manages people."""

    exit_code = 2
    http_status = 409

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"{name} is the last administrator; make somebody else one first: "
            "oneedit users role NAME admin"
        )


class ProposalChanged(OneEditError):
    """A proposal has another revision than the one that was looked at.

    Attributes:
        proposal_id, seen, current: the proposal, the revision the caller had seen, and its own.
        since: what happened in between, a sentence each.
    """

    exit_code = 2
    http_status = 409

    def __init__(self, proposal_id: int, *, seen: int, current: int, since: Sequence[str]) -> None:
        self.proposal_id, self.seen, self.current = proposal_id, seen, current
        self.since = tuple(since)
        changes = f" ({'; '.join(since)})" if since else ""
        super().__init__(
            f"proposal {proposal_id} has changed since revision {seen}{changes}; look at "
            f"revision {current} first: oneedit reviews show {proposal_id}"
        )


class WordsMissing(OneEditError):
    """An action needs words, and there are none."""

    exit_code = 2
    http_status = 422

    def __init__(self, action: str) -> None:
        self.action = action
        super().__init__(f"say in words what this is about: {_words(action)} needs a text")


class NothingToAllow(OneEditError):
    """No screen has found anything in a proposal that could be a false positive."""

    exit_code = 2
    http_status = 409

    def __init__(self, proposal_id: int) -> None:
        self.proposal_id = proposal_id
        super().__init__(
            f"no screen has found anything in proposal {proposal_id}; approve or reject it"
        )


class LedgerUnavailable(OneEditError):
    """The ledger's file or database cannot be read or written now."""

    http_status = 503

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(f"the ledger cannot be used: {detail}")


class LedgerBusy(LedgerUnavailable):
    """Another transaction was in the way; nothing was changed, and it may be tried again."""


class LedgerNewer(OneEditError):
    """The ledger's tables are those of a newer OneEdit."""

    exit_code = 2
    http_status = 503

    def __init__(self, found: str, newest: str) -> None:
        self.found, self.newest = found, newest
        super().__init__(
            f"the ledger was migrated by a newer OneEdit, to revision {found}; this one knows "
            f"revisions up to {newest}. Install the newer OneEdit, or restore a backup that was "
            "made before"
        )


class LedgerNotDurable(OneEditError):
    """The ledger's database may lose what it has committed, or cannot keep every text."""

    exit_code = 2

    def __init__(self, finding: str, remedy: str) -> None:
        self.finding, self.remedy = finding, remedy
        super().__init__(
            f"the ledger's database does not keep all it is given: {finding}. {remedy}"
        )


class BadDatabaseUrl(OneEditError):
    """The address of the ledger's database is no PostgreSQL address; it may hold a password."""

    exit_code = 2
    http_status = 422

    def __init__(self) -> None:
        super().__init__(
            "ONEEDIT_DATABASE_URL must be the address of a PostgreSQL database, as in "
            "postgresql://USER:PASSWORD@HOST:5432/DATABASE (escape special characters of the "
            "password, as in %40 for @), or empty for a file in the home"
        )


class TextRefused(OneEditError):
    """A text has a NUL character or half of a character, which the ledger cannot keep."""

    exit_code = 2
    http_status = 422

    def __init__(self, text: str) -> None:
        self.text = text
        if "\x00" in text:
            advice = f"leave out the NUL character of this text: {_short(text)}"
        else:
            advice = (
                f"a part of this text is no character in UTF-8: {_short(text)}; send it as UTF-8 "
                "(in a terminal, with LC_ALL=C.UTF-8)"
            )
        super().__init__(advice)


class LedgerDamaged(OneEditError):
    """The ledger's rows differ from its hash chain."""

    def __init__(self, version: int, detail: str) -> None:
        self.version, self.detail = version, detail
        super().__init__(
            f"the ledger is damaged at version {version}: {detail}. "
            "What is wrong and what to do about it, says: oneedit doctor"
        )


class LedgerEmpty(OneEditError):
    """The home has no version yet."""

    exit_code = 2
    http_status = 422

    def __init__(self, home: Path) -> None:
        self.home = home
        super().__init__(f"{home} has no version yet; make version 0 first: oneedit status")


class LedgerMissing(OneEditError):
    """A home has patches, but no ledger that names them: it was lost or emptied."""

    exit_code = 2
    http_status = 503

    def __init__(self, path: Path, patches: int) -> None:
        self.path, self.patches = path, patches
        super().__init__(
            f"{path} is missing or empty, but {patches} {'file' if patches == 1 else 'files'} of "
            f"patches lie beside it. Restore a backup: oneedit restore FILE --force; or start "
            f"anew without the edits: mv {path.parent} {path.parent}.old"
        )


class PatchUnusable(OneEditError):
    """The file of a patch that a version needs cannot be used."""

    http_status = 503

    def __init__(
        self, sha256: str, *, edit: int, reason: str, restorable: int | None = None
    ) -> None:
        self.sha256, self.edit, self.restorable = sha256, edit, restorable
        back = (
            ""
            if restorable is None
            else (f"; or go back to the last version without it: oneedit rollback {restorable}")
        )
        super().__init__(
            f"the patch {sha256[:12]} of version {edit} cannot be used: {reason}. Put its files "
            f"back from a backup{back}"
        )


class BadArchive(OneEditError):
    """A backup cannot be read, or holds other bytes than its manifest says."""

    exit_code = 2
    http_status = 422

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path} cannot be restored: {reason}; take another backup")


class HomeNotEmpty(OneEditError):
    """A backup would be restored over what is there."""

    exit_code = 2
    http_status = 409

    def __init__(self, home: Path) -> None:
        self.home = home
        super().__init__(
            f"{home} is not empty; name an empty folder with --home, or add --force, which moves "
            "what is there aside"
        )


class NotASqliteLedger(OneEditError):
    """A command works on the file of a ledger, but a database server keeps it."""

    exit_code = 2
    http_status = 422

    def __init__(self) -> None:
        super().__init__(
            "a PostgreSQL server keeps the ledger: save it with pg_dump, before the patches, and "
            "save those with: oneedit backup FILE --patches-only"
        )


class WouldPruneHead(OneEditError):
    """Pruning would leave no version to keep, or none to remove."""

    exit_code = 2
    http_status = 422

    def __init__(self, version: int, head: int) -> None:
        self.version, self.head = version, head
        super().__init__(f"--before {version} must name a version from 1 to {head}, the last one")


class BadCheckpoint(OneEditError):
    """A signed checkpoint cannot be read, or does not agree with the ledger."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path}: {reason}")


class GraphMismatch(OneEditError):
    """The graph differs from the ledger's facts at a version."""

    def __init__(self, version: int) -> None:
        self.version = version
        super().__init__(
            f"the graph does not hold the facts of version {version}; start anew to rebuild it, "
            "or, if Neo4j keeps it: oneedit graph rebuild"
        )


class GraphForeign(OneEditError):
    """The graph was filled from another ledger."""

    exit_code = 2
    http_status = 422

    def __init__(self, home: Path) -> None:
        self.home = home
        super().__init__(
            f"the graph was not filled from the ledger of {home}. Give this home a database of "
            "its own with ONEEDIT_NEO4J_DATABASE or another server, or replace what the graph "
            "holds: oneedit graph rebuild"
        )


class GraphAhead(OneEditError):
    """The graph has versions that the ledger lacks."""

    exit_code = 2
    http_status = 422

    def __init__(self, *, graph: int, ledger: int) -> None:
        self.graph, self.ledger = graph, ledger
        super().__init__(
            f"the graph is at version {graph}, but the ledger ends at {ledger}. Restore the "
            "newer ledger, or bring the graph back to this one: oneedit graph rebuild"
        )


class GraphInMemory(OneEditError):
    """There is no server with a graph to rebuild."""

    exit_code = 2
    http_status = 422

    def __init__(self) -> None:
        super().__init__(
            "the graph is in memory and rebuilt at every start; set ONEEDIT_NEO4J_URI to keep it "
            "in a Neo4j server"
        )


class GraphInUse(OneEditError):
    """A server holds a graph that the benchmark would replace."""

    exit_code = 2
    http_status = 422

    def __init__(self, uri: str, version: int) -> None:
        self.uri, self.version = uri, version
        super().__init__(
            f"{uri} holds a graph at version {version}, which the benchmark would replace; "
            "give an empty database"
        )


class StateMismatch(OneEditError):
    """The hash of the weights is not the one recorded for a version."""

    def __init__(self, version: int, *, recorded: str, found: str) -> None:
        self.version, self.recorded, self.found = version, recorded, found
        super().__init__(
            f"the weights of version {version} should have the hash {recorded[:12]}, "
            f"but have {found[:12]}; restore the patches of this home"
        )


class CannotWrite(OneEditError):
    """A file or folder cannot be written."""

    exit_code = 2
    http_status = 422

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(f"{path} cannot be written ({reason}); name another place")


class NotAFolderForm(OneEditError):
    """Only an export that is a folder can be uploaded; nothing was written."""

    exit_code = 2
    http_status = 422

    def __init__(self, form: str) -> None:
        self.form = form
        super().__init__(
            f"an export in the form {form} is one file, which the hub would not know; "
            "upload the form hf or lora"
        )


class HubRefused(OneEditError):
    """The Hugging Face hub cannot be reached, or refuses an upload.

    Attributes:
        name: of the repository.
        folder: the export, which stays where it is; None if nothing was written.
    """

    exit_code = 2
    http_status = 422

    def __init__(self, name: str, folder: Path | None, reason: str) -> None:
        self.name, self.folder = name, folder
        kept = f"; the export is in {folder}" if folder else "; nothing was written"
        first = reason.strip().partition("\n")[0].rstrip(".")
        super().__init__(f"{name} was not uploaded ({first}){kept}. Log in with: hf auth login")


class NotInstalled(OneEditError):
    """A part that a command needs is missing."""

    def __init__(self, part: str) -> None:
        self.part = part
        super().__init__(f"this installation has no {part}")


class BadReaderModel(OneEditError):
    """The chat model of ``ONEEDIT_READER_MODEL`` cannot be asked."""

    exit_code = 2
    http_status = 422

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(f"ONEEDIT_READER_MODEL={name}: {reason}")


class BadReplicas(OneEditError):
    """The number of replicas and the engine that runs them do not fit."""

    exit_code = 2
    http_status = 422

    def __init__(self, replicas: int, engine: str) -> None:
        self.replicas, self.engine = replicas, engine
        super().__init__(
            f"{replicas} replicas need something that runs them; add --engine ray"
            if replicas
            else f"the engine {engine} has no replicas to run; say how many with --replicas"
        )


class ReplicaQuarantined(OneEditError):
    """A replica's weights are not those that the ledger recorded, and it answers no more."""

    http_status = 503

    def __init__(self, version: int, reason: str) -> None:
        self.version, self.reason = version, reason
        super().__init__(f"a replica could not go to version {version} and is set aside: {reason}")


class ReplicaBehind(OneEditError):
    """A replica has not reached the version that a question needs."""

    http_status = 503

    def __init__(self, version: int, wanted: int) -> None:
        self.version, self.wanted = version, wanted
        super().__init__(
            f"the replica that was asked is at version {version}, and the question needs version "
            f"{wanted}; try again later"
        )


class ReplicasUnavailable(OneEditError):
    """No replica can be started or reached, or none answers in time."""

    http_status = 503

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"no replica answers ({reason}); see the log of the server")


class AddressTaken(OneEditError):
    """The server cannot listen on an address."""

    def __init__(self, host: str, port: int, detail: str) -> None:
        self.host, self.port = host, port
        super().__init__(
            f"cannot listen on {host}:{port} ({detail}); choose another with ONEEDIT_PORT"
        )


class TooFewSlots(OneEditError):
    """There are too few facts to draw what a benchmark needs."""

    def __init__(self, made: int, wanted: int) -> None:
        self.made, self.wanted = made, wanted
        super().__init__(f"there are facts for {made} of {wanted} only; ask for fewer")


class BadRecords(OneEditError):
    """Records of a source cannot be read; the pull ended before their batch."""

    exit_code = 2
    http_status = 422

    def __init__(self, last: str, count: int) -> None:
        self.last, self.count = last, count
        super().__init__(
            f"{last} ({count} bad records so far); correct the source or its mapping, or skip "
            "more of them"
        )


class HomeExists(OneEditError):
    """A home is to be made where there is one."""

    exit_code = 2
    http_status = 409

    def __init__(self, home: Path, version: int) -> None:
        self.home, self.version = home, version
        super().__init__(
            f"{home} is a home already, at version {version}; nothing was changed. Give another "
            f"folder in ONEEDIT_HOME, move it away (mv {home} {home}.old), or add facts to it with "
            "oneedit pull FILE"
        )


class BadBook(OneEditError):
    """A relation book contradicts itself."""

    exit_code = 2
    http_status = 422

    def __init__(self, path: object, faults: Sequence[str]) -> None:
        self.path, self.faults = path, tuple(faults)
        super().__init__(
            f"{path} has {_some(faults)}\nCorrect the file; oneedit relations lint {path} shows all"
        )


class BadFacts(OneEditError):
    """The facts for a new home are bad, or there are none; nothing was made."""

    exit_code = 2
    http_status = 422

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        remedy = (
            "Correct the files or the relation book; give classes in a file with the columns "
            "id,class,qid (--entities); or leave all these out with --skip-bad"
        )
        text = f"{_some(faults)}\n{remedy}" if faults else "no facts in the files"
        super().__init__(f"no home was made: {text}")


MOST_FAULTS = 20
"""Faults that a message lists."""


def _some(faults: Sequence[str]) -> str:
    """Return the number of faults and the first of them, one a line."""
    shown = "".join(f"\n  {each}" for each in faults[:MOST_FAULTS])
    more = len(faults) - MOST_FAULTS
    return f"{len(faults)} faults:{shown}" + (f"\n  and {more} more" if more > 0 else "")


class UnknownShape(OneEditError):
    """No architecture has this name."""

    exit_code = 2
    http_status = 422

    def __init__(self, family: str) -> None:
        self.family = family
        super().__init__(
            f"there is no family of models {family!r}; name one as in gpt2-random-6x256"
        )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _short(text: str) -> str:
    """Return a text in quotes, without its end if it is long."""
    return repr(text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}...")
