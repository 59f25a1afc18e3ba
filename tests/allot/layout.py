#!/usr/bin/env python3
"""The layout of every public struct and the number of every public constant, as compile-time assertions.

    layout.py            prints what layout.c should be, from the headers and what the compiler makes of them
    layout.py --check    compares; says what differs
    layout.py --write    writes it (only with a new version of the interface: see the text at its top)
"""
import difflib
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
FILE = os.path.join(ROOT, "tests", "allot", "layout.c")
HEADERS = ["allot", "blocks", "merkle", "sha256", "sm3", "transcript"]
TOP = """/*
 * The layout of every public struct and the number of every public constant, as programs that were built against
 * version 2 of the library know them. A change here is a change of the interface: it needs another ALLOT_VERSION and
 * another soversion (src/allot/meson.build), not only other numbers in this file. Nothing is run; it compiles or not.
 * Made by layout.py; sizes and places are those of machines with pointers of 64 bits.
 */
#include "allot/allot.h"
#include "allot/merkle.h"
#include "allot/sha256.h"
#include "allot/sm3.h"
#include "allot/transcript.h"

#define IS(name, value) _Static_assert((name) == (value), #name " has another number")
#if UINTPTR_MAX > UINT32_MAX
#define SIZE(type, bytes) _Static_assert(sizeof(struct type) == (bytes), "struct " #type " has another size")
#define AT(type, field, bytes)                                                                                         \\
    _Static_assert(offsetof(struct type, field) == (bytes), "struct " #type ": " #field " stands elsewhere")
#else
#define SIZE(type, bytes) IS(0, 0)
#define AT(type, field, bytes) IS(0, 0)
#endif

/* clang-format off */
"""


def field_names(body):
    """Names of the fields of a struct."""
    for declaration in filter(None, (part.strip() for part in body.split(";"))):
        pointer = re.match(r"[^(]*\(\*\s*(\w+)\)", declaration)
        if pointer:
            yield pointer.group(1)
            continue
        for part in declaration.split(","):
            yield re.findall(r"\w+", re.sub(r"\[.*?\]", "", part))[-1]


def probe():
    """A program that prints the assertions."""
    lines = ["#include <stdio.h>"] + [f'#include "allot/{header}.h"' for header in HEADERS] + ["int main(void) {"]
    for header in HEADERS:
        with open(os.path.join(ROOT, "src", "allot", header + ".h"), encoding="utf-8") as file:
            text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
        for found in re.finditer(r"^#define (\w+) (?:\d\w*|UINT32_MAX|\w+_BYTES|\w+_BLOCK)$|^struct (\w+) \{\n(.*?)^\};"
                                 r"|^enum (\w+) \{(.*?)\};", text, re.S | re.M):
            constant, struct, fields, _, names = found.groups()
            if constant:
                lines.append(f'printf("IS({constant}, %lldu);\\n", (long long){constant});')
            elif struct:
                lines.append(f'printf("\\nSIZE({struct}, %zu);\\n", sizeof(struct {struct}));')
                lines += [f'printf("AT({struct}, {name}, %zu);\\n", offsetof(struct {struct}, {name}));'
                          for name in field_names(fields)]
            else:
                lines.append('printf("\\n");')
                lines += [f'printf("IS({name}, %d);\\n", (int){name});' for name in re.findall(r"(\w+)\s*(?:=[^,]*)?(?:,|$)", names.strip())]
    return "\n".join(lines + ["return 0;", "}"])


def made():
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "probe.c"), "w", encoding="utf-8") as file:
            file.write(probe())
        program = os.path.join(folder, "probe")
        subprocess.run(["cc", "-I" + os.path.join(ROOT, "src"), file.name, "-o", program], check=True)
        return TOP + subprocess.run([program], check=True, capture_output=True, text=True).stdout


def main():
    text = made()
    if sys.argv[1:] == ["--write"]:
        with open(FILE, "w", encoding="utf-8") as file:
            file.write(text)
    elif sys.argv[1:] == ["--check"]:
        with open(FILE, encoding="utf-8") as file:
            lines = list(difflib.unified_diff(file.read().splitlines(), text.splitlines(), "layout.c", "the headers",
                                              lineterm="", n=0))
        if lines:
            sys.exit("\n".join(lines))
    else:
        sys.stdout.write(text)


main()
