#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Send data from one network namespace to another and verify what arrives.

usage: flow.py COMMAND    run one
       flow.py            run those that come in on standard input, one a line:
                          starting Python is what costs time

udp FROM TO ADDR COUNT [size BYTES] [rate PER_SECOND] [gso] [no-check]
    [df on|off] [idle SECONDS] [until FILE] [from ADDR] [at ADDR]
    COUNT numbered datagrams. Prints "received N lost N late N twice N corrupt
    N": late is one that comes after a higher number. Ends when all are there,
    or idle seconds (2) after the last. until: stop sending when FILE exists.
    from: the sender's address; at: the receiver's, where it is another than
    the sender knows.
udp FROM - ADDR COUNT ...
    Send only.
tcp FROM TO ADDR BYTES [from ADDR] [at ADDR]
    Prints "received N intact yes|no".
crowd FROM TO PREFIX COUNT ADDR at ADDR4 [base N]
    COUNT clients, PREFIX:(N + 1) (hexadecimal) and so on, talk to ADDR at
    once, all from the same port: TCP, UDP and ICMPv6 echo; at: what the
    server's end is bound to. Prints "tcp N udp N echo N sources ADDR,ADDR...":
    how many had their own answer, and the addresses that TO saw.
hosts FROM PREFIX COUNT ADDR [rate PER_SECOND]
    One datagram from each of COUNT random addresses of an IPv6 /64 to ADDR.
flows FROM PREFIX COUNT ADDR [rate PER_SECOND]
    COUNT datagrams to ADDR, each from another address of an IPv4 /24 or another
    port, no faster than this CPU forwards them. Prints "sent N".
ip6 FROM ADDR SOURCE DESTINATION [WHAT ...]
p41 FROM ADDR SOURCE DESTINATION OUTER-SOURCE OUTER-DESTINATION [WHAT ...]
    Raw IPv6 packets, alone or in IPv4, with any addresses, to the next hop
    towards ADDR. WHAT: icmp TYPE (128, an echo request); hops N (64); class N,
    tos N: Traffic Class and outer TOS; version N, length N: of the IPv6
    header; cut N: send that many bytes of it only; count N (1).
stat NS DEV
    "RX TX": packets of a device.

FROM and TO are names of network namespaces, ADDR is an address of TO.
"""
import ctypes
import os
import select
import socket
import struct
import sys
import time
import zlib

CLONE_NEWNET = 0x40000000
SO_NO_CHECK = 11
SO_RCVBUFFORCE = 33
IP_MTU_DISCOVER = 10
IP_PMTUDISC = {"off": 0, "on": 2}
UDP_SEGMENT = 103
PORT = 4646
BLOCK = 1 << 16
FILL = os.urandom(BLOCK + 8192)

libc = ctypes.CDLL(None, use_errno=True)
home = os.open("/proc/self/ns/net", os.O_RDONLY)


def in_ns(name, kind, addr, proto=0):
    """A socket of a namespace, of the address's family."""
    fd = os.open("/run/netns/" + name, os.O_RDONLY)
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns " + name)
    os.close(fd)
    try:
        return socket.socket(socket.AF_INET6 if ":" in addr else
                             socket.AF_INET, kind, proto)
    finally:
        libc.setns(home, CLONE_NEWNET)


def datagram(num, size):
    """Datagram number num: its number, a filling that differs, a checksum."""
    at = num * 7 % 1024
    body = num.to_bytes(4, "big") + FILL[at:at + size - 8]
    return body + zlib.crc32(body).to_bytes(4, "big")


class Verdict:
    """What became of numbered datagrams."""

    def __init__(self):
        self.received = self.late = self.twice = self.corrupt = 0
        self.seen = set()
        self.highest = -1

    def take(self, data):
        self.received += 1
        num = int.from_bytes(data[:4], "big")
        if zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "big"):
            self.corrupt += 1
            return
        self.twice += num in self.seen
        self.late += num < self.highest
        self.seen.add(num)
        self.highest = max(self.highest, num)

    def text(self, sent):
        return "received %d lost %d late %d twice %d corrupt %d" % (
            self.received, sent - len(self.seen), self.late, self.twice,
            self.corrupt)


