"""The picture of a neighbourhood: the same places before and after, changes first."""

from kg_data.changes import Changes
from kg_data.triples import Triple
from oneedit.ui.console.graph_picture import MOST_NEIGHBOURS, GraphPicture

BORN = Triple("Joe Biden", "place_of_birth", "Scranton")
MOVED = Triple("Joe Biden", "place_of_birth", "Oakland")
MARRIED = Triple("Joe Biden", "spouse", "Jill Biden")
CHANGES = Changes(added=(MOVED,), retracted=(BORN,))
PICTURE = GraphPicture(("Joe Biden",), (BORN, MARRIED), CHANGES)


def names(picture: GraphPicture, *, after: bool) -> list[tuple[str, str]]:
    links = picture.options(after=after)["series"][0]["links"]
    return [(each["source"], each["target"]) for each in links]


def test_what_goes_is_drawn_before_and_what_comes_after() -> None:
    gone, come, kept = (
        ("Joe Biden", "Scranton"),
        ("Joe Biden", "Oakland"),
        ("Joe Biden", "Jill Biden"),
    )
    assert names(PICTURE, after=False) == [gone, kept]
    assert names(PICTURE, after=True) == [come, kept]


def test_everything_stands_at_the_same_place_before_and_after() -> None:
    before, after = (PICTURE.options(after=each)["series"][0]["data"] for each in (False, True))
    assert before == after
    assert {each["id"] for each in before} == {"Joe Biden", "Scranton", "Oakland", "Jill Biden"}
    assert len({(each["x"], each["y"]) for each in before}) == 4


def test_a_neighbour_says_by_which_relation_it_is_one() -> None:
    data = PICTURE.options(after=False)["series"][0]["data"]
    shown = {each["id"]: each["name"] for each in data}
    assert shown["Jill Biden"] == "Jill Biden\n(spouse)"
    assert shown["Scranton"] == "Scranton"


def test_a_crowded_picture_keeps_what_changes() -> None:
    crowd = tuple(Triple("Joe Biden", "child", f"Child {each}") for each in range(40))
    picture = GraphPicture(("Joe Biden",), crowd, CHANGES)
    assert picture.drawn[:2] == (BORN, MOVED)
    assert len(picture.places()) == MOST_NEIGHBOURS + 1


def test_several_things_can_be_in_the_middle() -> None:
    picture = GraphPicture(("Joe Biden", "Scranton"), (BORN,), Changes())
    assert len(set(picture.places().values())) == 2
