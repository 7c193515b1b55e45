#!/usr/bin/env python3
"""Checks what neither the compiler nor clang-format can: banned calls, sizes, and the maps.

  * Calls that would make a test depend on the hour, the machine or chance stand in one owning file.
  * A file has at most 500 lines and a function 60; the longer ones stand in tools/size_ratchet.txt
    with a reason, may not grow, and leave the list once they are short.
  * README.md's map and docs/explain/architecture.md name the folders of src/: all, and no others.

Prints file:line: error, and exits with 1 if there is any.

    tools/tidy.py [REPOSITORY]
"""

import pathlib
import re
import sys

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60

# (what, pattern, where it may stand, what to write instead)
BANS = [
    ("the wall clock", r"\bsystem_clock::now\b|\bgettimeofday\b|(?<![\w.:>])time\s*\(\s*(NULL|nullptr|0)\s*\)",
     ["src/base/clock.cc"], "take a base::Clock"),
    ("chance", r"(?<![\w.>])s?rand\s*\(|\brandom_device\b",
     ["src/base/ids.cc"], "take a seed, or ids from base/ids.h"),
    ("sleeping", r"\bsleep_(for|until)\b|(?<![\w.>:])u?sleep\s*\(|\bnanosleep\b",
     ["src/base/clock.cc"], "wait for the event itself, or take a base::Clock"),
    ("the environment", r"\b(secure_)?getenv\b",
     ["src/cli/main.cc", "tests/unit/delta/golden_test.cc"], "take the value as a parameter"),
    ("standard output", r"\bstd::(cout|cerr|clog)\b|(?<![\w.>])printf\s*\(",
     ["src/cli/"], "return text, or log through base/log.h"),
    ("throwing", r"\bthrow\b", [], "return a Result"),
    ("detached threads", r"\.detach\s*\(", [], "own a std::jthread"),
]

FOLDERS = ("src", "tests", "bench")


def strip(text):
    """The text without comments and string contents, every line where it was."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"([^()\\ ]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'
        r"(?<![\w])'(?:\\.|[^'\\\n])+'", re.S)

    def blank(match):
        kept = re.sub(r"[^\n]", " ", match.group(0))
        return kept if match.group(0).startswith("/") else '"' + kept[1:]
    return pattern.sub(blank, text)


def cxx_files(root):
    for folder in FOLDERS:
        yield from sorted(p for p in (root / folder).rglob("*") if p.suffix in (".h", ".cc"))


def check_bans(where, code):
    for what, pattern, owners, instead in BANS:
        if any(where == owner or (owner.endswith("/") and where.startswith(owner))
               for owner in owners):
            continue
        for match in re.finditer(pattern, code):
            line = code.count("\n", 0, match.start()) + 1
            owned = f" outside {', '.join(owners)}" if owners else ""
            yield f"{where}:{line}: error: no {what}{owned}: {instead}"


FUNCTION_HEAD = re.compile(
    r"([\w:~]+|operator\s*\S+)\s*\(.*\)\s*"
    r"(?:const|noexcept|override|final|&&?|mutable|\s|->.*|:[^:].*|requires.*)*$", re.S)
NOT_A_FUNCTION = re.compile(r"^\s*(if|for|while|switch|catch|do|else|return|namespace)\b|=\s*$|\bnew\b")


def function_name(head):
    test = re.match(r"TEST(?:_[FP])?\s*\(\s*(\w+)\s*,\s*(\w+)", head)
    if test:
        return f"{test.group(1)}.{test.group(2)}"
    name = re.match(r"[^(]*?([\w:~]+|operator\s*\S+)\s*\(", head)
    return re.sub(r"\s", "", name.group(1)) if name else "?"


def functions(code):
    """(name, first line, last line) of each function body outside other functions."""
    depth_of_function = None
    stack, start = [], 0
    for match in re.finditer(r"[{};]", code):
        symbol, at = match.group(0), match.start()
        if symbol == "{":
            head = code[start:at]
            if depth_of_function is None:
                kept = re.sub(r"^\s*#.*$", "", head, flags=re.M).strip()
                kept = re.sub(r"^(public|private|protected)\s*:", "", kept).strip()
                found = None
                if "(" in kept and not NOT_A_FUNCTION.search(kept):
                    found = FUNCTION_HEAD.search(kept)
                # Only inside namespaces and classes: an initialiser's brace is none of these.
                if found and all(kind == "scope" for kind, *_ in stack):
                    first = code.count("\n", 0, at - len(head.lstrip())) + 1
                    stack.append(("function", function_name(kept), first))
                    depth_of_function = len(stack)
                elif re.search(r"\b(namespace|class|struct|union|enum|extern)\b", kept) or not kept:
                    stack.append(("scope",))
                else:
                    stack.append(("other",))
            else:
                stack.append(("other",))
        elif symbol == "}":
            if stack:
                top = stack.pop()
                if top[0] == "function":
                    depth_of_function = None
                    yield top[1], top[2], code.count("\n", 0, at) + 1
        start = match.end()


def read_ratchet(path):
    """{'file' or 'file:function': (lines, line number in the list)}; the reason is for readers."""
    entries, errors = {}, []
    if path.is_file():
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            words = line.split(None, 2)
            if len(words) < 3 or not words[1].isdigit():
                errors.append(f"{path.name}:{number}: error: write: path[:function] lines reason")
            else:
                entries[words[0]] = (int(words[1]), number)
    return entries, errors


def check_sizes(sizes, ratchet, list_name):
    """`sizes`: (key, place, lines, limit) of everything measured."""
    too_long = {}
    for key, place, lines, limit in sizes:
        if lines <= limit:
            continue
        too_long[key] = max(lines, too_long.get(key, 0))
        allowed = ratchet.get(key, (limit, 0))[0]
        if lines > allowed:
            yield (f"{place}: error: {key} has {lines} lines, more than {allowed}: split it, or "
                   f"give a reason in {list_name}")
    for key, (allowed, number) in ratchet.items():
        if key not in too_long:
            yield f"{list_name}:{number}: error: {key} is short enough or gone: remove the line"


def map_folders(text):
    """The folders that README's map (a code block with a `src/` line) lists below src/."""
    folders, indent = None, 0
    for line in text.splitlines():
        if folders is None:
            match = re.match(r"(\s*)src/(\s|$)", line)
            if match:
                folders, indent = set(), len(match.group(1))
            continue
        match = re.match(r"(\s*)(\w+)/", line)
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        if match and match.group(2):
            folders.add((len(match.group(1)), match.group(2)))
    if not folders:
        return None
    first = min(indent for indent, _ in folders)
    return {name for indent, name in folders if indent == first}


