#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Fail where the words of m46ctl drift.

What "m46ctl help" says is the measure: objects, commands, words with their
values, options. The manual, completion in bash, zsh and fish, and the netlink
specification have to have the same, no less and no more. A new object, command
or word is found in the help; nothing has to be told here, unless its attribute
has another name (SPEC_NAMES), or none (USER_SPACE).

KTAP on standard output. Exit code: 0 pass, 1 fail, 4 skip.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from check_spec import SPEC, Report, Spec, yaml

TOOL = "tools/m46ctl/m46ctl"
COMPLETE = "tools/m46ctl/complete.sh"
MAN = "tools/man"
FILL = "tools/man/fill.sh"
MAN_CONF = "tools/man/m46.conf.5"
SHELLS = ("bash", "zsh", "fish")

# Words of objects that are attribute sets of the specification too, but are no
# attributes: what they are instead.
USER_SPACE = {
    ("rule", "dev"): "ifname or ifindex of the message",
    ("pool", "dev"): "ifname or ifindex of the message",
    ("entry", "dev"): "ifname or ifindex of the message",
    ("entry", "static"): "a value of type",
    ("entry", "dynamic"): "a value of type",
    ("entry", "dormant"): "a value of type",
    ("entry", "all"): "all values of type",
}
# Attributes of such sets that are no words, but operands of the commands, or
# go with another attribute.
NO_WORD = {
    ("dev", "tunnel"): "the nest of words that concern encapsulation",
    ("rule", "dst"): "operand", ("rule", "dst-prefixlen"): "operand",
    ("rule", "via-prefixlen"): "the length in via",
    ("pool", "dst"): "operand", ("pool", "dst-prefixlen"): "operand",
    ("entry", "ipv6"): "operand", ("entry", "ipv4"): "operand",
    ("entry", "type"): "static, dynamic, dormant are words",
}
# Words whose attribute has another name.
SPEC_NAMES = {
    ("dev", "prefix"): "prefixes",
    ("dev", "local"): "locals",
    ("pool", "exclude"): "excludes",
}
# Sets whose attributes are words of this object, too.
NESTS = {"tunnel": "dev"}
# Operations with another name than their command; one of another name for none.
VERBS = {"new": "add", "get": "show"}
OPERATIONS = {"event": ("monitor", "all")}
# Commands that send an operation of another name, or none.
OTHER_COMMANDS = {
    ("dev", "add"): "rtnetlink", ("dev", "set"): "rtnetlink",
    ("dev", "del"): "rtnetlink",
    ("rule", "replace"): "rule-new with replace",
    ("rule", "get"): "rule-get for one address",
    ("entry", "replace"): "entry-new with replace",
}
# Other spellings of options, which the manual has and the help leaves out.
LONG_OPTIONS = {"-Version": "-V", "-statistics": "-stats"}


def differ(want, have, who, what="the help"):
    """Problems where two sets are not the same."""
    problems = [f"{who} lacks {show(item)}" for item in sorted(want - have)]
    problems += [f"{who} has {show(item)}, {what} has not"
                 for item in sorted(have - want)]
    return problems


def show(item):
    return " ".join(item) if isinstance(item, tuple) else item


def keywords(syntax):
    """The values that are names: those of "0..255|none"."""
    return {v for v in syntax.split("|") if re.fullmatch(r"\d*[a-z][a-z\d]*", v)}


class Help:
    """What the program says of itself."""

    def __init__(self, tool):
        self.tool = tool
        self.objects = {}		# name: commands
        self.words = {}			# (object, word): syntax, "" of a flag
        self.shown = set()		# (object, word), of answers only
        self.usage = {}			# (object, command or ""): what may follow
        for line in self.run("help", "commands"):
            name, *command = line.split()
            self.objects.setdefault(name, []).extend(command)
        for line in self.run("help", "words"):
            name, word, syntax, _ = line.split()
            self.words[name, word] = "" if syntax == "-" else syntax
        for name in self.objects:
            self.read_object(name, self.run(name, "help"))
        text = "\n".join(self.run("help"))
        self.listed = set(re.findall(r"^    ([a-z]\S*) ", text.split(
            "OBJECTS:")[1], re.M))
        self.options = set()
        for short, rest in re.findall(r"^    (-[A-Za-z]+)(?:\[(\w+)\])?", text,
                                      re.M):
            self.options.add(short + rest)

    def run(self, *args):
        return subprocess.run([self.tool, *args], check=True, text=True,
                              stdout=subprocess.PIPE).stdout.splitlines()

    def read_object(self, name, lines):
        in_words = False
        for line in lines:
            usage = re.match(rf"(?:Usage:|      ) m46ctl {name} ?(.*)", line)
            word = re.match(r"    (\S+)", line) if in_words else None
            in_words |= line == "WORDS:"
            if usage:
                command, _, rest = usage.group(1).partition(" ")
                if command in self.objects[name]:
                    self.usage[name, command] = rest
                else:
                    self.usage[name, ""] = usage.group(1)
            elif (word and not line.startswith("     ") and
                    (name, word.group(1)) not in self.words):
                self.shown.add((name, word.group(1)))

    def words_of(self, name):
        return {w for o, w in self.words if o == name}


