"""How matching a row and building the index go with the number of decoys: `python -m benchmarks.match_scale`.

Numbers are scarce, so decoys share them (and houses); every row below points at all decoys of a number or a house. CPU
seconds of one core; each size in a process of its own, so that its peak memory can be read.
"""

import argparse
import gc
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from random import Random

from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import Decoy, DecoyId
from honey.trace.index import DecoyIndex
from honey.trace.match import match_record

SEED = 20261122
SIZES = (1_000, 10_000, 100_000, 1_000_000)
NUMBERS = (600, 10_000)
ROWS = 2000  # of one kind
MAX_SECONDS = 3.0  # of one kind: slow sizes match fewer rows
ROOMS_EACH = 200  # decoys of one house
_SPREAD = 618_033  # shares no factor with a million: numbers in no order
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔"
)
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂红云飞鹏宇浩然轩梓涵诗雨晨曦建国华文志英玉兰春梅海燕小龙东波俊辉"
_CITIES = re.findall(
    "..+?市",
    "杭州市宁波市南京市苏州市深圳市广州市成都市石家庄市武汉市长沙市郑州市西安市济南市青岛市合肥市福州市厦门市南昌市昆明市"
    "贵阳市沈阳市大连市长春市哈尔滨市太原市兰州市南宁市海口市天津市重庆市",
)
_ROADS = re.findall("...[路道街]", "文一西路双龙大道新彩田路人民南路中山东路建设大街解放北路迎宾大道新和平路滨江东路")
_DISTRICTS = re.findall("..区", "余杭区江宁区福田区武侯区长安区鼓楼区西湖区城关区高新区新城区")
Rows = Callable[[Random, Decoy], list[str]]


def decoys(count: int, numbers: int) -> Iterator[Decoy]:
    """Yield decoys with names and rooms of their own, on so many numbers of one prefix."""
    rng = Random(SEED)
    for at in range(count):
        house, room = divmod(at, ROOMS_EACH)
        city, road = _CITIES[house % len(_CITIES)], _ROADS[house // 30 % len(_ROADS)]
        detail = f"{road}{1 + house // 300}号{room % 5 + 1}栋{room // 5 % 4 + 1}单元{room // 20 + 2:d}02室"
        yield Decoy(
            DecoyId(f"D{at:07d}"), a_name(rng), E164(f"+8614000{at % numbers * _SPREAD % 10**6:06d}"),
            PostalAddress("浙江省", city, rng.choice(_DISTRICTS), detail),
            f"{rng.getrandbits(60):015x}@mail.example.com", f"YT800{at:010d}",
            f"https://track.example.net/t/{rng.getrandbits(60):015x}", "女装",
        )  # fmt: skip


def a_name(rng: Random) -> str:
    """Return a name of three characters."""
    return rng.choice(_SURNAMES) + rng.choice(_GIVEN) + rng.choice(_GIVEN)


def _phone(decoy: Decoy) -> str:
    return str(decoy.phone)[3:]


def _door(rng: Random) -> str:
    return f"{rng.choice(_CITIES)}{rng.choice(_DISTRICTS)}{rng.choice(_ROADS)}{rng.randrange(9000, 9999)}号***"


def _house(decoy: Decoy) -> str:
    assert decoy.address
    detail = decoy.address.detail
    return f"{decoy.address.city}{detail[: detail.index('号') + 1]}***"


def _neighbour(rng: Random, decoy: Decoy) -> str:
    return f"{_house(decoy)[:-3]}{rng.randrange(20, 90)}栋{rng.randrange(1, 9)}单元{rng.randrange(101, 999)}室"


def _masked(phone: str, hidden: int) -> str:
    return f"{phone[:3]}{'*' * hidden}{phone[3 + hidden :]}"


KINDS: dict[str, Rows] = {
    "whole number, name, city": lambda rng, one: [one.name, _phone(one), rng.choice(_CITIES)],
    "whole number alone": lambda _, one: [_phone(one)],
    "4 masked, another name": lambda rng, one: [a_name(rng), _masked(_phone(one), 4), _door(rng)],
    "4 masked, masked name": lambda rng, one: [a_name(rng)[0] + "**", _masked(_phone(one), 4), _door(rng)],
    "4 masked alone": lambda _, one: [_masked(_phone(one), 4)],
    "6 masked, masked name": lambda rng, one: [a_name(rng)[0] + "**", _masked(_phone(one), 6), _door(rng)],
    "6 masked, another name": lambda rng, one: [a_name(rng), _masked(_phone(one), 6), _door(rng)],
    "last 4 masked, masked name": lambda rng, one: [a_name(rng)[0] + "**", _phone(one)[:7] + "****", _door(rng)],
    "cut at the door": lambda rng, one: [a_name(rng)[0] + "**", f"139****{rng.randrange(10**4):04d}", _house(one)],
    "a neighbour, all of it": lambda rng, one: [a_name(rng), f"139{rng.randrange(10**8):08d}", _neighbour(rng, one)],
}  # fmt: skip


def _matched_a_second(kind: Rows, known: list[Decoy], index: DecoyIndex) -> float:
    rng = Random(SEED)
    rows = [kind(rng, rng.choice(known)) for _ in range(ROWS)]
    match_record(rows[0], index)  # what is made on first need
    started, done = time.process_time(), 0
    for row in rows:
        match_record(row, index)
        done += 1
        if time.process_time() - started > MAX_SECONDS:
            break
    return done / (time.process_time() - started)


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _one_size(count: int, numbers: int) -> None:
    known = list(decoys(count, numbers))
    before = _peak_mib()
    started = time.process_time()
    index = DecoyIndex.build(known)
    built = time.process_time() - started
    print(f"{count:,} decoys on {numbers:,} numbers ({before:,.0f} MiB): index {built:.2f} s, "
          f"{_peak_mib() - before:,.0f} MiB more at its peak", flush=True)  # fmt: skip
    gc.collect()
    gc.freeze()  # 2,000 rows are too few to bear the collector's visit to a million decoys; a scan's millions are not
    for name, kind in KINDS.items():
        print(f"  {name:28} {_matched_a_second(kind, known, index):10,.0f} rows/s", flush=True)
    print(f"  {_peak_mib() - before:,.0f} MiB more at the end")


def main() -> None:
    """Measure every size, or the one that is named."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--decoys", type=int, action="append")
    options.add_argument("--numbers", type=int, action="append")
    options.add_argument("--here", action="store_true", help="in this process: one size alone")
    chosen, _ = options.parse_known_args()
    for count in chosen.decoys or SIZES:
        for numbers in chosen.numbers or NUMBERS:
            if chosen.here:
                _one_size(count, numbers)
                continue
            size = [f"--decoys={count}", f"--numbers={numbers}", "--here"]
            subprocess.run([sys.executable, "-m", "benchmarks.match_scale", *size], check=True)


if __name__ == "__main__":
    main()
