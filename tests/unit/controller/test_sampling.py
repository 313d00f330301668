from random import Random

from controller.graph.sampling import KEYS, RelationOrder, SampleIndex

ROWS = [(7, "a", "x"), (7, "a", "y"), (7, "b", "x"), (9, "a", "x")]


def rows_of(order: RelationOrder) -> list[tuple[int, str, str]]:
    return [(key, subject, obj) for key, subject, _, obj in order.rows(0, KEYS)]


def test_facts_with_equal_keys_are_in_the_order_of_their_names_however_added() -> None:
    for seed in range(9):
        shuffled = Random(seed).sample(ROWS, len(ROWS))
        inserted, sorted_at_once = RelationOrder("r"), RelationOrder("r")
        for row in shuffled:
            inserted.insert(*row)
            sorted_at_once.append(*row)
        sorted_at_once.sort()
        assert rows_of(inserted) == rows_of(sorted_at_once) == ROWS


def test_of_facts_with_equal_keys_the_right_one_is_removed() -> None:
    for row in ROWS:
        order = RelationOrder("r")
        for each in ROWS:
            order.insert(*each)
        order.remove(*row)
        assert rows_of(order) == [each for each in ROWS if each != row]


def test_rows_start_and_stop_at_a_key() -> None:
    order = RelationOrder("r")
    for each in ROWS:
        order.insert(*each)
    assert [row[0] for row in order.rows(8, KEYS)] == [9]
    assert [row[0] for row in order.rows(0, 9)] == [7, 7, 7]
    assert list(order.rows(10, KEYS)) == list(order.rows(0, 7)) == []


def test_a_draw_finds_all_facts_however_unevenly_their_keys_are_spread() -> None:
    index = SampleIndex()
    rows = [(key, "a", "r", f"{key}") for key in (0, 1, 2, KEYS - 2, KEYS - 1)]
    for key, subject, relation, obj in rows:
        index.order(relation).insert(key, subject, obj)
    for seed in range(9):
        for count in range(7):
            drawn = index.draw(None, count, Random(seed))
            assert drawn == [*rows[3:], *rows[:3]][:count]
