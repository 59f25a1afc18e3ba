#!/usr/bin/env python3
"""Every error message of the allotment library stands in docs/allot-errors.md, with what it means and what to do.

    allot_errors.py           lists the messages of src/allot, one a line
    allot_errors.py --check   says which of them docs/allot-errors.md lacks, and fails then; and which it has too many
"""
import glob
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
PAGE = os.path.join(ROOT, "docs", "allot-errors.md")
# Functions that are given a message, and which argument it is.
SAYS = {"allot_fail": 2, "wrong": 1, "refuse": -1, "reader_blame": -1, "transcript_blame": -1, "reader_must_be": 1,
        "reader_must_be_hash": -1}
LITERAL = r'"(?:[^"\\]|\\.)*"'


def without_comments(text):
    return re.sub(r'(' + LITERAL + r")|/\*.*?\*/", lambda found: found.group(1) or " ", text, flags=re.S)


def arguments(text, at):
    """The arguments of the call whose bracket opens before `at`."""
    depth, start, given = 1, at, []
    for token in re.finditer(LITERAL + r"|'.'|[(){}\[\],]", text[at:]):
        sign, here = token.group(0), at + token.start()
        if sign in "({[":
            depth += 1
        elif sign in ")}]":
            depth -= 1
        if depth == 0 or (sign == "," and depth == 1):
            given.append(text[start:here])
            start = here + 1
        if depth == 0:
            return given
    return []


def literals(text):
    """Texts in it; those that stand beside one another are one."""
    for found in re.finditer(LITERAL + r"(?:\s*" + LITERAL + r")*", text):
        yield "".join(part[1:-1] for part in re.findall(LITERAL, found.group(0))).replace('\\"', '"')


def messages():
    found = set()
    for path in sorted(glob.glob(os.path.join(ROOT, "src", "allot", "*.c"))):
        with open(path, encoding="utf-8") as file:
            text = without_comments(file.read())
        for call in re.finditer(r"\b(" + "|".join(SAYS) + r")\(", text):
            given, which = arguments(text, call.end()), SAYS[call.group(1)]
            if given and which < len(given):
                found.update(literals(given[which]))
        for says in re.findall(r"\bMESSAGE\[\] = (.*?);", text, re.S):
            found.update(literals(says))
        if path.endswith("transcript_moves.c"):  # its functions return what is wrong
            for says in re.findall(r"\breturn ([^;]*);", text):
                found.update(literals(says))
    return {message for message in found if " " in message and message != "%s (number %u)"}


def main():
    if sys.argv[1:] != ["--check"]:
        print("\n".join(sorted(messages())))
        return
    with open(PAGE, encoding="utf-8") as file:
        rows = [row.split("` | ") for row in file.read().splitlines() if row.startswith("| `")]
    told = {row[0][3:] for row in rows if len(row) == 2 and len(row[1]) > 12}
    missing = sorted(messages() - told)
    for message in missing:
        print(f"docs/allot-errors.md:1: has no row for `{message}`")
    for message in sorted(told - messages()):
        print(f"docs/allot-errors.md: no longer a message: `{message}`", file=sys.stderr)
    sys.exit(bool(missing))


main()
