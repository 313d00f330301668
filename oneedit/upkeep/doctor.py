"""``oneedit doctor``: says in words what is wrong with a home, and rebuilds what can be rebuilt.

Only projections are rebuilt: rows that the events determine, the graph of a server, and files that
were left half written. The history, which is the events and the head, is never changed.
"""

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from controller import rules
from controller.graph.store import GraphStore
from kg_data.changes import Changes
from kg_data.errors import ExpectedError
from kg_data.relations import RelationBook
from kg_data.shipped import Dataset
from oneedit.errors import LedgerDamaged, LedgerNewer, LedgerUnavailable
from oneedit.ledger import genesis
from oneedit.ledger.examination import LedgerCondition, entities_of_genesis, examine
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from oneedit.ledger.repair import Sources, rebuild
from oneedit.ledger.verification import Fault, faults
from oneedit.state.graph_loading import load_graph
from oneedit.state.lock import HomeLock
from oneedit.upkeep.findings import Checkup, Finding, note, problem, warning
from oneedit.upkeep.patch_files import fault_of
from oneedit.upkeep.start import PATCHES, is_missing, partials, patch_files, remove_partials

LEAST_FREE = 256 * 2**20
"""Bytes that should be free where the home is."""

RESTORE = "Restore a backup: oneedit restore FILE --force."
REPAIR = "Rebuild them from the events: oneedit doctor --repair."
PROJECTIONS = frozenset({"facts", "fold", "entities", "patches"})
"""Codes of faults that a repair mends."""