class Manual:
    """The pages m46ctl(8) and m46ctl-OBJECT(8), as they are installed."""

    def __init__(self, top, h):
        self.commands = {}		# page: (object, command)s with a paragraph
        self.synopsis = {}		# likewise, in the synopsis
        self.words = {}			# page: {word: syntax}
        self.objects = {}		# page: its objects
        self.options = set()
        self.listed = set()		# objects that m46ctl(8) names
        for source in sorted((top / MAN).glob("m46ctl*.8.in")):
            text = subprocess.run([top / FILL, h.tool, source], check=True,
                                  text=True, stdout=subprocess.PIPE).stdout
            parts = re.split(r"^\.SH (.*)$", text, flags=re.M)
            sections = dict(zip(parts[1::2], parts[2::2]))
            page = source.name.partition(".")[0]
            if page == "m46ctl":
                self.read_overview(sections)
            else:
                self.read_page(page, sections, h)

    def read_overview(self, sections):
        for tag in tags(sections["OPTIONS"]):
            self.options |= set(re.findall(r"(?<!\S)-\w+", tag))
        self.listed = set(re.findall(r"m46ctl-(\w+)\(8\)",
                                     plain(sections["OBJECTS"])))

    def read_page(self, page, sections, h):
        synopsis = set()
        for line in plain(sections["SYNOPSIS"]).split("m46ctl ")[1:]:
            name, *rest = line.split()
            command = "".join(rest[:1])
            synopsis.add((name, command if command in h.objects.get(name, [])
                          else ""))
        self.synopsis[page] = synopsis
        # whose page it is: what is found under NAME, or by it
        self.objects[page] = {o for o in h.objects if re.search(
            rf"m46ctl-{o}\b(?!-)", plain(sections["NAME"]))}
        commands = self.commands[page] = set()
        words = self.words[page] = {}
        for title, body in sections.items():
            if title == "WORDS":
                for tag in tags(body):
                    # "static, dynamic, dormant" or "ttl inherit|N"
                    names = tag.split(", ")
                    if not all(re.fullmatch(r"[a-z\d-]+", n) for n in names):
                        names = [tag.split()[0]]
                    syntax = "" if len(names) > 1 else tag.partition(" ")[2]
                    words.update({name: syntax for name in names})
            elif title not in ("SYNOPSIS", "EXAMPLES"):
                # The one command of a page needs no paragraph of its own.
                for tag in tags(".TP" + body) + tags(body):
                    first, name, command, *_ = tag.split() + [""] * 3
                    if first == "m46ctl" and name in h.objects:
                        commands.add((name, command if h.objects[name] else ""))


def plain(text):
    """What is printed of a piece of manual, fonts and quotes apart."""
    lines = []
    for line in text.replace("\\-", "-").replace("\\&", "").split("\n"):
        line = re.sub(r"\\f[A-Z]", "", line)
        macro = re.match(r"\.(BR|RB|BI|IB|IR|RI) (.*)", line)
        if macro:
            # fonts take turns, without spaces between
            line = "".join(a.strip('"') for a in re.findall(
                r'"[^"]*"|\S+', macro.group(2)))
        elif re.match(r"\.[BI] ", line):
            line = line[3:].replace('"', "")
        elif line.startswith("."):
            line = ""
        lines.append(re.sub(r"\\c$", "", line))
    return "\n".join(lines)


def tags(text):
    """What stands behind each .TP (and .TQ), as it is printed."""
    return [plain(line).strip() for line in
            re.findall(r"^\.T[PQ]\b[^\n]*\n([^\n]*)", text, re.M)]


class Shell:
    """Completion: what a shell offers behind lines."""

    def __init__(self, top, name, tool):
        self.command = [top / COMPLETE, name]
        # The program by its own name; no module and no files to ask for.
        self.dir = tempfile.TemporaryDirectory()
        os.symlink(os.path.realpath(tool), f"{self.dir.name}/m46ctl")
        self.env = dict(os.environ, M46CTL_MODULE_DIR="/nonexistent",
                        M46CTL_CONF_DIR="/nonexistent",
                        PATH=f"{self.dir.name}:{os.environ['PATH']}")

    def offers(self, lines):
        """A set of words for each line."""
        run = subprocess.run(self.command, env=self.env, text=True,
                             input="".join(f"m46ctl {x}\n" for x in lines),
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             check=False)
        sets = [set(x.split()) for x in run.stdout.splitlines()]
        if run.returncode or len(sets) != len(lines):
            raise RuntimeError(f"{self.command[1]} fails: {run.stderr.strip()}")
        return sets