def options(words):
    """size 100 gso -> {"size": "100", "gso": True}"""
    opts = {"size": "200", "rate": "0", "idle": "2"}
    words = list(words)
    while words:
        word = words.pop(0)
        opts[word] = (True if word in ("gso", "no-check") else words.pop(0))
    return opts


def udp_sender(name, addr, opts):
    sock = in_ns(name, socket.SOCK_DGRAM, addr)
    if "from" in opts:
        sock.bind((opts["from"], 0))
    if "no-check" in opts:
        sock.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    if "df" in opts:
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER,
                        IP_PMTUDISC[opts["df"]])
    if "gso" in opts:
        sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, int(opts["size"]))
    sock.connect((addr, PORT))
    return sock


def drain(sink, verdict, timeout):
    """Take what is there; wait for the first as long as timeout."""
    while sink and select.select([sink], [], [], timeout)[0]:
        timeout = 0
        verdict.take(sink.recv(65535))


def udp(source, dest, addr, count, *words):
    opts = options(words)
    size, rate, count = int(opts["size"]), int(opts["rate"]), int(count)
    batch = min(40, 60000 // size) if "gso" in opts else 1
    verdict = Verdict()
    sink = None
    if dest != "-":
        at = opts.get("at", addr)
        sink = in_ns(dest, socket.SOCK_DGRAM, at)
        sink.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
        sink.bind((at, PORT))
    sock = udp_sender(source, addr, opts)
    start = time.monotonic()
    sent = 0
    while sent < count and not ("until" in opts and
                                os.path.exists(opts["until"])):
        due = start + sent / rate if rate else 0
        drain(sink, verdict, max(0, due - time.monotonic()))
        if due > time.monotonic():
            time.sleep(max(0, due - time.monotonic()))
        last = min(sent + batch, count)
        sock.send(b"".join(datagram(n, size) for n in range(sent, last)))
        sent = last
    before = -1
    while sink and verdict.received < sent and verdict.received > before:
        before = verdict.received
        drain(sink, verdict, float(opts["idle"]))
    return verdict.text(sent)


class Stream:
    """What a TCP stream should contain."""

    def __init__(self):
        self.total = 0
        self.intact = True

    @staticmethod
    def at(pos):
        """From pos to the end of its block; blocks differ."""
        num = pos // BLOCK * 11 % 4096
        return FILL[num + pos % BLOCK:num + BLOCK]

    def take(self, data):
        while data:
            want = self.at(self.total)[:len(data)]
            self.intact &= data[:len(want)] == want
            self.total += len(want)
            data = data[len(want):]


def tcp(source, dest, addr, count, *words):
    count, opts = int(count), options(words)
    at = opts.get("at", addr)
    listener = in_ns(dest, socket.SOCK_STREAM, at)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((at, PORT))
    listener.listen()
    sock = in_ns(source, socket.SOCK_STREAM, addr)
    if "from" in opts:
        sock.bind((opts["from"], 0))
    sock.settimeout(20)
    sock.connect((addr, PORT))
    listener.settimeout(20)
    sink = listener.accept()[0]
    listener.close()
    sock.setblocking(False)
    stream, sent, done = Stream(), 0, False
    while not done:
        reads, writes, _ = select.select([sink], [sock] if sent < count else
                                         [], [], 20)
        if not reads and not writes:
            break
        if writes:
            sent += sock.send(Stream.at(sent)[:count - sent])
            if sent == count:
                sock.shutdown(socket.SHUT_WR)
        if reads:
            data = sink.recv(1 << 20)
            stream.take(data)
            done = not data
    sock.close()
    sink.close()
    return "received %d intact %s" % (stream.total,
                                      "yes" if stream.intact else "no")


class Crowd:
    """Many clients of one server, in one loop."""

    IDLE = 5

    def __init__(self, dest, at):
        self.poll = select.epoll()
        self.ready = {}
        self.answered = {"tcp": set(), "udp": set(), "echo": set()}
        self.sources = set()
        self.listener = in_ns(dest, socket.SOCK_STREAM, at)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((at, PORT))
        self.listener.listen(1000)
        self.watch(self.listener, self.accept)
        sink = in_ns(dest, socket.SOCK_DGRAM, at)
        sink.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 22)
        sink.bind((at, PORT))
        self.watch(sink, self.echo_datagram)

    def watch(self, sock, call, events=select.EPOLLIN):
        sock.setblocking(False)
        self.ready[sock.fileno()] = (sock, call)
        self.poll.register(sock, events)

    # the server's side

    def accept(self, listener):
        sock, peer = listener.accept()
        self.sources.add(peer[0])
        self.watch(sock, self.echo_stream)

    def echo_stream(self, sock):
        data = sock.recv(1000)
        if data:
            sock.send(data)
        else:
            self.poll.unregister(sock)

    def echo_datagram(self, sock):
        data, peer = sock.recvfrom(1000)
        self.sources.add(peer[0])
        sock.sendto(data, peer)

    # the clients' side; the answer says who asked

    def client(self, source, addr, num, name):
        body = b"client %d" % num

        def answer(kind, skip=0):
            def take(sock):
                if sock.recv(1000)[skip:] == body:
                    self.answered[kind].add(num)
            return take

        def connected(sock):
            sock.send(body)
            self.ready[sock.fileno()] = (sock, answer("tcp"))
            self.poll.modify(sock, select.EPOLLIN)

        sock = in_ns(source, socket.SOCK_STREAM, addr)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((name, PORT))
        self.watch(sock, connected, select.EPOLLOUT)
        sock.connect_ex((addr, PORT))
        sock = in_ns(source, socket.SOCK_DGRAM, addr)
        sock.bind((name, PORT))
        sock.connect((addr, PORT))
        self.watch(sock, answer("udp"))
        sock.send(body)
        sock = in_ns(source, socket.SOCK_RAW, addr, socket.IPPROTO_ICMPV6)
        sock.bind((name, 0))
        sock.connect((addr, 0))
        self.watch(sock, answer("echo", 8))
        sock.send(struct.pack("!BBHHH", 128, 0, 0, PORT, 1) + body)

    def turn(self, timeout):
        events = self.poll.poll(timeout)
        for fd, _ in events:
            sock, call = self.ready[fd]
            try:
                call(sock)
            except OSError as err:
                print("crowd:", err, file=sys.stderr)
                self.poll.unregister(sock)
        return bool(events)

    def text(self):
        return "tcp %d udp %d echo %d sources %s" % (
            len(self.answered["tcp"]), len(self.answered["udp"]),
            len(self.answered["echo"]), ",".join(sorted(self.sources)))

    def close(self):
        for sock, _ in self.ready.values():
            sock.close()
        self.poll.close()


