# SPDX-License-Identifier: GPL-2.0
"""The peers that are more than a device: Jool and TAYGA."""
import os
import shutil
import subprocess
import tempfile
import time

JOOL = "jool_siit"
TAYGA_CONF = """\
tun-device nat64
ipv4-addr 192.0.0.2
ipv6-addr 2001:db8:f::464
prefix 2001:db8:1::/96
map 198.51.100.2 2001:db8:3::c633:6402
"""
TAYGA_UP = """
link set nat64 up mtu %d txqueuelen 20000
route add 198.51.100.0/24 dev nat64
route add 2001:db8:1::/96 dev nat64
"""


def modprobe(*names):
    return subprocess.run(["modprobe", "-a", *names], check=False,
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def missing(peer):
    """Why it cannot run here, or None."""
    if not peer:
        return None
    program = JOOL if peer == "jool" else peer
    if not shutil.which(program):
        return "no " + program
    if peer == "jool" and not modprobe("jool_siit"):
        return "no module jool_siit for Linux " + os.uname().release
    if peer == "tayga" and not modprobe("tun"):
        return "no module tun"
    return None


def start(chain, peer):
    if peer == "jool":
        chain.jool = True
        chain.command(JOOL, "instance", "add", "--netfilter",
                      "--pool6", "2001:db8:1::/96")
        if chain.mtu > 1500:
            chain.command(JOOL, "global", "update", "lowest-ipv6-mtu",
                          str(chain.mtu))
        return
    with tempfile.NamedTemporaryFile("w", delete=False) as f:
        f.write(TAYGA_CONF)
    chain.tayga_conf = f.name
    chain.undo.append(("dut", "link del nat64"))
    chain.command("tayga", "-c", f.name, "--mktun")
    chain.ip("dut", TAYGA_UP % chain.mtu)
    chain.enter("dut")
    chain.tayga = subprocess.Popen(
        ["tayga", "-c", f.name, "-d"], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # Nothing is sent to the device before it is read from.
    for _ in range(100):
        if "LOWER_UP" in chain.command("ip", "link", "show", "nat64"):
            return
        time.sleep(0.05)


def stop(chain):
    if chain.tayga:
        chain.tayga.kill()
        chain.tayga.wait()
        chain.tayga = None
        os.unlink(chain.tayga_conf)
    if chain.jool:
        chain.jool = False
        chain.command(JOOL, "instance", "remove")
