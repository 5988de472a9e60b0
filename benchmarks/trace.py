"""How fast a dump is searched for decoys, beside counting its lines, reading it and grep with as many patterns.

`python -m benchmarks.trace --megabytes 500 --decoys 100000`; the dump lies in a temporary folder and is deleted.

CPU seconds of one core for the scan (the machine may be shared), wall seconds for the other programs.
"""

import argparse
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import Decoy, DecoyId
from honey.trace.index import DecoyIndex
from honey.trace.scan import scan

DUMP_MEGABYTES = 50
DECOYS = 10_000
NUMBERS = 600  # shared by the decoys
PLANTED = 40
SEED = 20261122
READ_BYTES = 4 * 1024 * 1024
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
_PLACES = (
    ("浙江省", "杭州市", "余杭区", "文一西路"),
    ("江苏省", "南京市", "江宁区", "双龙大道"),
    ("广东省", "深圳市", "福田区", "彩田路"),
)


def main() -> None:
    """Build the dump, time every program on it, print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--megabytes", type=int, default=DUMP_MEGABYTES)
    options.add_argument("--decoys", type=int, default=DECOYS)
    chosen, _ = options.parse_known_args()  # `python -m benchmarks trace` has arguments of its own
    rng = random.Random(SEED)
    decoys = list(_decoys(rng, chosen.decoys))
    with tempfile.TemporaryDirectory() as folder:
        dump, patterns = Path(folder) / "dump.csv", Path(folder) / "patterns.txt"
        planted = _build(dump, chosen.megabytes * 1_000_000, decoys, rng)
        patterns.write_text("".join(f"{value}\n" for one in decoys for value in _values(one)))
        size = dump.stat().st_size
        print(f"trace: {size / 1e6:.0f} MB of waybills, {len(decoys):,} decoys, {len(planted)} planted, half masked")
        figures = {"ours (one core, CPU time)": _ours(dump, decoys, planted), **_others(dump, patterns)}
        count = figures["wc -l"]
        for name, seconds in figures.items():
            print(f"  {name:28} {size / 1e6 / seconds:9.0f} MB/s   {seconds:7.3f} s   {seconds / count:7.1f} x wc -l")


def _name(rng: random.Random) -> str:
    return rng.choice(_SURNAMES) + rng.choice(_GIVEN) + rng.choice(_GIVEN)


def _decoys(rng: random.Random, count: int) -> Iterator[Decoy]:
    for at in range(count):
        province, city, district, road = _PLACES[at % len(_PLACES)]
        detail = f"{road}{969 + at % 20}号{at % 9 + 1}栋{at % 4 + 1}单元{at // 40 + 2}{at % 16 + 1:02d}室"
        yield Decoy(
            DecoyId(f"D{at:05d}"), _name(rng), E164(f"+8614000{at % NUMBERS * 1607 % 10**6:06d}"),
            PostalAddress(province, city, district, detail), f"{rng.getrandbits(60):015x}@mail.example.com",
            f"YT80000000{at:05d}",
        )  # fmt: skip


def _values(decoy: Decoy) -> list[str]:
    assert decoy.address
    return [str(decoy.waybill_number), str(decoy.phone)[3:], str(decoy.email), decoy.address.detail]


def _live_row(rng: random.Random) -> str:
    province, city, district, road = rng.choice(_PLACES)
    address = (
        f"{road}{rng.randrange(1, 900)}号{rng.randrange(1, 30)}栋{rng.randrange(1, 5)}单元{rng.randrange(101, 2800)}室"
    )
    at = f"2026-11-{rng.randrange(1, 29):02d} 10:{rng.randrange(60):02d}:00"
    return (
        f"YT9{rng.randrange(10**12):012d},{_name(rng)},14009{rng.randrange(10**6):06d},{province},{city},{district},"
        f"{address},{_name(rng)},14008{rng.randrange(10**6):06d},女装,{at}"
    )


def _planted_row(decoy: Decoy, *, masked: bool) -> str:
    address, phone = decoy.address, str(decoy.phone)[3:]
    assert address
    if masked:
        house = address.detail[: address.detail.index("号") + 1]
        where = f"{address.province},{address.city},{address.district},{house}***"
        return f",{decoy.name[0]}**,{phone[:3]}****{phone[-4:]},{where},钱多多,14008000000,女装,2026-11-11 11:11:11"
    where = f"{address.province},{address.city},{address.district},{address.detail}"
    return f"{decoy.waybill_number},{decoy.name},{phone},{where},钱多多,14008000000,女装,2026-11-11 11:11:11"


def _build(dump: Path, size_bytes: int, decoys: list[Decoy], rng: random.Random) -> set[DecoyId]:
    rows: list[str] = []
    size = 0
    while size < size_bytes:
        rows.append(_live_row(rng))
        size += len(rows[-1].encode()) + 1
    chosen = rng.sample(decoys, PLANTED)
    for at, decoy in enumerate(chosen):
        rows[rng.randrange(len(rows))] = _planted_row(decoy, masked=bool(at % 2))
    dump.write_text("\n".join(rows) + "\n")
    return {decoy.id for decoy in chosen}


def _ours(dump: Path, decoys: list[Decoy], planted: set[DecoyId]) -> float:
    index = DecoyIndex.build(decoys)
    found = scan([dump], index, clock=time.process_time)
    seen = set().union(*(one.decoys for one in found.sightings))
    alone = {next(iter(one.decoys)) for one in found.sightings if len(one.decoys) == 1}
    wrong = sum(1 for one in found.sightings if not one.decoys & planted)
    print(
        f"  planted {len(planted)}: {len(seen & planted)} found, {len(alone & planted)} of them named alone", end="; "
    )
    print(f"{wrong} wrong sightings, {found.weak} matches too weak to report")
    return found.seconds


def _others(dump: Path, patterns: Path) -> dict[str, float]:
    figures = {"wc -l": _run(["wc", "-l", str(dump)]), "read 4 MiB at a time": _timed(lambda: _read(dump))}
    figures["grep -F -f (exact values)"] = _run(["grep", "-a", "-c", "-F", "-f", str(patterns), str(dump)])
    if shutil.which("rg"):
        figures["rg -F -f (exact values)"] = _run(["rg", "-c", "-F", "-f", str(patterns), str(dump)])
    else:
        print("  ripgrep is not installed; left out")
    return figures


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _read(dump: Path) -> None:
    buffer = bytearray(READ_BYTES)
    with dump.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass


def _run(command: list[str]) -> float:
    # grep answers 1 where nothing matched, which is an answer too; LC_ALL=C is its fast mode
    return _timed(
        lambda: subprocess.run(command, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, capture_output=True, check=False)
    )


if __name__ == "__main__":
    main()
