"""JSON in the canonical form of RFC 8785, and the hash of it.

Members are sorted by UTF-16 code units, strings escaped as ECMAScript does, numbers written as
`Number.prototype.toString` writes them (RFC 8785, 3.2.2.3). Python's `repr` finds the same shortest
digits as ECMAScript; only where the exponent begins differs, which is what `_number` settles.
Cost: linear, but for the sort of each object's keys.
"""

import hashlib
import json
import math
from typing import cast

# Above 2^53 an integer may have no exact double, and the two languages would write different digits.
MAX_SAFE_INTEGER = 2**53 - 1


def canonical(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if abs(value) > MAX_SAFE_INTEGER:
            raise ValueError(f"{value} is not a safe integer, and RFC 8785 knows only doubles")
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in cast("list[object]", value)) + "]"
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        keys = sorted(members, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{canonical(members[key])}" for key in keys) + "}"
    raise TypeError(f"{type(value).__name__} has no JSON form")


def sha256_canonical(value: object) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"{value} has no JSON form")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The value is 0.DIGITS * 10^point.
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if 0 < point <= 21:
        if len(digits) <= point:
            return sign + digits + "0" * (point - len(digits))
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = point - 1
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if power > 0 else '-'}{abs(power)}"
