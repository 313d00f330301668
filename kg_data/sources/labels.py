"""Labels of Wikidata's items that stand in a file of their own."""

import csv
from collections.abc import Mapping
from pathlib import Path

from kg_data.errors import BadFile
from kg_data.sources.text_files import open_text
from kg_data.sources.wikidata import WikidataSource


def read_labels(path: Path) -> Mapping[str, str]:
    """Return labels by item: of a CSV or TSV file of items and labels, or of Wikidata's JSON.

    >>> read_labels(Path("labels.xlsx"))
    Traceback (most recent call last):
    kg_data.errors.BadFile: labels.xlsx: labels are read from .csv, .tsv and .json files

    Raises:
        BadFile: the file cannot be read, or a row is not an item and its label.
    """
    ending = path.suffix.casefold()
    if ending == ".json":
        return WikidataSource(path).all_labels()
    if ending not in {".csv", ".tsv"}:
        raise BadFile(path, None, "labels are read from .csv, .tsv and .json files")
    labels: dict[str, str] = {}
    with open_text(path) as stream:
        reader = csv.reader(stream, delimiter="\t" if ending == ".tsv" else ",")
        for cells in reader:
            if not cells or (reader.line_num == 1 and not cells[0].startswith("Q")):
                continue  # an empty line, or the header
            if len(cells) != 2 or not all(cell.strip() for cell in cells):
                raise BadFile(path, reader.line_num, "a row has two cells: an item and its label")
            labels[cells[0].strip()] = cells[1].strip()
    return labels