def crowd(source, dest, prefix, count, addr, *words):
    opts = options(words)
    all_of_them = Crowd(dest, opts["at"])
    for num in range(1, int(count) + 1):
        all_of_them.client(source, addr, num, "%s:%x" %
                           (prefix, int(opts.get("base", 0)) + num))
        while all_of_them.turn(0):
            pass
    while any(len(nums) < int(count)
              for nums in all_of_them.answered.values()):
        if not all_of_them.turn(all_of_them.IDLE):
            break
    all_of_them.close()
    return all_of_them.text()


def hosts(source, prefix, count, addr, *words):
    rate = int(options(words)["rate"])
    sock = in_ns(source, socket.SOCK_RAW, addr, socket.IPPROTO_RAW)
    net = socket.inet_pton(socket.AF_INET6, prefix)[:8]
    dst = socket.inet_pton(socket.AF_INET6, addr)
    # a translator adjusts a checksum, right or wrong
    body = struct.pack("!HHHH", 4000, 9, 12, 1) + b"m46!"
    head = struct.pack("!IHBB", 6 << 28, len(body), socket.IPPROTO_UDP, 64)
    for n in range(int(count)):
        sock.sendto(head + net + os.urandom(8) + dst + body, (addr, 0))
        # a processor's backlog takes 1000
        if n % 100 == 99:
            time.sleep(100 / rate if rate else 0)
    return "sent %s" % count