def operands(usage):
    """How many arguments come before the first word."""
    n = 0
    depth = 0
    for token in usage.split():
        if token == "WORD" or re.match("[a-z-]", token):
            break
        depth += {"[": 1, "]": -1}.get(token, 0)
        n += not depth and token != "]"
    return n


# Comparisons: each returns a list of problems

def check_help(h):
    problems = differ(set(h.objects), h.listed, "the list of objects",
                      "the list of commands")
    for name, commands in h.objects.items():
        problems += differ({(name, c) for c in commands or [""]},
                           {u for u in h.usage if u[0] == name},
                           "the usage", "the list of commands")
    return problems


def check_manual_pages(h, man):
    problems = differ(set(h.objects), man.listed, "m46ctl(8)")
    owners = [o for objects in man.objects.values() for o in objects]
    problems += differ(set(h.objects), set(owners), "the list of pages")
    problems += [f"{o} has two pages" for o in set(owners)
                 if owners.count(o) > 1]
    return problems


def check_manual(h, man):
    problems = []
    for page, objects in man.objects.items():
        want = {(o, c) for o in objects for c in h.objects[o] or [""]}
        # What is said of an object alone is about all of its commands.
        have = {(o, c) for o, c in man.commands[page]
                if c or not h.objects[o]}
        problems += differ(want, have, page)
        problems += differ(want, man.synopsis[page], f"{page}'s synopsis")
    return problems


def check_manual_words(h, man):
    problems = []
    for page, objects in man.objects.items():
        want = {w for o, w in set(h.words) | h.shown if o in objects}
        problems += differ(want, set(man.words[page]), page)
    return problems


def check_manual_values(h, man):
    problems = []
    for page, objects in man.objects.items():
        found = man.words[page]
        for (name, word), syntax in h.words.items():
            if name in objects and word in found:
                problems += differ({(name, word, v) for v in keywords(syntax)},
                                   {(name, word, v)
                                    for v in keywords(found[word])}, page)
    return problems


def check_manual_options(h, man):
    have = {LONG_OPTIONS.get(o, o) for o in man.options}
    # One letter is the short form.
    return differ(h.options, {o for o in have if len(o) > 2 or
                              o in h.options}, "the manual")


def check_keys(h, text):
    """m46.conf(5) has no key that there is not; test_cmd.sh asks the rest."""
    keys = {tuple(line.split()[:2]) for line in h.run("help", "keys")}
    problems = []
    for section, body in re.findall(r"^\.SH \[(\w+)\]\n(.*?)(?=^\.SH)", text,
                                    re.M | re.S):
        for tag in tags(body):
            for name in re.findall(r"[A-Z]\w+", tag.partition(" =")[0]):
                if (section.capitalize(), name) not in keys:
                    problems.append(f"m46.conf(5) has {section} {name}, "
                                    "the help has not")
    return problems


def check_shell_commands(h, shell):
    lines = ["", "help ", "-"] + [f"{o} " for o in h.objects]
    first, of_help, options, *rest = shell.offers(lines)
    problems = differ(set(h.objects) | {"help"}, first, "completion")
    problems += differ(set(h.objects), of_help, "completion behind help")
    problems += differ(h.options, options, "completion")
    for (name, commands), offered in zip(h.objects.items(), rest):
        # Without commands, words and operands come at once.
        extra = set(commands) if commands else offered & (
            h.words_of(name) | {"dev"})
        problems += differ({(name, c) for c in extra | {"help"}},
                           {(name, c) for c in offered}, "completion")
    return problems


def check_shell_words(h, shell):
    # All commands, in front of a NAME that may have dev in front, and behind
    # what comes first; then with each flag, which other words may belong to.
    starts = []
    for (name, command), usage in h.usage.items():
        start = f"{name} {command} " if command else f"{name} "
        if usage.startswith("NAME"):
            starts.append((name, start))
        starts.append((name, start + "0 " * operands(usage)))
    lines = starts + [(name, f"{line}{word} ") for name, line in starts
                      for (o, word), syntax in h.words.items()
                      if o == name and not syntax and f" {word} " in
                      re.sub(r"[|\[\]]|--", " ", " ".join(
                          f"{u} " for k, u in h.usage.items() if k[0] == name))]
    have = set()
    for (name, _), offered in zip(lines, shell.offers([x for _, x in lines])):
        have |= {(name, w) for w in offered} - {(name, "help")}
    want = set(h.words)
    # The device of objects that have no words of their own.
    want |= {(o, "dev") for (o, _), u in h.usage.items() if "dev NAME" in u}
    return differ(want, have, "completion")


