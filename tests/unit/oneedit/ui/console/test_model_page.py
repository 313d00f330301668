"""The plot of how well the model learned each version."""

from oneedit.results import VersionScores
from oneedit.ui.console.model_page import chart_of, groups_of


def scored(version: int, **scores: tuple[int, int]) -> VersionScores:
    return VersionScores(version=version, kind="ADD", created_at="", scores=scores, passed=True)


SCORES = (scored(1, kept=(3, 4), taught=(4, 4), gate=(0, 0)), scored(3, taught=(1, 2)))


def test_groups_that_were_asked_come_in_the_order_of_the_gate() -> None:
    assert groups_of(SCORES) == ["taught", "kept"]


def test_a_line_has_a_share_for_each_version_and_a_gap_where_nothing_was_asked() -> None:
    chart = chart_of(SCORES)
    assert chart["xAxis"]["data"] == ["1", "3"]
    assert [each["data"] for each in chart["series"]] == [[100, 50], [75, None]]
