"""Waybill numbers collected from a dump as it is scanned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.trace.read_waybills import Shape, WaybillReader, shapes_of, shapes_of_blocks

YT = Shape("YT", 13, digits=True)


def block(texts: list[str]) -> bytes:
    return "\n".join(texts).encode()


@pytest.mark.parametrize(
    ("number", "shape"),
    [
        ("YT9000000000001", YT),
        (" yt 9000-0000-00001 ", YT),
        ("773123456789", Shape("", 12, digits=True)),
        ("773123456789.0", Shape("", 12, digits=True)),
        ("JDVA01B2345678", Shape("JDVA", 10, digits=False)),
    ],
    ids=["prefix and digits", "spaced, lower case", "digits alone", "as Excel wrote it", "letters among the digits"],
)
def test_a_number_has_the_shape(number: str, shape: Shape) -> None:
    assert shapes_of([number]) == {shape}


def test_short_and_foreign_values_have_no_shape() -> None:
    assert shapes_of(["", "12", "YT123", "运单号码一二三四", "9" * 60]) == frozenset()


def test_the_commonest_shapes_are_kept_of_many() -> None:
    rare = [f"{chr(65 + at // 26)}{chr(65 + at % 26)}Q{10**9 + at}" for at in range(200)]
    found = shapes_of([*rare, "YT9000000000001", "YT9000000000002"])
    assert YT in found
    assert len(found) == 64


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("YT9000000000001,王小红,14009123456", ("YT9000000000001",)),
        ("单号：YT9000000000001。", ("YT9000000000001",)),
        ("yt9000000000001;YT9000000000002", ("YT9000000000001", "YT9000000000002")),
        ("ＹＴ９０００００００００００１", ("YT9000000000001",)),
        ("YT90000000000012", ()),
        ("XYT9000000000001", ()),
        ("YT900000000000", ()),
        ("YT900000****001", ()),
        ("", ()),
    ],
    ids=["in a csv row", "in prose", "two, one in lower case", "full width", "too long", "part of a longer word",
         "too short", "masked", "nothing"],
)  # fmt: skip
def test_a_text_holds_the_numbers(text: str, found: tuple[str, ...]) -> None:
    reader = WaybillReader([YT])
    reader.observe(text.encode())
    assert reader.numbers == found


def test_numbers_of_digits_alone_are_found_between_other_digits() -> None:
    reader = WaybillReader([Shape("", 12, digits=True), Shape("", 15, digits=True)])
    reader.observe(block(["773123456789,14009123456,123456789012345", "1773123456789"]))
    assert reader.numbers == ("123456789012345", "773123456789")


def test_without_known_shapes_nothing_is_taken() -> None:
    reader = WaybillReader([])
    reader.observe(block(["YT9000000000001"]))
    assert reader.numbers == ()
    assert (reader.distinct, reader.sampled) == (0, False)


def test_up_to_the_limit_every_number_is_kept_and_repeats_count_once() -> None:
    reader = WaybillReader([YT], limit=100)
    numbers = [f"YT{at:013d}" for at in range(100)]
    for _ in range(5):
        reader.observe(block(numbers))
    assert reader.numbers == tuple(numbers)
    assert (reader.distinct, reader.sampled) == (100, False)


def test_beyond_the_limit_a_fair_sample_is_kept_and_the_rest_counted() -> None:
    reader = WaybillReader([YT], limit=1_000)
    for start in range(0, 200_000, 1_000):
        reader.observe(block([f"YT{at:013d}" for at in range(start, start + 1_000)]))
    positions = [int(one[2:]) for one in reader.numbers]
    assert len(positions) == 1_000
    assert reader.sampled
    assert 180_000 < reader.distinct < 220_000
    # Twenty equal parts of the dump: 50 numbers expected from each, standard deviation 7.
    assert all(20 < sum(part <= at // 10_000 < part + 1 for at in positions) < 85 for part in range(20))


@given(st.lists(st.text(max_size=60), max_size=20), st.integers(1, 5))
def test_any_text_gives_at_most_the_limit_and_only_numbers_of_the_shapes(texts: list[str], limit: int) -> None:
    reader = WaybillReader([YT, Shape("", 9, digits=True), Shape("JD", 8, digits=False)], limit=limit)
    reader.observe(block(texts))
    assert len(reader.numbers) <= limit
    assert all(one.isascii() and one.isalnum() and len(one) in {9, 10, 15} for one in reader.numbers)


def test_the_sample_does_not_depend_on_the_order_of_the_dump() -> None:
    numbers = [f"YT{at:013d}" for at in range(5_000)]
    first, second = WaybillReader([YT], limit=50), WaybillReader([YT], limit=50)
    first.observe(block(numbers))
    for at in range(4_900, -1, -100):
        second.observe(block(numbers[at : at + 100]))
    assert first.numbers == second.numbers


def test_a_sample_holds_at_least_one_number() -> None:
    with pytest.raises(ValueError, match="at least one"):
        WaybillReader([YT], limit=0)


def test_all_numbers_of_a_block_are_counted_however_its_range_is_written_and_no_others() -> None:
    shapes = shapes_of_blocks([("YT8000000000000", "YT8000000099999"), ("SF700", "SF799")])
    reader = WaybillReader(shapes)
    reader.observe(
        block(["运单YT8000000012345，YT8000000099999", "YT8000100012345", "yt8000000012345", "SF712 SF8123"])
    )
    assert reader.numbers == ("SF712", "YT8000000012345", "YT8000000099999")


def test_a_block_of_one_number_is_that_number() -> None:
    reader = WaybillReader(shapes_of_blocks([("YT80000000123", "YT80000000123")]))
    reader.observe(block(["YT80000000123 YT80000000124"]))
    assert reader.distinct == 1


def test_parts_put_together_are_the_whole() -> None:
    numbers = [f"YT{at:013d}" for at in range(5_000)]
    whole, first, second = (WaybillReader([YT], limit=50) for _ in range(3))
    whole.observe(block(numbers))
    first.observe(block(numbers[:3_000]))
    second.observe(block(numbers[2_000:]))
    restored = second.empty()
    restored.restore(second.to_json())
    first.merge(restored)
    assert (first.numbers, first.distinct, first.sampled) == (whole.numbers, whole.distinct, whole.sampled)