def check_maps(root):
    real = {p.parent.name for p in (root / "src").glob("*/CMakeLists.txt")}
    readme = root / "README.md"
    if not readme.is_file() or (named := map_folders(readme.read_text())) is None:
        yield "README.md:1: error: no map: a code block with a line src/ and its folders below it"
    else:
        yield from (f"README.md:1: error: src/{x}/ is not in the map" for x in sorted(real - named))
        yield from (f"README.md:1: error: the map names src/{x}/, which is gone"
                    for x in sorted(named - real))
    page = "docs/explain/architecture.md"
    if not (root / page).is_file():
        yield f"{page}:1: error: the page is missing"
        return
    named = set(re.findall(r"\bsrc/(\w+)", (root / page).read_text()))
    yield from (f"{page}:1: error: says nothing of src/{x}" for x in sorted(real - named))
    yield from (f"{page}:1: error: names src/{x}, which is gone" for x in sorted(named - real))


def check(root):
    errors, sizes = [], []
    for path in cxx_files(root):
        where = str(path.relative_to(root))
        text = path.read_text(errors="replace")
        code = strip(text)
        errors += check_bans(where, code)
        if path.suffix == ".h" and not re.search(r"^#pragma once$", text, re.M):
            errors.append(f"{where}:1: error: a header starts with #pragma once")
        sizes.append((where, f"{where}:1", text.count("\n"), FILE_LINES_MAX))
        for name, first, last in functions(code):
            sizes.append((f"{where}:{name}", f"{where}:{first}", last - first + 1,
                          FUNCTION_LINES_MAX))
    list_path = root / "tools" / "size_ratchet.txt"
    ratchet, list_errors = read_ratchet(list_path)
    errors += list_errors
    errors += check_sizes(sizes, ratchet, "tools/size_ratchet.txt")
    errors += check_maps(root)
    return errors


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    errors = check(root.resolve())
    for error in errors:
        print(error)
    if not errors:
        print("tidy: no banned calls, sizes kept, maps right")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
