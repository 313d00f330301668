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
├── BadSignIn           a name and a password do not belong together
├── NotSignedIn         a request needs an account, and names none
├── TooManyTries        somebody has tried something too often
├── BadPassword         a password cannot be used
├── BadInvitation       a link to set a password cannot be used
├── NoAccounts          a server of others may not start before somebody has a password
├── UnknownToken        somebody has no access token of this number
├── BadToken            an access token cannot be made as asked
├── UnknownConversation there is no conversation of this id in which the actor takes part
├── BadConversation     a conversation cannot be as asked
├── LinkEnded           a link to a conversation was revoked, or never was one
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

from oneedit.errors.base import (
    OneEditError,
)
from oneedit.errors.conversations import BadConversation, LinkEnded, UnknownConversation
from oneedit.errors.graph import (
    BadBook,
    BadFacts,
    GraphAhead,
    GraphForeign,
    GraphInMemory,
    GraphInUse,
    GraphMismatch,
    TooFewSlots,
)
from oneedit.errors.home import (
    BadArchive,
    BadReaderModel,
    CannotWrite,
    DtypeMismatch,
    GenesisMismatch,
    HomeBusy,
    HomeExists,
    HomeNotEmpty,
    HubRefused,
    ModelNeeded,
    NotAFolderForm,
    NotInstalled,
    PatchUnusable,
    StateMismatch,
    StyleMismatch,
    UnknownShape,
)
from oneedit.errors.jobs import (
    BadJob,
    BadRecords,
    JobChanged,
    JobExists,
    NotConsolidated,
    RunCancelled,
    RunEnded,
    RunInterrupted,
    UnknownJob,
    UnknownRun,
)
from oneedit.errors.ledger import (
    BadCheckpoint,
    BadDatabaseUrl,
    FactRefused,
    KeyReserved,
    KeyReused,
    LeaseLost,
    LedgerBusy,
    LedgerDamaged,
    LedgerEmpty,
    LedgerMissing,
    LedgerNewer,
    LedgerNotDurable,
    LedgerUnavailable,
    NotASqliteLedger,
    StaleHead,
    TextRefused,
    WouldPruneHead,
)
from oneedit.errors.people import (
    AccountDisabled,
    AccountExists,
    BadAccount,
    BadInvitation,
    BadPassword,
    BadSignIn,
    BadToken,
    LastAdmin,
    NoAccounts,
    NotPermitted,
    NotSignedIn,
    TooManyTries,
    UnknownAccount,
    UnknownToken,
)
from oneedit.errors.queue import (
    AddressTaken,
    ServerEnded,
    ServerRefused,
    ServerSilent,
    TicketChanged,
    TicketEnded,
    UnknownTicket,
)
from oneedit.errors.replicas import (
    BadReplicas,
    ReplicaBehind,
    ReplicaQuarantined,
    ReplicasUnavailable,
)
from oneedit.errors.reviews import (
    NothingToAllow,
    ProposalChanged,
    UnknownProposal,
    WordsMissing,
    WrongState,
)

__all__ = [
    "AccountDisabled",
    "AccountExists",
    "AddressTaken",
    "BadAccount",
    "BadArchive",
    "BadBook",
    "BadCheckpoint",
    "BadConversation",
    "BadDatabaseUrl",
    "BadFacts",
    "BadInvitation",
    "BadJob",
    "BadPassword",
    "BadReaderModel",
    "BadRecords",
    "BadReplicas",
    "BadSignIn",
    "BadToken",
    "CannotWrite",
    "DtypeMismatch",
    "FactRefused",
    "GenesisMismatch",
    "GraphAhead",
    "GraphForeign",
    "GraphInMemory",
    "GraphInUse",
    "GraphMismatch",
    "HomeBusy",
    "HomeExists",
    "HomeNotEmpty",
    "HubRefused",
    "JobChanged",
    "JobExists",
    "KeyReserved",
    "KeyReused",
    "LastAdmin",
    "LeaseLost",
    "LedgerBusy",
    "LedgerDamaged",
    "LedgerEmpty",
    "LedgerMissing",
    "LedgerNewer",
    "LedgerNotDurable",
    "LedgerUnavailable",
    "LinkEnded",
    "ModelNeeded",
    "NoAccounts",
    "NotAFolderForm",
    "NotASqliteLedger",
    "NotConsolidated",
    "NotInstalled",
    "NotPermitted",
    "NotSignedIn",
    "NothingToAllow",
    "OneEditError",
    "PatchUnusable",
    "ProposalChanged",
    "ReplicaBehind",
    "ReplicaQuarantined",
    "ReplicasUnavailable",
    "RunCancelled",
    "RunEnded",
    "RunInterrupted",
    "ServerEnded",
    "ServerRefused",
    "ServerSilent",
    "StaleHead",
    "StateMismatch",
    "StyleMismatch",
    "TextRefused",
    "TicketChanged",
    "TicketEnded",
    "TooFewSlots",
    "TooManyTries",
    "UnknownAccount",
    "UnknownConversation",
    "UnknownJob",
    "UnknownProposal",
    "UnknownRun",
    "UnknownShape",
    "UnknownTicket",
    "UnknownToken",
    "WordsMissing",
    "WouldPruneHead",
    "WrongState",
]
