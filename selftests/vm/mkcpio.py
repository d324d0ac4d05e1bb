#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Write initramfs archives ("newc" cpio; the kernel takes several in a row).

usage: mkcpio.py tree DIR PREFIX		everything below DIR, as PREFIX/...
       mkcpio.py layer LIST PREFIX		the programs and paths that LIST names,
						as PREFIX/their-own-path
       mkcpio.py files DST=SRC...		single files
"""
import os
import re
import shutil
import stat
import subprocess
import sys

PATH = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"


class Cpio:
    """One archive; directories above an entry are made as needed."""

    def __init__(self, out):
        self.out = out
        self.ino = 0
        self.have = set()
        self.offset = 0

    def _write(self, data):
        self.out.write(data)
        self.offset += len(data)

    def _pad(self):
        self._write(b"\0" * (-self.offset % 4))

    def _entry(self, name, mode, data=b""):
        raw = name.encode() + b"\0"
        self.ino += 1
        fields = (self.ino, mode, 0, 0, 2 if stat.S_ISDIR(mode) else 1, 0,
                  len(data), 0, 0, 0, 0, len(raw), 0)
        self._write(b"070701" + b"".join(b"%08x" % f for f in fields) + raw)
        self._pad()
        self._write(data)
        self._pad()

    def add(self, name, src):
        """Add what is at src (no dereferencing) under name, once."""
        name = name.strip("/")
        if name in self.have:
            return
        self.parents(name)
        self.have.add(name)
        st = os.lstat(src)
        if stat.S_ISLNK(st.st_mode):
            self._entry(name, st.st_mode, os.readlink(src).encode())
        elif stat.S_ISDIR(st.st_mode):
            self._entry(name, st.st_mode)
        elif stat.S_ISREG(st.st_mode):
            with open(src, "rb") as f:
                self._entry(name, st.st_mode, f.read())

    def parents(self, name):
        parts = name.split("/")[:-1]
        for i in range(len(parts)):
            path = "/".join(parts[:i + 1])
            if path not in self.have:
                self.have.add(path)
                self._entry(path, 0o40755)

    def close(self):
        self._entry("TRAILER!!!", 0)


def walk(top):
    yield top
    if os.path.isdir(top) and not os.path.islink(top):
        for name in sorted(os.listdir(top)):
            yield from walk(os.path.join(top, name))


def with_links(path):
    """path as the guest will look it up: each symbolic link on the way is
    itself part of the answer, in directories that are none."""
    found = []
    for _ in range(20):
        path = os.path.join(os.path.realpath(os.path.dirname(path)),
                            os.path.basename(path))
        found.append(path)
        if not os.path.islink(path):
            break
        path = os.path.join(os.path.dirname(path), os.readlink(path))
    return found


def libraries(path):
    """Shared libraries of an ELF program, the loader included."""
    with open(path, "rb") as f:
        if f.read(4) != b"\x7fELF":
            return []
    out = subprocess.run(["ldd", path], capture_output=True, text=True,
                         check=False).stdout
    return re.findall(r"(?:=> )?(/\S+) \(0x", out)


def layer_files(list_name):
    """Every file of the layer, in the order of the list."""
    programs, paths, without = [], [], []
    with open(list_name, encoding="utf-8") as f:
        for line in f:
            line = line.split("#")[0].strip()
            if line.startswith("!"):
                without.append(line[1:])
            elif line.startswith("/"):
                paths.append(line)
            elif line:
                found = shutil.which(line, path=PATH)
                if found:
                    programs.append(found)
    files = []
    for path in paths:
        if not os.path.exists(path):
            continue
        if os.path.isfile(path):
            files += with_links(path)
            continue
        for name in walk(path):
            if not any(name == w or name.startswith(w + "/") for w in without):
                files.append(name)
    # Extension modules of Python have libraries as programs do.
    binaries = programs + [f for f in files if f.endswith(".so")]
    for path in programs:
        files += with_links(path)
    for path in binaries:
        for lib in libraries(os.path.realpath(path)):
            files += with_links(lib)
    return list(dict.fromkeys(files))


def main():
    what, args = sys.argv[1], sys.argv[2:]
    cpio = Cpio(sys.stdout.buffer)
    if what == "tree":
        top, prefix = args
        for name in walk(top):
            if name != top:
                cpio.add(prefix + "/" + os.path.relpath(name, top), name)
    elif what == "layer":
        for name in layer_files(args[0]):
            cpio.add(args[1] + name, name)
    elif what == "files":
        for arg in args:
            dst, src = arg.split("=", 1)
            cpio.add(dst, os.path.realpath(src))
    else:
        sys.exit(__doc__)
    cpio.close()


main()
