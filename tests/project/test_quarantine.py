import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
SKIPS = re.compile(r"pytest\.(?:mark\.)?(?:skip|skipif|xfail|importorskip)\b")


def test_every_file_that_skips_has_a_row() -> None:
    rows = (TESTS / "QUARANTINE.md").read_text(encoding="utf-8")
    skipping = {
        path.relative_to(TESTS).as_posix()
        for path in TESTS.rglob("test_*.py")
        if path != Path(__file__) and SKIPS.search(path.read_text(encoding="utf-8"))
    }
    assert {name for name in skipping if name not in rows} == set()
