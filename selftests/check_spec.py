#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Fail where the netlink contract drifts.

Three things say the same: include/uapi/linux/m46.h (for C),
Documentation/netlink/specs/m46.yaml (for generated code and people) and the
nla_policy tables in kmod/ (for the kernel). This compares them: constants,
enums with order and values, every attribute of every set with its type, range
and comment, commands, multicast groups, and each attribute's policy.

KTAP on standard output. Exit code: 0 pass, 1 fail, 4 skip.
"""

import argparse
import pathlib
import re
import sys

try:
    import yaml
except ImportError:
    print("1..0 # SKIP python3-yaml is missing")
    sys.exit(4)

HEADER = "include/uapi/linux/m46.h"
SPEC = "Documentation/netlink/specs/m46.yaml"
KMOD = "kmod"

# Sets that arrive in requests though no operation of the family says so.
EXTRA_INPUT = {"dev"}		# IFLA_INFO_DATA

# What expressions of the kernel's policies may use besides the header.
KERNEL_NAMES = {"IFNAMSIZ": 16, "IPV6_MIN_MTU": 1280}
KERNEL_SIZES = {"__be32": 4, "struct in6_addr": 16, "struct in_addr": 4,
                "u8": 1, "u16": 2, "u32": 4, "u64": 8, "__u16": 2,
                "siphash_key_t": 16}

BITS = {"u8": 8, "u16": 16, "u32": 32, "u64": 64}


class Report:
    """Results as KTAP."""

    def __init__(self):
        self.tests = 0
        self.failed = 0

    def test(self, name, problems):
        self.tests += 1
        if problems:
            self.failed += 1
        print(f"{'not ok' if problems else 'ok'} {self.tests} {name}")
        for problem in problems:
            print(f"# {problem}")

    def end(self):
        print(f"1..{self.tests}")
        print(f"# Totals: pass:{self.tests - self.failed} "
              f"fail:{self.failed} xfail:0 xpass:0 skip:0 error:0")
        return 1 if self.failed else 0


# C sources

def evaluate(expr, names):
    """Value of a constant C expression, None if it is none."""
    expr = " ".join(expr.split())
    expr = re.sub(r"sizeof\(([^)]*)\)",
                  lambda m: str(KERNEL_SIZES.get(m.group(1).strip(), "?")),
                  expr)
    expr = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)[uUlL]+\b", r"\1", expr)
    expr = re.sub(r"\b[A-Za-z_]\w*\b",
                  lambda m: str(names.get(m.group(0), "?")), expr)
    if not re.fullmatch(r"[\dxa-fA-F\s()+\-*|<>]+", expr):
        return None
    try:
        return eval(expr, {"__builtins__": {}})		# digits, operators only
    except (SyntaxError, TypeError):
        return None


def strip_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)


class Header:
    """Defines, enums and comments of the uapi header."""

    def __init__(self, text):
        self.values = {}
        self.strings = {}
        self.enums = {}			# name: [(entry, value)]
        self.comments = {}		# entry: text behind it
        for name, value in re.findall(r"^#define\s+(\w+)[ \t]+(\S[^\n]*)",
                                      strip_comments(text), re.M):
            self.define(name, value.strip())
        for name, body in re.findall(r"^enum\s+(\w+)\s*\{(.*?)^\};", text,
                                     re.M | re.S):
            self.enum(name, body)

    def define(self, name, value):
        if value.startswith('"'):
            self.strings[name] = value.strip('"')
        else:
            self.values[name] = evaluate(value, self.values)

    def enum(self, name, body):
        for entry, comment in re.findall(r"^\t(\w+),[ \t]*/\*(.*?)\*/", body,
                                         re.M | re.S):
            comment = re.sub(r"\s*\n[\s*]*", " ", comment)
            self.comments[entry] = comment.strip()
        entries = []
        value = -1
        for item in strip_comments(body).split(","):
            if not item.strip():
                continue
            entry, _, expr = (part.strip() for part in item.partition("="))
            value = evaluate(expr, self.values) if expr else value + 1
            self.values[entry] = value
            entries.append((entry, value))
        self.enums[name] = entries


def expand_macros(text):
    """Text where macros with one argument, like BIT_OF(x), are replaced."""
    text = text.replace("\\\n", " ")
    pattern = r"^#define\s+(\w+)\((\w+)\)[ \t]+(\S[^\n]*)\n"
    macros = re.findall(pattern, text, re.M)
    text = re.sub(pattern, "", text, flags=re.M)
    for name, argument, body in macros:
        text = re.sub(rf"\b{name}\((\w+)\)", lambda m: re.sub(
            rf"\s*##\s*{argument}\b|\b{argument}\b", m.group(1), body), text)
    return text


def split_arguments(text):
    """Cut at the commas outside of brackets."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        if c in "({[":
            depth += 1
        elif c in ")}]":
            depth -= 1
        elif c == "," and not depth:
            parts.append(text[start:i])
            start = i + 1
    parts.append(text[start:])
    return [p.strip() for p in parts if p.strip()]


class Policy:
    """One entry of a policy table, boiled down."""

    def __init__(self, text, names, ranges):
        self.text = " ".join(text.split())
        self.type = None
        self.low = self.high = None	# of the value, or of the length
        self.mask = None
        self.names = names
        self.ranges = ranges
        call = re.fullmatch(r"NLA_POLICY_(\w+)\s*\((.*)\)", text.strip(), re.S)
        if call:
            self.read_macro(call.group(1), split_arguments(call.group(2)))
        else:
            self.read_fields(text)

    def read_macro(self, macro, args):
        value = [evaluate(a, self.names) for a in args]
        if macro == "NESTED":
            self.type = "NLA_NESTED"
        elif macro == "EXACT_LEN":
            self.type, self.low, self.high = "NLA_BINARY", value[0], value[0]
        elif macro == "MASK":
            self.type, self.mask = args[0], value[1]
        elif macro == "MIN":
            self.type, self.low = args[0], value[1]
        elif macro == "MAX":
            self.type, self.high = args[0], value[1]
        elif macro == "RANGE":
            self.type, self.low, self.high = args[0], value[1], value[2]
        elif macro == "FULL_RANGE":
            self.type = args[0]
            self.low, self.high = self.ranges.get(args[1].lstrip("& "),
                                                  (None, None))

    def read_fields(self, text):
        fields = dict(re.findall(r"\.(\w+)\s*=\s*([^,}]+)", text))
        self.type = fields.get("type", "").strip() or None
        if "len" in fields:
            self.high = evaluate(fields["len"], self.names)


class Kernel:
    """The policy tables of kmod/."""

    def __init__(self, directory, header):
        self.entries = []		# (file, table, attribute, Policy)
        for path in sorted(directory.glob("*.c")):
            self.read(path.name, expand_macros(strip_comments(
                path.read_text())), header)

    def read(self, file, text, header):
        names = dict(header.values, **KERNEL_NAMES)
        for name, value in re.findall(r"^#define\s+(\w+)[ \t]+(\S[^\n]*)",
                                      text, re.M):
            names.setdefault(name, evaluate(value, names))
        ranges = {}
        for name, body in re.findall(
                r"struct\s+netlink_range_validation\s+(\w+)\s*=\s*\{(.*?)\};",
                text, re.S):
            fields = dict(re.findall(r"\.(\w+)\s*=\s*([^,}]+)", body))
            ranges[name] = tuple(evaluate(fields.get(k, "0"), names)
                                 for k in ("min", "max"))
        for table, body in re.findall(
                r"struct\s+nla_policy\s+(\w+)\s*\[[^\]]*\]\s*=\s*\{(.*?)\n\};",
                text, re.S):
            for item in split_arguments(body):
                entry = re.match(r"\[(\w+)\]\s*=\s*(.*)", item, re.S)
                if entry:
                    self.entries.append((file, table, entry.group(1), Policy(
                        entry.group(2), names, ranges)))


# The spec

def c_name(*parts):
    return "".join(parts).replace("-", "_").upper()


class Spec:
    def __init__(self, data):
        self.data = data
        self.definitions = {d["name"]: d for d in data["definitions"]}
        self.sets = {s["name"]: s for s in data["attribute-sets"]}
        self.operations = data["operations"]

    def attributes(self):
        for s in self.sets.values():
            for a in s["attributes"]:
                if a["type"] not in ("unused", "pad"):
                    yield s, a, c_name(s["name-prefix"], a["name"])

    def enum_entries(self, definition):
        value = definition.get("value-start", 0)
        for e in definition["entries"]:
            e = {"name": e} if isinstance(e, str) else e
            value = e.get("value", value)
            yield c_name(definition["name-prefix"], e["name"]), value
            value += 1

    @staticmethod
    def mask(attribute, definition):
        """The bits that a u32 of flags can have."""
        values = [v for _, v in definition]
        if attribute.get("enum-as-flags"):
            return sum(1 << v for v in values)
        return (1 << len(values)) - 1

    def input_values(self, definition):
        """Those of an enum that are not for answers alone."""
        docs = [e.get("doc", "") for e in definition["entries"]]
        return [v for (_, v), doc in zip(self.enum_entries(definition), docs)
                if not doc.startswith("In answers")]

    def input_names(self):
        """C names of the attributes that requests may carry."""
        names = set()
        todo = set(EXTRA_INPUT)
        for op in self.operations["list"]:
            s = self.sets.get(op.get("attribute-set"))
            for kind in ("do", "dump"):
                request = op.get(kind, {}).get("request", {})
                for name in request.get("attributes", []):
                    names.add(c_name(s["name-prefix"], name))
                    todo |= self.nested(s, name)
        done = set()
        while todo - done:
            s = self.sets[(todo - done).pop()]
            done.add(s["name"])
            for a in s["attributes"]:
                if (a["type"] not in ("unused", "pad") and
                        not a.get("doc", "").startswith("In answers")):
                    names.add(c_name(s["name-prefix"], a["name"]))
                    todo |= self.nested(s, a["name"])
        return names

    @staticmethod
    def nested(s, name):
        return {a["nested-attributes"] for a in s["attributes"]
                if a["name"] == name and "nested-attributes" in a}


# Comparisons: each returns a list of problems

def compare_entries(want, have, what):
    problems = []
    for i in range(max(len(want), len(have))):
        w = want[i] if i < len(want) else None
        h = have[i] if i < len(have) else None
        if w != h:
            problems.append(f"{what}: place {i}: "
                            f"header has {show(h)}, spec has {show(w)}")
    return problems


def show(entry):
    return f"{entry[0]} = {entry[1]}" if entry else "nothing"


def check_family(spec, header):
    problems = []
    for key, want in (("c-family-name", spec.data["name"]),
                      ("c-version-name", spec.data.get("version", 1))):
        name = c_name(spec.data[key])
        have = header.strings.get(name, header.values.get(name))
        if have != want:
            problems.append(f"{name} is {have}, spec says {want}")
    if header.strings.get("M46_LINK_KIND") != spec.data["name"]:
        problems.append("M46_LINK_KIND is not the family's name")
    if spec.data["uapi-header"] != "linux/m46.h":
        problems.append("uapi-header is not linux/m46.h")
    return problems


def check_consts(spec, header):
    problems = []
    known = {c_name(spec.data["c-version-name"])}
    for d in spec.definitions.values():
        if d["type"] == "const":
            name = c_name(spec.data["name"], "_", d["name"])
            known.add(name)
            if header.values.get(name) != d["value"]:
                problems.append(f"{name} is {header.values.get(name)}, "
                                f"spec says {d['value']}")
        elif d["type"] == "flags":
            for bit, (name, _) in enumerate(spec.enum_entries(d)):
                known.add(name)
                if header.values.get(name) != 1 << bit:
                    problems.append(f"{name} is {header.values.get(name)}, "
                                    f"spec says {1 << bit}")
    enum_entries = {e for entries in header.enums.values() for e, _ in entries}
    for name in header.values:
        if name not in known and name not in enum_entries:
            problems.append(f"{name} is not in the spec")
    return problems


def check_enum(spec, header, definition):
    name = c_name(definition["enum-name"]).lower()
    if name not in header.enums:
        return [f"enum {name} is not in the header"]
    return compare_entries(list(spec.enum_entries(definition)),
                           header.enums[name], name)


def check_closed(entries, prefix, name):
    """The last two entries count the others; give back the others."""
    stem = prefix[:-1]
    last = [e for e, _ in entries[-2:]]
    problems = []
    if last != [f"__{stem}_MAX", f"{stem}_MAX"]:
        problems.append(f"{name} does not end in __{stem}_MAX, {stem}_MAX")
    elif entries[-1][1] != entries[-2][1] - 1:
        problems.append(f"{stem}_MAX is not the last value")
    return problems, entries[:-2]


def check_set(spec, header, s):
    name = c_name(s["enum-name"]).lower()
    if name not in header.enums:
        return [f"enum {name} is not in the header"]
    problems, have = check_closed(header.enums[name],
                                  c_name(s["name-prefix"]), name)
    want = []
    value = 0
    for a in s["attributes"]:
        value = a.get("value", value)
        want.append((c_name(s["name-prefix"], a["name"]), value))
        value += 1
        if a["type"] != "unused" and not a.get("doc"):
            problems.append(f"{name}: {a['name']} has no doc")
    return problems + compare_entries(want, have, name)


def check_commands(spec, header):
    name = c_name(spec.operations["enum-name"]).lower()
    prefix = c_name(spec.operations["name-prefix"])
    problems, have = check_closed(header.enums.get(name, []), prefix, name)
    want = []
    value = 1
    for op in spec.operations["list"]:
        value = op.get("value", value)
        want.append((prefix + c_name(op["name"]), value))
        value += 1
        s = spec.sets.get(op.get("attribute-set"), {"attributes": []})
        known = {a["name"] for a in s["attributes"]}
        parts = [part for kind in ("do", "dump")
                 for part in op.get(kind, {}).values()]
        if "event" in op:
            parts.append(op["event"])
        for part in parts:
            for a in set(part["attributes"]) - known:
                problems.append(f"{op['name']}: no attribute {a}")
    return problems + compare_entries(want, have, name)


def check_groups(spec, header):
    groups = spec.data.get("mcast-groups", {"list": []})["list"]
    want = [(c_name(g["c-define-name"]), g["name"]) for g in groups]
    have = [(name, text) for name, text in header.strings.items()
            if name.startswith("M46_MCGRP_")]
    problems = compare_entries(want, have, "multicast groups")
    names = {g["name"] for g in groups}
    for op in spec.operations["list"]:
        if ("event" in op) != ("mcgrp" in op):
            problems.append(f"{op['name']}: event and mcgrp belong together")
        if "mcgrp" in op and op["mcgrp"] not in names:
            problems.append(f"{op['name']}: no group {op['mcgrp']}")
    return problems


def limits(attribute):
    """Smallest and largest value of an integer attribute."""
    checks = attribute.get("checks", {})
    return (checks.get("min", 0),
            checks.get("max", (1 << BITS[attribute["type"]]) - 1))


def check_references(spec):
    """Names in the spec lead somewhere, ranges of enums hold the enum."""
    problems = []
    for s, a, name in spec.attributes():
        if a.get("nested-attributes", "m46") not in spec.sets:
            problems.append(f"{name}: no set {a['nested-attributes']}")
        enum = spec.definitions.get(a.get("enum"))
        if "enum" in a and not enum:
            problems.append(f"{name}: no enum {a['enum']}")
        if enum and enum["type"] == "enum" and not a.get("enum-as-flags"):
            values = spec.input_values(enum)
            if limits(a) != (min(values), max(values)):
                problems.append(f"{name}: range {limits(a)} is not that of "
                                f"enum {a['enum']}")
    return problems


COMMENT_TYPES = (
    (r"u(8|16|32|64)\b", lambda a, m: a["type"] == m.group(0)),
    (r"__be32\b", lambda a, m: a["type"] == "u32" and
     a.get("byte-order") == "big-endian"),
    (r"16 bytes", lambda a, m: a["type"] == "binary" and
     a.get("checks", {}).get("exact-len") == 16),
    (r"nest of", lambda a, m: a["type"] == "nest"),
    (r"array of .*\b(u16|u32)\b", lambda a, m: a.get("sub-type") == m.group(1)),
    (r"string", lambda a, m: a["type"] == "string"),
    (r"flag", lambda a, m: a["type"] == "flag"),
)


def check_comments(spec, header):
    """Type, range and enum in the header's comments are the spec's."""
    problems = []
    for _, a, name in spec.attributes():
        comment = header.comments.get(name)
        if not comment:
            problems.append(f"{name} has no comment in the header")
            continue
        for pattern, fits in COMMENT_TYPES:
            m = re.match(pattern, comment)
            if m:
                break
        if not m or not fits(a, m):
            problems.append(f"{name}: \"{comment}\" is not {a['type']}")
        if ("answers:" in comment) != a["doc"].startswith("In answers"):
            problems.append(f"{name}: in answers only, or not?")
        problems += check_comment_range(a, name, comment, header)
        m = re.search(r"\benum (m46_\w+)", comment)
        want = "m46_" + a["enum"].replace("-", "_") if "enum" in a else None
        if m and m.group(1) != want:
            problems.append(f"{name}: {m.group(0)} is not the spec's")
    return problems


def check_comment_range(a, name, comment, header):
    comment = re.sub(r"\bbits \d+\.\.\d+", "", comment)
    ranges = re.findall(r"\b(\d+)\.\.(\d+)", comment)
    if not ranges or a["type"] not in BITS:
        return []
    low = min(int(r[0]) for r in ranges)
    high = max(int(r[1]) for r in ranges)
    special = re.search(r"\bor (M46_\w+)", comment)
    if special:
        high = max(high, header.values.get(special.group(1), 0))
    if limits(a) == (low, high):
        return []
    return [f"{name}: {low}..{high} is not {limits(a)}"]


def integer_fits(policy, a):
    low, high = limits(a)
    full = (1 << BITS[a["type"]]) - 1
    if "flags-mask" in a.get("checks", {}):
        return policy.mask is not None and policy.type == "NLA_U32"
    return (policy.type == "NLA_" + a["type"].upper() and
            (policy.low if policy.low is not None else 0) == low and
            (policy.high if policy.high is not None else full) == high)


def policy_fits(policy, a):
    if policy.type == "NLA_REJECT":         # for answers only
        return True
    checks = a.get("checks", {})
    size = BITS.get(a["type"], 0) // 8
    if a["type"] in BITS and a.get("byte-order") == "big-endian":
        return policy.type == f"NLA_BE{8 * size}" or (
            policy.type == "NLA_BINARY" and policy.low == policy.high == size)
    if a["type"] in BITS:
        return integer_fits(policy, a)
    if a["type"] == "binary" and "exact-len" in checks:
        return policy.type == "NLA_BINARY" and (
            policy.low == policy.high == checks["exact-len"])
    if a["type"] == "binary":
        return policy.type == "NLA_BINARY" and (
            policy.low == checks.get("min-len") and
            policy.high == checks.get("max-len"))
    if a["type"] == "string":
        return (policy.type in ("NLA_STRING", "NLA_NUL_STRING") and
                policy.high == checks.get("max-len"))
    return policy.type == {"nest": "NLA_NESTED", "flag": "NLA_FLAG"}[a["type"]]


def check_policy(spec, kernel, s):
    problems = []
    found = set()
    mine = {name: a for t, a, name in spec.attributes() if t is s}
    for file, table, name, policy in kernel.entries:
        if name not in mine:
            continue
        found.add(name)
        if not policy_fits(policy, mine[name]):
            a = mine[name]
            problems.append(f"kmod/{file}: {table}[{name}]: {policy.text} "
                            f"is not {a['type']} {a.get('checks', '')}")
    for name in sorted(set(mine) & spec.input_names() - found):
        problems.append(f"no policy for {name} in kmod/")
    return problems


def check_mask(spec, header, kernel):
    problems = []
    for _, a, name in spec.attributes():
        flags = a.get("checks", {}).get("flags-mask")
        if not flags:
            continue
        want = spec.mask(a, spec.enum_entries(spec.definitions[flags]))
        for file, table, entry, policy in kernel.entries:
            if entry == name and policy.mask != want:
                problems.append(f"kmod/{file}: {table}[{name}]: "
                                f"mask {policy.mask}, spec says {want}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--top", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parents[1],
                        help="top of the source tree")
    top = parser.parse_args().top
    report = Report()

    header = Header((top / HEADER).read_text())
    spec = Spec(yaml.safe_load((top / SPEC).read_text()))
    print("KTAP version 1")
    report.test("family: name and version", check_family(spec, header))
    report.test("constants and flags", check_consts(spec, header))
    known = {c_name(spec.operations["enum-name"]).lower()}
    for d in spec.definitions.values():
        if d["type"] == "enum":
            report.test(f"enum {d['name']}", check_enum(spec, header, d))
        if "enum-name" in d:
            known.add(c_name(d["enum-name"]).lower())
    for s in spec.sets.values():
        report.test(f"attributes of {s['name']}", check_set(spec, header, s))
        known.add(c_name(s["enum-name"]).lower())
    report.test("commands", check_commands(spec, header))
    report.test("multicast groups", check_groups(spec, header))
    report.test("every enum of the header is in the spec",
                [f"enum {e}" for e in header.enums if e not in known])
    report.test("references within the spec", check_references(spec))
    report.test("comments of the header", check_comments(spec, header))

    if (top / KMOD / "netlink.c").exists():
        kernel = Kernel(top / KMOD, header)
        for s in spec.sets.values():
            report.test(f"policy of {s['name']}",
                        check_policy(spec, kernel, s))
        report.test("masks of the policies", check_mask(spec, header, kernel))
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
