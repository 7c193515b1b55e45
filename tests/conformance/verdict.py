"""Whether two answers agree: same, refused (by us, before any row), or different, and why."""

import math
import re
import struct

NUMBER = re.compile(r"-?(?:\d+\.\d+(?:E-?\d+)?|NaN|Infinity)")
# The last bits of a double: C's library and Java's differ by one in exp, sin, ..., and a sum by its order.
RELATIVE_MAX = 1e-14
FLOAT_TEXT_MAX = len("-1.23456789E-38")
INTERVAL = re.compile(r"interval (?:(?P<m>year|month)|day|hour|minute|second)(?: to \w+)?")
NAMES = "the names of columns"


def sorted_rows(rows, ordered):
    return rows if ordered else sorted(rows)


def close(left, right):
    try:
        a, b = float(left), float(right)
    except ValueError:
        return False
    if math.isnan(a) or math.isinf(a):
        return left == right
    return abs(a - b) <= RELATIVE_MAX * max(abs(a), abs(b)) or same_float(left, right)


def same_float(left, right):
    """Java before 19 writes some FLOATs with a digit more than tell them apart."""
    if max(len(left), len(right)) > FLOAT_TEXT_MAX:
        return False
    try:
        return struct.pack("f", float(left)) == struct.pack("f", float(right))
    except OverflowError:
        return False


def same_row(ours, theirs):
    if ours == theirs:
        return True
    left, right = NUMBER.split(ours), NUMBER.split(theirs)
    if left != right:
        return False
    return all(close(a, b) for a, b in zip(NUMBER.findall(ours), NUMBER.findall(theirs)))


def same_rows(ours, theirs, ordered):
    if len(ours) != len(theirs):
        return False
    return all(same_row(a, b) for a, b in zip(sorted_rows(ours, ordered), sorted_rows(theirs, ordered)))


def same_class(ours, theirs):
    if theirs.split(".")[-1] == "ArithmeticException":  # of Java's own library, without a condition
        return ours == "ARITHMETIC_OVERFLOW"
    return ours == theirs or ours.split(".")[0] == theirs.split(".")[0]


def error_class(message):
    found = re.match(r"\[([A-Z0-9_.]+)\]", message)
    return found.group(1) if found else ""


def same_types(types, schema):
    """Whether Spark's struct<name:type,...> has these types. The names of columns that a query does not name
    are free text, and a Delta table does not take them: they are counted apart."""
    pattern = ",".join(".*?:" + re.escape(each) for each in types)
    return re.fullmatch(f"struct<{pattern}>", schema, re.S) is not None


def with_all_fields(schema):
    """INTERVAL YEAR as INTERVAL YEAR TO MONTH: the only two interval types here."""
    return INTERVAL.sub(lambda found: "interval year to month" if found["m"] else "interval day to second",
                        schema)


def judge(ours, theirs, *, values=True, ordered=False):
    """(verdict, what differs)"""
    if ours["status"] == "crash":
        return "different", f"crash: {ours['message']}"
    if theirs["status"] == "error":
        if ours["status"] == "ok":
            return "different", f"Spark: {theirs['class']}; here: {ours['rows'][:3]}"
        if ours["status"] == "refused":
            return ("same", "") if theirs.get("analysis") else ("refused", ours["message"])
        if same_class(error_class(ours["message"]), theirs["class"]):
            return "same", ""
        return "different", f"Spark: {theirs['class']}; here: {ours['message'][:200]}"
    if ours["status"] == "refused":
        return "refused", ours["message"]
    if ours["status"] == "error":
        if not error_class(ours["message"]):
            return "refused" if "not supported" in ours["message"] else "different", ours["message"][:300]
        return "different", f"Spark: {theirs['rows'][:3]}; here: {ours['message'][:200]}"
    if ours.get("schema") != theirs["schema"] and not same_types(ours["types"], theirs["schema"]):
        if same_types(ours["types"], with_all_fields(theirs["schema"])):
            return "known", "an interval type has all its fields"
        return "different", f"Spark: {theirs['schema']}; here: {ours['schema']}"
    if values and not same_rows(ours["rows"], theirs["rows"], ordered):
        return "different", f"Spark: {theirs['rows'][:4]}; here: {ours['rows'][:4]}"
    return "same", "" if ours["schema"] == theirs["schema"] else NAMES