@dataclass(frozen=True, kw_only=True)
class Doctor:
    """Checks a home.

    Attributes:
        home: the folder.
        book: the relation book that comes with OneEdit, of homes that were made before they kept
            their own.
        data: the facts that come with OneEdit, from which version 0 of a home is made anew if they
            are its own.
        store: the graph of a server; None if the graph is in memory, rebuilt at every start.
        weights: loads the model and returns what is wrong with its weights, or ""; None leaves
            them unchecked.
        location: where the ledger is kept; None for the file of the home.
    """

    home: Path
    book: RelationBook
    data: Dataset
    store: GraphStore | None = None
    weights: Callable[[], str] | None = None
    location: Location | None = None

    @property
    def _place(self) -> Location:
        return self.location or Location.in_home(self.home)

    @property
    def _has_no_file(self) -> bool:
        return self._place.in_file and not self._place.path.exists()

    @property
    def _is_missing(self) -> bool:
        return self._place.in_file and is_missing(self.home)

    def check(self, *, repaired: Sequence[str] = ()) -> Checkup:
        """Return all that is wrong; nothing changes."""
        version, findings = -1, list[Finding]()
        if self._is_missing:
            findings.append(self._missing())
        elif self._has_no_file:
            findings.append(note("no_ledger", f"{self.home} has no version yet."))
        else:
            try:
                with closing(Ledger.at(self._place, self.book)) as ledger:
                    findings += self._of_ledger(ledger)
                    version = ledger.head()
            except (LedgerUnavailable, LedgerDamaged, LedgerNewer) as error:
                findings.append(_unreadable(error))
        findings += [*self._disk(), *self._partials()]
        if not any(each.level == "error" for each in findings):
            findings += self._weights()
        return Checkup(
            home=str(self.home),
            version=version,
            findings=tuple(findings),
            repaired=tuple(repaired),
        )

    def repair(self) -> Checkup:
        """Rebuild the projections, and return what was done and what is still wrong.

        Raises:
            HomeBusy: an edit held the home for too long.
        """
        if not self.home.exists():
            return self.check()
        with HomeLock(self.home).held():
            done = [f"removed {path.name}" for path in remove_partials(self.home)]
            done += self._repaired()
            return self.check(repaired=done)

    # ---------- the checks ----------

    def _missing(self) -> Finding:
        count = len(patch_files(self.home))
        text = f"{self._place.path} is missing or empty, but {count} files of patches are there."
        return problem("no_ledger", text, RESTORE)

    def _of_ledger(self, ledger: Ledger) -> Iterator[Finding]:
        """Yield what is wrong with the ledger, and with what depends on it."""
        condition = examine(ledger)
        yield from _of_condition(condition)
        if condition.revision is None or (ledger.head() < 0 and not ledger.events()):
            if patch_files(self.home):
                yield problem("no_ledger", "The ledger is empty, but patches are there.", RESTORE)
            return
        with ledger.reading() as session:
            found = list(faults(session))
        yield from _of_faults(found)
        if any(fault.code in {"chain", "head"} for fault in found):
            yield note("not_checked", "Patches and graph were not checked: the history is damaged.")
            return
        yield from self._sources(ledger)
        yield from self._patches(ledger, current=condition.revision == condition.newest)
        yield from self._graph(ledger)

    def _sources(self, ledger: Ledger) -> Iterator[Finding]:
        """Yield a finding if the book of an older home is unknown, or its entities were changed."""
        recorded = ledger.event(0).content.genesis
        if ledger.book_at(0) is None and recorded.get(genesis.BOOK) != self.book.sha256:
            yield problem(
                "sources",
                "The home was made with another relation book than this OneEdit has.",
                "Install the OneEdit that made it, or move the home away and start anew.",
            )
            return
        if recorded.get(genesis.FACTS) != self.data.sha256:
            return
        with ledger.reading() as session:
            if entities_of_genesis(session) != {each.id: each for each in self.data.entities}:
                yield problem("entities", "The entities of version 0 were changed.", REPAIR)

    def _patches(self, ledger: Ledger, *, current: bool) -> Iterator[Finding]:
        """Yield the patches that some version names and whose files cannot be used."""
        head = ledger.head()
        live = {entry.sha256 for entry in ledger.patches(head)}
        named: defaultdict[str, list[int]] = defaultdict(list)
        for event in ledger.events():
            for entry in event.content.patches:
                named[entry.sha256].append(event.version)
        pruned = 0
        for sha256, versions in named.items():
            fault = fault_of(self.home / PATCHES, sha256)
            if not fault:
                continue
            where = f"patch {sha256[:12]}, first of version {versions[0]}: {fault}"
            if sha256 in live:
                remedy = (
                    "Put its files back from a backup, or go back to a version without it: "
                    f"oneedit rollback {versions[0] - 1}."
                )
                yield problem("patch", f"The model needs {where}.", remedy)
            elif current and ledger.pruned(sha256):
                pruned += 1
            else:
                remedy = f"Put its files back from a backup; versions {_listed(versions)} need it."
                yield warning("old_patch", f"A roll back needs {where}.", remedy)
        if pruned:
            text = f"{pruned} patches of earlier versions were removed by oneedit prune."
            yield note("pruned", text)

    def _graph(self, ledger: Ledger) -> Iterator[Finding]:
        """Yield a finding if the graph of a server is not the fold of the events."""
        if self.store is None:
            yield note("graph", "The graph is in memory: every start rebuilds it from the ledger.")
            return
        remedy = "Fill it from the ledger: oneedit graph rebuild."
        snapshot, version = ledger.snapshot(), self.store.version
        if self.store.origin != ledger.origin:
            yield problem("graph", "The graph was filled from another ledger.", remedy)
        elif version != snapshot.version:
            text = f"The graph is at version {version}, the ledger at {snapshot.version}."
            yield problem("graph", text, "The next start of OneEdit updates it, or: " + remedy)
        elif sorted(snapshot.facts) != sorted(self.store.facts()):
            yield problem("graph", "The graph holds other facts than the ledger.", remedy)

    def _disk(self) -> Iterator[Finding]:
        folder = self.home if self.home.exists() else self.home.absolute().parent
        if not folder.exists():
            return
        free = shutil.disk_usage(folder).free
        if free < LEAST_FREE:
            text = f"Only {free / 2**20:.0f} MiB are free where {self.home} is."
            remedy = "Free some space; oneedit prune --before V removes old patches."
            yield warning("disk", text, remedy)

    def _partials(self) -> Iterator[Finding]:
        found = partials(self.home)
        if found:
            text = f"{len(found)} files were left half written, such as {found[0].name}."
            yield warning(
                "partial", text, "The next start removes them, or: oneedit doctor --repair."
            )

    def _weights(self) -> Iterator[Finding]:
        if self.weights is None:
            text = "The model's weights were not compared with the ledger."
            yield note("weights", text, "Load the model and compare: oneedit doctor --model.")
            return
        found = self.weights()
        if found:
            yield problem("weights", f"{found[:1].upper()}{found[1:]}.", RESTORE)

    # ---------- the repair ----------

    def _repaired(self) -> Iterator[str]:
        """Repair the rows and the graph, and yield what was done."""
        if self._has_no_file or self._is_missing:
            return
        try:
            with closing(Ledger.at(self._place, self.book)) as ledger:
                examine(ledger)
                if self._needs_rebuild(ledger):
                    rebuild(ledger, self._version_0(ledger))
                    yield "rebuilt the rows of facts, entities and patches from the events"
                if self.store is not None and list(self._graph(ledger)):
                    snapshot = load_graph(ledger, self.store)
                    yield f"filled the graph with {len(snapshot.facts)} facts"
        except (LedgerUnavailable, LedgerDamaged, LedgerNewer) as error:
            yield f"left the ledger as it is: {error}"

    def _needs_rebuild(self, ledger: Ledger) -> bool:
        with ledger.reading() as session:
            found = [fault.code for fault in faults(session)]
        mendable = bool(found) and PROJECTIONS.issuperset(set(found) - {"links"})
        return mendable or any(each.code == "entities" for each in self._sources(ledger))

    def _version_0(self, ledger: Ledger) -> Sources | None:
        """Return what version 0 was made from, if the facts that come with OneEdit are those."""
        if ledger.event(0).content.genesis.get(genesis.FACTS) != self.data.sha256:
            return None
        derived = rules.closure(self.data.facts, ledger.book_at(0) or self.book)
        facts = Changes(added=tuple(self.data.facts), derived_added=tuple(derived))
        return Sources(self.data.entities, facts)


