"""The model card and the manifest of an exported folder."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from editor.patches.destination import MANIFEST
from editor.patches.exported import ExportedEdit, ExportedModel, ExportFormat

CARD = "README.md"

_FORMS = {
    ExportFormat.HF: ("transformers", "a model folder for `transformers`"),
    ExportFormat.LORA: ("peft", "a LoRA adapter for `peft`"),
}

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What a model card says of an export, beside its figures.

    Attributes:
        base: name of the base model on the hub, or its path.
        base_hash: hash of its weights.
        live_hash: hash of the editable matrices with all edits.
        patches: (method, hash) of the live patches, in order.
        version: the ledger's version; None if there is no ledger.
        edits: the edits in force.
    """

    base: str
    base_hash: str
    live_hash: str
    patches: tuple[tuple[str, str], ...]
    version: int | None
    edits: tuple[ExportedEdit, ...]

    @property
    def base_name(self) -> str:
        """Return the base's name: that on the hub, or its folder's without where that lies."""
        return Path(self.base).name if Path(self.base).exists() else self.base

    def write(self, exported: ExportedModel, folder: Path, more: dict[str, object]) -> None:
        """Write card and manifest beside the exported files.

        Args:
            exported: the outcome.
            folder: where the files are now.
            more: further entries of the manifest.

        Raises:
            OSError: the folder cannot be written.
        """
        (folder / CARD).write_text(self.text(exported), encoding="utf-8")
        content = {**asdict(exported), "path": exported.path.name, **asdict(self), **more}
        content |= {"base": self.base_name, "files": sorted(each.name for each in folder.iterdir())}
        text = json.dumps(content, indent=2, ensure_ascii=False, default=str)
        (folder / MANIFEST).write_text(f"{text}\n", encoding="utf-8")

    def text(self, exported: ExportedModel) -> str:
        """Return the card as Markdown with the header that the hub reads."""
        return "\n".join([*self._header(exported.format), *self._body(exported)]) + "\n"

    def _header(self, form: ExportFormat) -> Iterator[str]:
        yield from ("---", f"library_name: {_FORMS[form][0]}")
        if _HUB_NAME.fullmatch(self.base) and not Path(self.base).exists():
            yield f"base_model: {self.base}"
        yield from ("tags:", "- oneedit", "- knowledge-editing", "---", "")

    def _body(self, exported: ExportedModel) -> Iterator[str]:
        yield from ("# A model edited with OneEdit", "")
        rows = [
            ("form", _FORMS[exported.format][1]),
            ("base model", _cell(self.base_name or "not named")),
            ("hash of the base's weights", f"`{self.base_hash}`"),
            ("hash of the edited matrices", f"`{self.live_hash}`"),
            ("dtype", exported.dtype),
            ("matrices that differ from the base", str(exported.matrices)),
            ("difference of logits after writing", f"{exported.difference:.1e}"),
        ]
        if self.version is not None:
            rows.insert(1, ("version of the ledger", str(self.version)))
        if exported.rank:
            left_out = f"{exported.rank}, which leaves out {exported.error:.1e} of the changes"
            rows.append(("rank", left_out))
        yield from _table(("what", "value"), rows)
        yield from ("", f"## Edits in force: {len(self.edits)}", "")
        edits = [(str(each.version), each.at, _cell(each.text)) for each in self.edits]
        yield from _table(("version", "made", "edit"), edits)
        yield from ("", f"## Patches, in their order: {len(self.patches)}", "")
        patches = [(method, f"`{sha256}`") for method, sha256 in self.patches]
        yield from _table(("method", "SHA-256"), patches)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if rows:
        for row in (head, ["---"] * len(head), *rows):
            yield f"| {' | '.join(row)} |"


def _cell(text: str) -> str:
    """Return a text that stays in its cell, and stays text.

    >>> _cell("a  <i>")
    'a &lt;i>'
    """
    one_line = " ".join(text.split())
    return one_line.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
