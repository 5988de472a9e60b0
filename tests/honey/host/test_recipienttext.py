"""One column that holds a whole recipient."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.host.recipienttext import learn_recipient_text, split_recipient, template_of


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("王小明 14000000001 浙江省杭州市文一西路1号", "{name} {phone} {address}"),
        ("浙江省杭州市文一西路1号 王小明 140****0001", "{address} {name} {phone}"),
        ("浙江省 杭州市 文一西路1号，王小明，14000000001", "{address}，{name}，{phone}"),
        (
            "收件人：王女士；电话：14000000001；地址：杭州市文一西路1号",
            "收件人：{name}；电话：{phone}；地址：{address}",
        ),
        ("小明\t14000000001\t杭州市文一西路1号", "{name}\t{phone}\t{address}"),
        ("Anna Berg, +1 202 555 0100, 12 High Street", None),
        ("杭州市文一西路1号", None),
    ],
)
def test_order_labels_and_separators_are_learnt(text: str, template: str | None) -> None:
    found = template_of(text)
    assert found == template or (template is None and (found is None or "{phone}" in found))


def test_a_value_without_the_parts_is_replaced_in_the_usual_order() -> None:
    style = learn_recipient_text(["王小明|14000000001|杭州市文一西路1号"] * 3)
    assert (
        style.write("自提", name="周晓岚", phone="14012345678", address="文一西路2号")
        == "周晓岚|14012345678|文一西路2号"
    )


@given(st.text(max_size=80))
def test_any_text_is_split_without_error_and_within_its_length(text: str) -> None:
    for start, end in (split_recipient(text + " 14000000001 王小明") or {}).values():
        assert 0 <= start < end <= len(text) + 16
