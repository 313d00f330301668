"""A signed note of the ledger's head, to be kept elsewhere and compared later.

The hash chain shows that events agree with each other; somebody who can write the database can
compute all of it anew. A checkpoint that lies elsewhere shows that the history up to its version is
still the one that was signed. It is signed with HMAC-SHA256: whoever has the key can sign, so the
key protects only if it is kept where those who can write the database cannot read it.
"""

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from oneedit.errors import BadCheckpoint, CannotWrite, LedgerEmpty
from oneedit.ledger.hashing import canonical_json
from oneedit.ledger.ledger import Ledger

ALGORITHM = "HMAC-SHA256"
KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    """A version of a ledger and its hash, signed.

    Attributes:
        version, hash: the last version, and its hash in the chain.
        origin: the hash of version 0, by which the ledger differs from others.
        created_at: time in UTC, ISO 8601.
        algorithm: how it is signed.
        signature: in hexadecimal, of all the rest.
    """

    version: int
    hash: str
    origin: str
    created_at: str
    algorithm: str = ALGORITHM
    signature: str = ""


def read_key(path: Path, *, create: bool) -> bytes:
    """Return the key in a file; with ``create``, make the file, readable for its owner only.

    Raises:
        BadCheckpoint: the file is missing, cannot be read or is too short for a key.
        CannotWrite: it cannot be made.
    """
    if create and not path.exists():
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(secrets.token_hex(KEY_BYTES) + "\n")
        except OSError as error:
            raise CannotWrite(path, error.strerror or str(error)) from error
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise BadCheckpoint(path, f"the key cannot be read ({error.strerror})") from error
    if len(key) < KEY_BYTES:
        raise BadCheckpoint(path, f"a key has at least {KEY_BYTES} characters")
    return key


def sign(ledger: Ledger, key: bytes) -> SignedHead:
    """Return the ledger's head, signed.

    Raises:
        LedgerEmpty: there is no version yet.
    """
    head = ledger.head()
    if head < 0:
        raise LedgerEmpty(ledger.path.parent)
    event = ledger.event(head)
    unsigned = SignedHead(
        version=head, hash=event.hash, origin=ledger.origin, created_at=ledger.now()
    )
    return SignedHead(**asdict(unsigned) | {"signature": _signature(unsigned, key)})


def check(ledger: Ledger, path: Path, key: bytes) -> SignedHead:
    """Return the checkpoint in a file after comparing it with the ledger.

    Raises:
        BadCheckpoint: it cannot be read, was changed or signed with another key, is of another
            ledger, or the ledger no longer has that history.
    """
    signed = _read(path)
    if not hmac.compare_digest(signed.signature, _signature(signed, key)):
        raise BadCheckpoint(path, "it was changed, or signed with another key")
    if signed.origin != ledger.origin:
        raise BadCheckpoint(path, f"it is of another ledger than {ledger.path}")
    head = ledger.head()
    if signed.version > head:
        text = f"the ledger ends at version {head}, but version {signed.version} was signed"
        raise BadCheckpoint(path, f"{text}; restore a newer backup")
    if ledger.event(signed.version).hash != signed.hash:
        text = f"version {signed.version} has another hash than the one that was signed"
        raise BadCheckpoint(path, f"{text}: the history was rewritten; restore a backup")
    return signed


def _read(path: Path) -> SignedHead:
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
        fields = {name: int if name == "version" else str for name in SignedHead.__slots__}
        if {name: type(value) for name, value in entry.items()} != fields:
            raise BadCheckpoint(path, "it is no checkpoint")
    except OSError as error:
        raise BadCheckpoint(path, f"it cannot be read ({error.strerror})") from error
    except (ValueError, AttributeError) as error:
        raise BadCheckpoint(path, "it is no checkpoint") from error
    return SignedHead(**entry)


def _signature(signed: SignedHead, key: bytes) -> str:
    content = {name: value for name, value in asdict(signed).items() if name != "signature"}
    return hmac.new(key, canonical_json(content).encode(), hashlib.sha256).hexdigest()
