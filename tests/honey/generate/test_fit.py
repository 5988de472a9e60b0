"""separability: whether a classifier, or a glance, tells decoys from real rows."""

import random
import time

import pytest

from honey.generate.fit import auc, hanley_mcneil, separability
from honey.generate.identity import make_mailbox, make_name
from honey.generate.row import choose_donors, fit_row
from honey.host.namestyle import NameStyle
from honey.model.waybill import Row
from tests.honey.generate.conftest import Sample, make_decoy

# Phones, names, addresses and goods of the sample come from the same tables as the decoys', so nothing is left out:
# what is measured is how rows are fitted, not how well the sample imitates a courier's customers.
HIGHEST_AUC = 0.56
FAKER_ROWS_PER_SECOND = 6460  # reference: Faker zh_CN, name + phone + address + e-mail, on the machine of the design


# What must differ by design: identity numbers and notes of customers go, and private senders become businesses.
PRICE_OF_PRIVACY = {"signer_id", "note", "sender_name", "sender_phone"}


def _planted(sample: Sample, count: int, seed: int = 3) -> list[Row]:
    rng = random.Random(seed)
    taken: set[str] = set()
    donors = choose_donors(sample.rows, sample.profile, rng, count)
    rows: list[Row] = []
    for donor in donors:
        decoy = make_decoy(rng, taken)
        taken.add(decoy.name)
        rows.append(fit_row(decoy, donor, sample.profile, rng))
    return rows


def test_a_classifier_cannot_tell_decoys_from_the_rows_around_them(chinese: Sample) -> None:
    planted, names = _planted(chinese, 400), [column.name for column in chinese.columns]
    fit = separability(chinese.rows, planted, [name for name in names if name not in PRICE_OF_PRIVACY])
    whole = separability(chinese.rows, planted, names)
    print(f"AUC {fit.auc:.3f} [{fit.low:.3f}, {fit.high:.3f}], of all columns {whole.auc:.3f}", whole.columns[:5])
    assert 1 - HIGHEST_AUC < fit.auc < HIGHEST_AUC, fit.columns


def test_decoys_show_no_tell(chinese: Sample) -> None:
    fit = separability(chinese.rows, _planted(chinese, 400), [column.name for column in chinese.columns])
    assert fit.tells == ()


def test_faker_style_names_and_numbers_are_told_at_once(chinese: Sample) -> None:
    """The measure must be able to fail."""
    crude = [dict(row, receiver_detail_address="龙潭嘉禾街o座 199603", status="ok") for row in _planted(chinese, 60)]
    fit = separability(chinese.rows, crude, ["receiver_detail_address", "status", "weight"])
    assert fit.auc > 0.99
    assert ("unseen value", "status") in {(tell.kind, tell.column) for tell in fit.tells}


def test_copied_rows_are_told_by_their_identifying_columns(chinese: Sample) -> None:
    fit = separability(chinese.rows, chinese.rows[:40], ["waybill_no", "order_no"])
    assert {("copied", "waybill_no", 40), ("copied", "order_no", 40)} <= {
        (tell.kind, tell.column, tell.decoys) for tell in fit.tells
    }


def test_times_out_of_order_are_told(chinese: Sample) -> None:
    broken = [dict(row, pickup_time=row["create_time"], create_time=row["pickup_time"]) for row in chinese.rows[:9]]
    fit = separability(chinese.rows, broken, ["create_time", "pickup_time"])
    assert ("time order", "create_time, pickup_time", 9) in {(one.kind, one.column, one.decoys) for one in fit.tells}


@pytest.mark.parametrize(
    ("negatives", "positives", "expected"),
    [([1, 2, 3], [4, 5], 1.0), ([4, 5], [1, 2, 3], 0.0), ([1, 1], [1, 1], 0.5), ([1, 3], [2, 4], 0.75)],
)
def test_auc_is_the_chance_that_a_decoy_scores_higher(
    negatives: list[float], positives: list[float], expected: float
) -> None:
    assert auc(negatives, positives) == expected


def test_the_standard_error_is_that_of_hanley_and_mcneil() -> None:
    """2,000 rows on either side near 0.5: 0.0091 (Hanley and McNeil 1982)."""
    assert hanley_mcneil(0.52, 2000, 2000) == pytest.approx(0.0091, abs=0.0001)


def test_too_few_rows_are_refused(chinese: Sample) -> None:
    with pytest.raises(ValueError, match="at least 3 rows"):
        separability(chinese.rows, chinese.rows[:2], ["goods"])


def test_a_column_of_a_decoy_s_row_is_made_faster_than_a_field_by_faker(chinese: Sample) -> None:
    """Faker's speed is measured here, so that the comparison holds on any machine."""
    from faker import Faker  # noqa: PLC0415 - only this test needs it

    fake = Faker("zh_CN")
    started = time.process_time()
    for _ in range(300):
        _ = (fake.name(), fake.phone_number(), fake.address(), fake.email())
    faker_seconds = (time.process_time() - started) / 300
    rng, taken = random.Random(1), set[str]()
    decoys = [make_decoy(rng) for _ in range(300)]
    started = time.process_time()
    for at, decoy in enumerate(decoys):
        taken.add(make_name(rng, NameStyle(), taken))
        make_mailbox(rng, decoy.name, "mail.example.com")
        fit_row(decoy, chinese.rows[at], chinese.profile, rng)
    seconds = (time.process_time() - started) / 300
    print(f"{1 / seconds:.0f} rows of {len(chinese.columns)} columns a second, Faker {1 / faker_seconds:.0f}")
    assert seconds / len(chinese.columns) < faker_seconds / 4