def check_shell_values(h, shell):
    asked = [(o, w, keywords(s)) for (o, w), s in h.words.items() if keywords(s)]
    lines = []
    for name, word, _ in asked:
        command = "add" if "add" in h.objects[name] else h.objects[name][0]
        lines.append(f"{name} {command} " +
                     "0 " * operands(h.usage[name, command]) + f"{word} ")
    problems = []
    for (name, word, values), offered in zip(asked, shell.offers(lines)):
        if "NAME" in h.words[name, word]:
            offered = offered & values		# and interfaces
        problems += differ({(name, word, v) for v in values},
                           {(name, word, v) for v in offered}, "completion")
    return problems


def check_spec_words(h, spec):
    """Words and attributes of what is an object and an attribute set."""
    problems = []
    attributes = {}
    for s, a, _ in spec.attributes():
        name = NESTS.get(s["name"], s["name"])
        if name in h.objects:
            attributes[name, a["name"]] = a
    answers = {k for k, a in attributes.items()
               if a.get("doc", "").startswith("In answers")}
    want = set(attributes) - answers - set(NO_WORD)
    sets = {o for o, _ in attributes}
    words = {w for w in h.words if w[0] in sets}
    problems += [f"{show(w)} is no word any more, but in USER_SPACE"
                 for w in sorted(set(USER_SPACE) - words)]
    problems += [f"{show(w)} is no attribute any more, but in NO_WORD"
                 for w in sorted(set(NO_WORD) - set(attributes))]
    have = {(o, SPEC_NAMES.get((o, w), w)) for o, w in words - set(USER_SPACE)}
    problems += differ(have, want, "the specification")
    problems += differ({(o, SPEC_NAMES.get((o, w), w)) for o, w in h.shown},
                       {a for a in answers if a[0] == "dev"},
                       "the specification's answers")
    for (name, word), syntax in h.words.items():
        a = attributes.get((name, SPEC_NAMES.get((name, word), word)))
        if a and "enum" in a:
            entries = spec.definitions[a["enum"]]["entries"]
            problems += differ(
                {(name, word, v) for v in keywords(syntax)},
                {(name, word, e["name"]) for e in entries},
                f"enum {a['enum']}")
    return problems


def check_spec_commands(h, spec):
    problems = []
    used = set()
    for op in spec.operations["list"]:
        name, _, verb = op["name"].partition("-")
        command = OPERATIONS.get(op["name"], (name, VERBS.get(verb, verb)))
        if op["name"] == "unspec":
            continue
        used.add(command)
        if command[1] not in h.objects.get(command[0], []):
            problems.append(f"operation {op['name']}: no command "
                            f"{show(command)}")
    sets = {o for o, _ in used if o != "monitor"}
    for name in sorted(sets):
        for command in h.objects[name]:
            if (name, command) not in used | set(OTHER_COMMANDS):
                problems.append(f"{name} {command}: no operation")
    groups = {g["name"] for g in spec.data["mcast-groups"]["list"]}
    return problems + differ(set(h.objects["monitor"]) - {"all"}, groups,
                             "the list of groups")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--top", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parents[1],
                        help="top of the source tree")
    parser.add_argument("--m46ctl", help="the program (the tree's)")
    args = parser.parse_args()
    top = args.top
    report = Report()

    h = Help(args.m46ctl or top / TOOL)
    man = Manual(top, h)
    spec = Spec(yaml.safe_load((top / SPEC).read_text()))
    print("KTAP version 1")
    report.test("help: objects, commands and usage", check_help(h))
    report.test("manual: pages", check_manual_pages(h, man))
    report.test("manual: commands", check_manual(h, man))
    report.test("manual: words", check_manual_words(h, man))
    report.test("manual: values", check_manual_values(h, man))
    report.test("manual: options", check_manual_options(h, man))
    report.test("manual of files: keys",
                check_keys(h, (top / MAN_CONF).read_text()))
    for name in SHELLS:
        shell = Shell(top, name, h.tool)
        for what, check in (("commands", check_shell_commands),
                            ("words", check_shell_words),
                            ("values", check_shell_values)):
            try:
                problems = check(h, shell)
            except (OSError, RuntimeError) as e:
                problems = [str(e)]
            report.test(f"completion in {name}: {what}", problems)
    report.test("netlink: words", check_spec_words(h, spec))
    report.test("netlink: commands", check_spec_commands(h, spec))
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
