#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Fail where a file of Documentation/examples is used by no test.

A test uses a file DIR/NAME if it names examples/DIR, and either names NAME, too,
or runs the blocks of a guide (GUIDE=) that name it, or has a pattern for it; or
if a file that is used so includes it. A guide's links must lead somewhere.

KTAP on standard output. Exit code: 0 pass, 1 fail.
"""

import fnmatch
import pathlib
import re
import sys

from check_spec import Report

TOP = pathlib.Path(__file__).resolve().parents[1]
EXAMPLES = TOP / "Documentation/examples"
# where tests are
TESTS = ("selftests/*.sh", "selftests/*/*.sh", "selftests/*.py",
         "tools/m46ctl/*.sh", "tools/m46ctl/Makefile")


def code(text):
    """Lines of a guide that somebody types."""
    return "\n".join(re.findall(r"^    .*", text, re.M))


def names(text, name):
    """Whether it is in the text as a word of its own, or a pattern or part."""
    if re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text):
        return True
    # "pe$1.bird.conf", "$2.conf", "jool-*.json"
    for word in re.findall(r"[\w.*$@{}-]+\.\w+", text):
        pattern = re.sub(r"\$\{?\w+\}?", "*", word)
        if re.search(r"[\w*]", pattern) and "*" in pattern and \
                pattern.strip("*.") and fnmatch.fnmatch(name, pattern):
            return True
    return False


def tests():
    """The text of each test, with the libraries and guides that it runs."""
    for pattern in TESTS:
        for path in sorted(TOP.glob(pattern)):
            text = path.read_text(errors="replace")
            for library in re.findall(r"^\. .*/(\w+_lib\.sh)", text, re.M):
                text += (TOP / "selftests" / library).read_text()
            # comments use nothing
            text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
            for guide in re.findall(r"Documentation/[\w-]+\.md", text):
                if (TOP / guide).exists():
                    text += "\n" + code((TOP / guide).read_text())
            yield text


def unused():
    problems = []
    all_tests = list(tests())
    for directory in sorted(p for p in EXAMPLES.rglob("*") if p.is_dir()):
        here = directory.relative_to(EXAMPLES)
        top = here.parts[0]
        users = [text for text in all_tests
                 if re.search(rf"examples/{re.escape(top)}\b", text)]
        files = sorted(p for p in directory.iterdir() if p.is_file())
        used = {f for f in files if any(names(u, f.name) for u in users)}
        while True:
            more = {f for f in set(files) - used
                    if any(re.search(rf"(?<![\w.-]){re.escape(f.name)}(?![\w-])",
                                     re.sub(r"^\s*#.*$", "", u.read_text(),
                                            flags=re.M)) for u in used)}
            if not more:
                break
            used |= more
        problems += [f"{f.relative_to(TOP)}: no test uses it"
                     for f in files if f not in used]
    return problems


def links():
    """What a page of ours links to is there."""
    problems = []
    for page in [TOP / "README.md", TOP / "CONTRIBUTING.md",
                 *sorted((TOP / "Documentation").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
            if not re.match(r"\w+:", target) and \
                    not (page.parent / target).exists():
                problems.append(f"{page.relative_to(TOP)}: no {target}")
    return problems


def unlinked():
    """Every example is named by a page."""
    text = "".join(p.read_text() for p in (TOP / "Documentation").glob("*.md"))
    text += (TOP / "README.md").read_text() + (
        TOP / "tools/man/m46.conf.5").read_text()
    return [f"{f.relative_to(TOP)}: no page names it"
            for f in sorted(EXAMPLES.rglob("*")) if f.is_file() and
            f.name not in text and f.parent.name not in text]


def shown():
    """A whole configuration in a page is one of the files; the tour's, which
    are printed by the program, apart."""
    known = {p.read_text().strip() for p in EXAMPLES.rglob("*.conf")}
    problems = []
    for page in [TOP / "README.md", *sorted((TOP / "Documentation").glob("*.md"))]:
        if page.name == "tour.md":
            continue
        for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", page.read_text(),
                                re.M):
            text = re.sub(r"^    ", "", block, flags=re.M).strip()
            if re.search(r"^\[Device\]$", text, re.M) and \
                    not any(k in text for k in known):
                line = text.split("\n", 1)[0]
                problems.append(f"{page.relative_to(TOP)}: \"{line}\" is "
                                "no file of Documentation/examples")
    return problems


def main():
    report = Report()
    print("KTAP version 1")
    report.test("every example is used by a test", unused())
    report.test("every example is named by a page", unlinked())
    report.test("a configuration that a page shows is one of them", shown())
    report.test("links lead somewhere", links())
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
