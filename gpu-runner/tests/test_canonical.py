import json

import pytest

from gpu_runner.canonical import canonical, sha256_canonical


# Right-hand sides: RFC 8785 appendix B, and what ECMAScript prints at the borders of its notations.
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e23, "1e+23"),
        (999999999999999700000.0, "999999999999999700000"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (0.000001, "0.000001"),
        (0.0000001, "1e-7"),
        (333333333.3333332, "333333333.3333332"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (1424953923781206.2, "1424953923781206.2"),
        (1.0, "1"),
        (-2.5, "-2.5"),
        (1.5e-9, "1.5e-9"),
        (0.7, "0.7"),
        (0.1 + 0.2, "0.30000000000000004"),
    ],
)
def test_numbers_as_ecmascript_writes_them(value: float, text: str) -> None:
    assert canonical(value) == text


def test_members_sort_by_utf16_units_and_strings_escape_little() -> None:
    # RFC 8785, 3.2.3: the emoji's surrogates sort before U+FB33, code points would not.
    names = ["€", "\r", "\ufb33", "1", "😀", "\x80", "ö"]
    text = canonical({name: index for index, name in enumerate(names)})
    assert [member for member, _ in json.loads(text, object_pairs_hook=list)] == [
        "\r",
        "1",
        "\x80",
        "ö",
        "€",
        "😀",
        "\ufb33",
    ]
    assert canonical('\x08\t\n\x0f"\\é/<') == '"\\b\\t\\n\\u000f\\"\\\\é/<"'


def test_the_hash_does_not_depend_on_the_order_of_members() -> None:
    assert sha256_canonical({"a": [1, {"c": None, "b": True}]}) == sha256_canonical({"a": [1, {"b": True, "c": None}]})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53])
def test_what_json_cannot_say_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"JSON|doubles"):
        canonical(value)
