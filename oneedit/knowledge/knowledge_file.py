"""Keeps what a base model knows in a file of the home; reading it needs no model."""

import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kg_data.relations import RelationBook
from oneedit.errors import CannotWrite
from oneedit.knowledge.knowledge import Knowledge, RelationKnowledge, WordingKnowledge

FOLDER = "knowledge"


@dataclass(frozen=True, slots=True)
class KnowledgeFile:
    """One file for a base model and a relation book, named by both.

    What is in it can be found again by asking the model, so that a file that cannot be read counts
    as missing.

    Attributes:
        home: folder of the home.
        base_hash: as in :class:`Knowledge`.
        book: the relation book; another one has another file.
    """

    home: Path
    base_hash: str
    book: RelationBook

    @property
    def book_sha256(self) -> str:
        """Return the hash of the relation book."""
        return self.book.sha256

    @property
    def path(self) -> Path:
        """Return the file."""
        both = f"{self.base_hash}\n{self.book_sha256}".encode()
        return self.home / FOLDER / f"{hashlib.sha256(both).hexdigest()[:16]}.json"

    def read(self) -> Knowledge:
        """Return what is known; nothing if the model was not asked yet."""
        empty = Knowledge(base_hash=self.base_hash, book_sha256=self.book_sha256)
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            relations = {each["relation"]: _relation(each) for each in content["relations"]}
        except (OSError, ValueError, KeyError, TypeError):
            return empty
        if (content.get("base_hash"), content.get("book")) != (self.base_hash, self.book_sha256):
            return empty
        return Knowledge(
            base_hash=self.base_hash, book_sha256=self.book_sha256, relations=relations
        )

    def put(self, relation: RelationKnowledge) -> None:
        """Keep what is known of a relation, in place of what was known before.

        Raises:
            CannotWrite: the home cannot be written.
        """
        relations = {**self.read().relations, relation.relation: relation}
        content = {
            "base_hash": self.base_hash,
            "book": self.book_sha256,
            "relations": [asdict(each) for _, each in sorted(relations.items())],
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _replace(self.path, json.dumps(content, ensure_ascii=False, indent=1))
        except OSError as error:
            raise CannotWrite(self.path, error.strerror or str(error)) from error


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _relation(content: dict[str, Any]) -> RelationKnowledge:
    return RelationKnowledge(
        relation=str(content["relation"]),
        known=tuple(map(str, content["known"])),
        unknown=tuple(map(str, content["unknown"])),
        wordings=tuple(WordingKnowledge(**each) for each in content["wordings"]),
    )
