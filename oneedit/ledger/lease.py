"""Leases: one process at a time may do something, and a process that has lost it is stopped.

The epoch grows whenever a lease changes hands. Whoever acts under a lease checks it inside the
transaction of the act, so that a process that was asleep while another took over changes nothing.
"""

import os
import secrets
import socket
from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta

import psutil
from sqlmodel import Session

from oneedit.errors import LeaseLost
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.tables import LeaseRow

TERM = timedelta(seconds=15)
"""How long a lease lasts without being renewed."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease in the hands of one process.

    Attributes:
        ledger: whose database records it.
        name: what may be done under it.
        holder: the process, as :func:`new_holder` names it.
        epoch: how often it has changed hands.
    """

    _: KW_ONLY
    ledger: Ledger
    name: str
    holder: str
    epoch: int

    @classmethod
    def acquire(cls, ledger: Ledger, name: str, holder: str) -> "Lease | None":
        """Return the lease, or None while another living process holds it."""
        with ledger.writing() as session:
            row = session.get(LeaseRow, name)
            if row is None:
                row = LeaseRow(name=name, holder="", epoch=0, expires_at="")
                session.add(row)
            elif row.holder and row.holder != holder and not _is_over(row, ledger.now()):
                return None
            row.epoch += row.holder != holder
            row.holder, row.expires_at = holder, _end(ledger.now())
            return cls(ledger=ledger, name=name, holder=holder, epoch=row.epoch)

    @classmethod
    def process_with(cls, ledger: Ledger, name: str) -> int | None:
        """Return the id of the process that has a lease now, on whatever host; None if none has."""
        with ledger.reading() as session:
            row = session.get(LeaseRow, name)
            if row is None or not row.holder or _is_over(row, ledger.now()):
                return None
            return int(row.holder.rsplit("/", 3)[1])

    def renew(self) -> None:
        """Extend the lease.

        Raises:
            LeaseLost: another process has it by now.
        """
        with self.ledger.writing() as session:
            self.check(session).expires_at = _end(self.ledger.now())

    def release(self) -> None:
        """Give the lease back, unless another process has it by now."""
        with self.ledger.writing() as session:
            row = session.get(LeaseRow, self.name)
            if row is not None and (row.holder, row.epoch) == (self.holder, self.epoch):
                row.holder = ""

    def check(self, session: Session) -> LeaseRow:
        """Return the lease's row, in the transaction of an act under it.

        Raises:
            LeaseLost: another process has it by now.
        """
        row = session.get(LeaseRow, self.name)
        if row is None or (row.holder, row.epoch) != (self.holder, self.epoch):
            raise LeaseLost(self.name)
        return row


def new_holder() -> str:
    """Return a name for a holder in this process: host, process, its start, and a random part."""
    started = int(psutil.Process().create_time())
    return f"{socket.gethostname()}/{os.getpid()}/{started}/{secrets.token_hex(4)}"


def _end(now: str) -> str:
    return (datetime.fromisoformat(now) + TERM).isoformat(timespec="seconds")


def _is_over(row: LeaseRow, now: str) -> bool:
    """Tell whether a lease has expired, or its process on this host has ended."""
    return row.expires_at <= now or _has_ended(row.holder)


def _has_ended(holder: str) -> bool:
    host, pid, started, _ = holder.rsplit("/", 3)
    if host != socket.gethostname():
        return False
    try:
        return int(psutil.Process(int(pid)).create_time()) != int(started)
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False
