"""Removes patches that only old versions name; those versions cannot come back then."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from oneedit.errors import WouldPruneHead
from oneedit.ledger.ledger import Ledger
from oneedit.state.lock import HomeLock
from oneedit.upkeep.patch_files import files_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """What pruning removes, or has removed.

    Attributes:
        before: versions before this one may lose their patches.
        patches: hashes of the patches, sorted.
        files: their files that are there.
        bytes: size of those files.
        done: whether they were removed.
    """

    before: int
    patches: tuple[str, ...]
    files: tuple[str, ...]
    bytes: int
    done: bool


def prune(home: Path, ledger: Ledger, *, before: int, actor: str, dry_run: bool) -> Pruning:
    """Remove the patches that no version from ``before`` on names, or say which they are.

    The ledger records them first: a roll back that needs one is then refused with the reason.

    Raises:
        WouldPruneHead: ``before`` is not a version after the first.
        HomeBusy: an edit held the home for too long.
        OSError: a file cannot be removed; pruning again goes on.
    """
    with HomeLock(home).held():
        head = ledger.head()
        if not 1 <= before <= head:
            raise WouldPruneHead(before, head)
        patches = _only_before(ledger, before)
        files = files_of(home, patches)
        size = sum(path.stat().st_size for path in files)
        if not dry_run:
            ledger.record_pruned(patches, before=before, actor=actor)
            for path in files:
                path.unlink(missing_ok=True)
    return Pruning(
        before=before,
        patches=tuple(patches),
        files=tuple(path.name for path in files),
        bytes=size,
        done=not dry_run,
    )


def _only_before(ledger: Ledger, before: int) -> Sequence[str]:
    """Return the patches that some version before one names, and none from it on."""
    early, late = set[str](), set[str]()
    for event in ledger.events():
        named = late if event.version >= before else early
        named.update(entry.sha256 for entry in event.content.patches)
    return sorted(early - late)
