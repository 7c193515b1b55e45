#!/usr/bin/env python3
"""Checks that every #include goes where it may.

All libraries share the include root src/, so linking would not notice a stolen header. An include of
"x/..." is held to the DEPENDS of the library's oresmith_library(), an outside header to OUTSIDE below,
and a header named *_internal.h to its own library and that library's tests. Prints
file:line: error, and exits with 1 if there is any.

    tools/layers.py [REPOSITORY]
"""

import pathlib
import re
import sys

# Outside header prefix -> the libraries that may include it, besides tests of those libraries.
# The first prefix that fits counts; what none fits (the standard library, POSIX, fmt) may be used
# anywhere. A batch is an arrow::RecordBatch, so whoever works on rows may include Arrow's memory
# classes; its files, formats and kernels stay in the libraries made for them. A Delta
# table's data files and checkpoints are Parquet: its library writes and reads them itself. So does
# the library of states with the rows that it keeps, in Arrow's own format.
OUTSIDE = {
    "arrow/io/": ["columnar", "delta", "format", "state", "storage"],
    "arrow/filesystem/": ["storage"],
    "arrow/compute/": ["columnar", "delta", "format"],
    "arrow/csv/": ["format"],
    "arrow/json/": ["format"],
    "arrow/ipc/": ["format", "state"],
    "arrow/dataset/": ["format"],
    "tl/": ["base"],
    "spdlog/": ["base"],
    "arrow/": ["columnar", "format", "storage", "delta", "connector", "engine", "state", "command",
               "pipeline", "cli"],
    "parquet/": ["delta", "format"],
    "nlohmann/": ["connector", "delta", "storage"],
    "curl/": ["storage"],
    "openssl/": ["connector", "storage"],
    "pugixml": ["storage"],
    "simdjson": ["format"],
    "librdkafka/": ["connector"],
    "duckdb": ["engine"],
    "yaml-cpp/": ["pipeline"],
    "CLI/": ["cli"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
CALL = re.compile(r"\b(oresmith_library|oresmith_test)\s*\(([^)]*)\)")
KEYWORDS = {"DEPENDS", "SOURCES", "EXTERNAL", "LABELS", "TIMEOUT"}


def declared(cmake_file, function):
    """The words after DEPENDS in the folder's call of `function`, or None if there is no call."""
    if not cmake_file.is_file():
        return None
    text = re.sub(r"#.*", "", cmake_file.read_text())
    for name, arguments in CALL.findall(text):
        if name == function:
            depends, keyword = [], None
            for word in arguments.split()[1:]:
                if word in KEYWORDS:
                    keyword = word
                elif keyword == "DEPENDS":
                    depends.append(word)
            return depends
    return None


def library_edges(root):
    """{library: [libraries it may include]} from src/*/CMakeLists.txt."""
    edges = {}
    for cmake_file in sorted((root / "src").glob("*/CMakeLists.txt")):
        edges[cmake_file.parent.name] = declared(cmake_file, "oresmith_library") or []
    return edges


def reachable(edges, start):
    found, todo = set(), [start]
    while todo:
        library = todo.pop()
        if library not in found:
            found.add(library)
            todo.extend(edges.get(library, []))
    return found


def cycles(edges):
    return [f"src/{a}/CMakeLists.txt:1: error: {a} and {b} depend on each other"
            for a in sorted(edges) for b in edges[a] if a in reachable(edges, b)]


def includes(path):
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def cxx_files(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in (".h", ".cc"))


def outside_owners(header):
    for prefix, owners in OUTSIDE.items():
        if header.startswith(prefix):
            return prefix, owners
    return None, None


def check_file(root, path, library, allowed, libraries, strict_outside):
    where = path.relative_to(root)
    for number, quoted, header in includes(path):
        place = f"{where}:{number}: error:"
        prefix, owners = outside_owners(header)
        if owners is not None:
            if strict_outside and library not in owners:
                yield (f"{place} <{header}> belongs in src/{', src/'.join(owners)}; "
                       f"go through that library")
            continue
        folder = header.split("/")[0]
        if not quoted or folder not in libraries:
            continue
        if folder != library and folder not in allowed:
            yield (f"{place} {library} may not include {folder}/: it is not in the DEPENDS of "
                   f"its CMakeLists.txt")
        elif folder != library and header.endswith("_internal.h"):
            yield f"{place} {header} is internal to {folder}"


def check(root):
    edges = library_edges(root)
    errors = cycles(edges)
    for library, depends in edges.items():
        for path in cxx_files(root / "src" / library):
            errors += check_file(root, path, library, depends, edges, strict_outside=True)
    # A test may look at everything below its library, and at what its oresmith_test() names.
    for folder in sorted((root / "tests" / "unit").glob("*/")):
        named = declared(folder / "CMakeLists.txt", "oresmith_test") or []
        allowed = set()
        for library in [folder.name, *named]:
            allowed |= reachable(edges, library)
        for path in cxx_files(folder):
            errors += check_file(root, path, folder.name, allowed, edges, strict_outside=False)
    return errors


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    errors = check(root.resolve())
    for error in errors:
        print(error)
    if not errors:
        print(f"layers: {len(library_edges(root))} libraries, every include is allowed")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
