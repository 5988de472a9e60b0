"""Delimiter, quotes and line ends are learnt from the beginning of a file."""

import pytest

from honey.seed.passthrough.dialect import Dialect, learn


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param("a,b,c\n1,2,3\n", Dialect(), id="commas"),
        pytest.param("a\tb\tc\n1\t2,5\t3\n", Dialect("\t"), id="tabs, with a comma in a value"),
        pytest.param("a;b\n1,5;2,5\n3,5;4,5\n", Dialect(";"), id="semicolons beside decimal commas"),
        pytest.param("a;b;c\n1,5;2,5;3\n3,5;4,5;6\n", Dialect(";"), id="semicolons explain more columns"),
        pytest.param("a|b\n1|2\n", Dialect("|"), id="bars"),
        pytest.param("a,b\r1,2\r", Dialect(line_end=b"\r"), id="bare carriage returns"),
        pytest.param('"a\rb",c\n1,2\n', Dialect(), id="a quoted carriage return ends no line"),
        pytest.param("'a','b'\n'1,5','2'\n", Dialect(quote="'"), id="apostrophes that open and close"),
        pytest.param("a,b\n'0571,'0572\n'0573,'0574\n", Dialect(), id="apostrophes that only open are Excel's"),
        pytest.param('a,b\n"x\\"y, z",2\n"3",4\n', Dialect(doubled=False), id="backslash escapes"),
        pytest.param('a,b\n"c:\\","2"\n"d:\\","4"\n', Dialect(), id="a backslash before a closing quote"),
        pytest.param("alone\n1\n2\n", Dialect(), id="one column"),
        pytest.param("", Dialect(), id="nothing"),
    ],
)
def test_a_dialect_is_learnt(head: str, expected: Dialect) -> None:
    assert learn(head) == expected
