"""The benchmark of many names gives a figure for each kind of message."""

from oneedit.bench.names import LENGTHS, NamesBench


def test_every_kind_of_message_and_the_update_are_measured() -> None:
    figures = NamesBench(count=5_000).run()
    assert figures["names"] == 5_000
    for kind in ("known", "misspelt", "new", "update"):
        assert isinstance(figures[kind], dict)
    assert all(figures[f"characters_{length}_ms"] for length in LENGTHS)