def flows(source, prefix, count, addr, *words):
    rate = int(options(words)["rate"])
    sock = in_ns(source, socket.SOCK_RAW, addr, socket.IPPROTO_RAW)
    net = socket.inet_aton(prefix)[:3]
    start = time.monotonic()
    # ksoftirqd goes first, so that no backlog fills up
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    try:
        for n in range(int(count)):
            # the kernel fills in length, identification and checksum
            head = struct.pack("!BBHIBBH", 0x45, 0, 0, 0, 64,
                               socket.IPPROTO_UDP, 0)
            pair = net + bytes([2 + n % 250]) + socket.inet_aton(addr)
            udp = [1024 + n // 250, 9, 12, 0, n]
            udp[3] = checksum(pair + struct.pack("!HHHHHHI", 17, 12, *udp))
            sock.sendto(head + pair + struct.pack("!HHHHI", *udp), (addr, 0))
            if n % 100 == 99 and rate:
                time.sleep(max(0, start + n / rate - time.monotonic()))
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return "sent %s" % count


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def raw6(source, dest, opts):
    """A whole IPv6 packet, ICMPv6, with whatever is wrong with it."""
    ends = b"".join(socket.inet_pton(socket.AF_INET6, a)
                    for a in (source, dest))
    # 24 bytes: target of neighbour solicitations, or data
    body = struct.pack("!BBHI", int(opts.get("icmp", 128)), 0, 0, 0x4600001)
    body += ends[16:] + b"m46 test"
    pseudo = ends + struct.pack("!II", len(body), socket.IPPROTO_ICMPV6)
    body = body[:2] + checksum(pseudo + body).to_bytes(2, "big") + body[4:]
    head = struct.pack("!IHBB", int(opts.get("version", 6)) << 28 |
                       int(opts.get("class", 0)) << 20,
                       int(opts.get("length", len(body))),
                       socket.IPPROTO_ICMPV6, int(opts.get("hops", 64)))
    return (head + ends + body)[:int(opts.get("cut", 65535))]


def ip6(ns, addr, source, dest, *words):
    opts = options(words)
    sock = in_ns(ns, socket.SOCK_RAW, addr, socket.IPPROTO_RAW)
    for _ in range(int(opts.get("count", 1))):
        sock.sendto(raw6(source, dest, opts), (addr, 0))
    return "sent"


def p41(ns, addr, source, dest, outer_source, outer_dest, *words):
    opts = options(words)
    sock = in_ns(ns, socket.SOCK_RAW, addr, socket.IPPROTO_RAW)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    inner = raw6(source, dest, opts)
    # the kernel fills in length, identification and checksum
    head = struct.pack("!BBHIBBH", 0x45, int(opts.get("tos", 0)), 0, 0, 64,
                       socket.IPPROTO_IPV6, 0)
    head += socket.inet_aton(outer_source) + socket.inet_aton(outer_dest)
    for _ in range(int(opts.get("count", 1))):
        sock.sendto(head + inner, (addr, 0))
    return "sent"


def stat(ns, dev):
    fd = os.open("/run/netns/" + ns, os.O_RDONLY)
    libc.setns(fd, CLONE_NEWNET)
    os.close(fd)
    try:
        with open("/proc/thread-self/net/dev", encoding="ascii") as lines:
            for line in lines:
                words = line.replace(":", " ").split()
                if words[0] == dev:
                    return "%s %s" % (words[2], words[10])
    finally:
        libc.setns(home, CLONE_NEWNET)
    return "no " + dev


def run(words):
    commands = {"udp": udp, "tcp": tcp, "crowd": crowd, "hosts": hosts,
                "flows": flows, "ip6": ip6, "p41": p41, "stat": stat}
    try:
        return commands[words[0]](*words[1:])
    except (OSError, ValueError, TypeError, KeyError, IndexError) as err:
        return "%s: %s" % (type(err).__name__, err)


# Between CPUs packets overtake one another on any veth; on one they do not.
os.sched_setaffinity(0, [max(os.sched_getaffinity(0))])
if len(sys.argv) > 1:
    print(run(sys.argv[1:]))
else:
    print("ready", flush=True)
    for line in sys.stdin:
        print(run(line.split()), flush=True)
