"""Labels of Wikidata's items that stand in a file of their own."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kg_data.errors import BadFile
from kg_data.sources.text_files import fingerprint, open_text
from kg_data.sources.wikidata_file import WikidataFile


@dataclass(frozen=True)
class LabelFile:
    """A CSV or TSV file of items and labels, or Wikidata's JSON.

    >>> LabelFile.checked(Path("labels.xlsx"))
    Traceback (most recent call last):
    kg_data.errors.BadFile: labels.xlsx: labels are read from .csv, .tsv and .json files

    Attributes:
        path: the file.
    """

    path: Path

    @classmethod
    def checked(cls, path: Path) -> "LabelFile":
        """Return the file at a path.

        Raises:
            BadFile: there is none, or its ending is not one that is read.
        """
        if path.suffix.casefold() not in {".csv", ".tsv", ".json"}:
            raise BadFile(path, None, "labels are read from .csv, .tsv and .json files")
        fingerprint(path)
        return cls(path)

    def labels(self) -> Iterator[tuple[str, str]]:
        """Yield items with their labels.

        Raises:
            BadFile: the file cannot be read, or a row is not an item and its label.
        """
        ending = self.path.suffix.casefold()
        if ending == ".json":
            yield from WikidataFile(self.path).labels()
            return
        with open_text(self.path) as stream:
            reader = csv.reader(stream, delimiter="\t" if ending == ".tsv" else ",")
            for cells in reader:
                if not cells or (reader.line_num == 1 and not cells[0].startswith("Q")):
                    continue  # an empty line, or the header
                if len(cells) != 2 or not all(cell.strip() for cell in cells):
                    reason = "a row has two cells: an item and its label"
                    raise BadFile(self.path, reader.line_num, reason)
                yield cells[0].strip(), cells[1].strip()
