"""What a thief does to stolen rows before selling them: columns dropped, values masked, rows reshuffled, GB18030."""

import csv
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_HEADER = ("地址", "收件人", "城市", "电话", "货物")


def write_masked_copy(rows: Sequence[dict[str, Any]], target: Path, rng: random.Random) -> None:
    """Write the rows in the form they are offered for sale: no waybill number, names, phones and doors masked."""
    shuffled = list(rows)
    rng.shuffle(shuffled)
    with target.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        for row in shuffled:
            address = row["receiver_region"] + row["receiver_detail_address"].partition("栋")[0] + "栋"
            phone = row["receiver_phone"]
            writer.writerow(
                (
                    address,
                    mask_name(row["receiver_name"]),
                    row["receiver_city"],
                    f"{phone[:3]}****{phone[-4:]}",
                    row["goods_name"],
                )
            )


def mask_name(name: str) -> str:
    """Hide all but the surname, as GB/T 41833 asks for."""
    return name[0] + "*" * (len(name) - 1)