def _of_condition(condition: LedgerCondition) -> Iterator[Finding]:
    if condition.revision != condition.newest:
        text = f"The tables have revision {condition.revision}, the newest is {condition.newest}."
        yield note("schema", text, "The next start of OneEdit migrates them.")
    for text in condition.integrity[:3]:
        yield problem("integrity", f"The database's file is damaged: {text}.", RESTORE)
    for table in condition.foreign_keys:
        text = f"Rows of the table {table} name versions that are not there."
        yield problem("foreign_keys", text, RESTORE)
    if condition.triggers:
        text = f"The protection of the history was removed: {', '.join(condition.triggers)}."
        yield warning("triggers", text, "Find out who changed the database, and restore a backup.")


def _of_faults(found: Sequence[Fault]) -> Iterator[Finding]:
    """Yield a finding for each kind of fault, with the versions where it shows."""
    kinds: defaultdict[str, list[Fault]] = defaultdict(list)
    for fault in found:
        kinds[fault.code].append(fault)
    for code, same in kinds.items():
        versions = _listed([fault.version for fault in same])
        text = f"The ledger is not as it was recorded at version {versions}: {same[0].detail}."
        yield problem(code, text, REPAIR if code in PROJECTIONS else RESTORE)


def _unreadable(error: ExpectedError) -> Finding:
    if isinstance(error, LedgerNewer):
        return problem("schema", f"{error}.", "Install the newer OneEdit.")
    return problem("database", f"{error}.", RESTORE)


def _listed(versions: Sequence[int], most: int = 10) -> str:
    shown = ", ".join(map(str, versions[:most]))
    return shown if len(versions) <= most else f"{shown} and {len(versions) - most} more"
