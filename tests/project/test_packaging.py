from importlib.metadata import packages_distributions
from pathlib import Path

OURS = ("controller", "editor", "interpreter", "kg_data", "oneedit")
ROOT = Path(__file__).parents[2]


def test_no_other_distribution_owns_our_names() -> None:
    owners = packages_distributions()
    assert {name: owners[name] for name in OURS if set(owners.get(name, ())) - {"oneedit"}} == {}


def test_every_package_says_that_it_is_typed() -> None:
    assert all((ROOT / name / "py.typed").exists() for name in OURS)


def test_no_file_is_larger_than_twelve_megabytes() -> None:
    large = [
        path
        for name in OURS
        for path in (ROOT / name).rglob("*")
        if path.is_file() and path.stat().st_size > 12_000_000
    ]
    assert large == []
