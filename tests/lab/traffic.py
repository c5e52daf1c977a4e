# SPDX-License-Identifier: Apache-2.0
"""Traffic between the guest's two hosts, compared byte for byte; run in the guest, as root.

  traffic.py checks              for each line that it reads: TCP and UDP over IPv4 and IPv6, both
                                 ways, and the answer "good"; ends at a wrong byte
  traffic.py stream STATE        TCP both ways until SIGTERM; the bytes that have arrived so far are
                                 kept in the file STATE.a-b (IPv4) and STATE.b-a (IPv6)

One process plays both hosts: a socket stays in the network namespace that it was made in.
"""
import os
import signal
import socket
import sys
import threading

ADDRESSES = {"a": ("10.0.0.1", "fd00:0::1"), "b": ("10.0.0.2", "fd00:0::2")}
FAMILIES = (socket.AF_INET, socket.AF_INET6)
PATIENCE_S = 60
TCP_BYTES = 999_983
UDP_SIZES = (0, 1, 18, 100, 1000, 1472, 4000, 8000, 20_000)  # The last is sent in fragments.
SOL_UDP, UDP_SEGMENT = 17, 103
SEGMENT_BYTES, SEGMENTS = 700, 20
CHUNK_BYTES = 256 * 1024
# A prime number of bytes repeats at no power of two: a page that lands elsewhere is noticed.
PERIOD = 1_000_003
PATTERN = memoryview(os.urandom(PERIOD) * 2)


def pattern(first, size):
    """`size` bytes, at most PERIOD, of an endless stream from number `first` on."""
    first %= PERIOD
    return PATTERN[first:first + size]


def address_of(host, family):
    return ADDRESSES[host][FAMILIES.index(family)]


def socket_on(host, family, kind):
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{host}", os.O_RDONLY)
    try:
        os.setns(there, os.CLONE_NEWNET)
        try:
            made = socket.socket(family, kind)
        finally:
            os.setns(home, os.CLONE_NEWNET)
    finally:
        os.close(home)
        os.close(there)
    made.settimeout(PATIENCE_S)
    return made


def connect(source, target, family):
    """A TCP connection: (the source's end, the target's end)."""
    with socket_on(target, family, socket.SOCK_STREAM) as listener:
        listener.bind((address_of(target, family), 0))
        listener.listen(1)
        client = socket_on(source, family, socket.SOCK_STREAM)
        client.connect(listener.getsockname()[:2])
        server, _ = listener.accept()
        server.settimeout(PATIENCE_S)
        return client, server


def expect_pattern(got, first, what):
    if got == pattern(first, len(got)):
        return
    wrong = next(i for i, byte in enumerate(pattern(first, len(got))) if got[i] != byte)
    raise SystemExit(f"FAILED: {what}: byte {first + wrong} is wrong")


def check_tcp(source, target, family):
    client, server = connect(source, target, family)
    with client, server:
        sender = threading.Thread(target=lambda: (client.sendall(pattern(0, TCP_BYTES)),
                                                  client.shutdown(socket.SHUT_WR)))
        sender.start()
        total = 0
        while piece := server.recv(CHUNK_BYTES):
            expect_pattern(piece, total, f"TCP {source} to {target}")
            total += len(piece)
        sender.join()
    if total != TCP_BYTES:
        raise SystemExit(f"FAILED: TCP {source} to {target}: {total} bytes of {TCP_BYTES}")


def check_udp(source, target, family):
    with socket_on(target, family, socket.SOCK_DGRAM) as server, \
            socket_on(source, family, socket.SOCK_DGRAM) as client:
        server.bind((address_of(target, family), 0))
        client.connect(server.getsockname()[:2])
        # One at a time: what is lost was not lost in a full socket.
        for size in UDP_SIZES:
            client.send(pattern(size, size))
            got = server.recv(65536)
            if got != pattern(size, size):
                raise SystemExit(f"FAILED: UDP {source} to {target}: {size} bytes are wrong")
        # Segmentation offload: one call, many datagrams.
        client.setsockopt(SOL_UDP, UDP_SEGMENT, SEGMENT_BYTES)
        client.send(pattern(0, SEGMENT_BYTES * SEGMENTS))
        for number in range(SEGMENTS):
            got = server.recv(65536)
            if len(got) != SEGMENT_BYTES:
                raise SystemExit(f"FAILED: UDP segment {number} has {len(got)} bytes")
            expect_pattern(got, number * SEGMENT_BYTES, f"UDP segment {number}")


def check():
    for source, target in (("a", "b"), ("b", "a")):
        for family in FAMILIES:
            check_tcp(source, target, family)
            check_udp(source, target, family)


def stream_one_way(source, target, family, state, stop, failures):
    client, server = connect(source, target, family)
    sent = 0

    def send():
        nonlocal sent
        while not stop.is_set():
            client.sendall(pattern(sent, CHUNK_BYTES))
            sent += CHUNK_BYTES
        client.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()
    total = 0
    try:
        with server:
            while piece := server.recv(CHUNK_BYTES):
                expect_pattern(piece, total, f"stream {source} to {target}")
                total += len(piece)
                with open(state, "w") as file:
                    file.write(str(total))
    except (SystemExit, OSError) as error:
        failures.append(f"{source} to {target}, after {total} bytes: {error}")
        stop.set()
        return
    sender.join()
    if total != sent:
        failures.append(f"{source} to {target}: {total} bytes of {sent}")


def stream(state):
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    failures = []
    ways = [threading.Thread(target=stream_one_way,
                             args=(source, target, family, f"{state}.{source}-{target}", stop,
                                   failures))
            for source, target, family in (("a", "b", socket.AF_INET), ("b", "a", socket.AF_INET6))]
    for way in ways:
        way.start()
    stop.wait()
    for way in ways:
        way.join()
    if failures:
        raise SystemExit("FAILED: " + "; ".join(failures))


if __name__ == "__main__":
    if sys.argv[1] == "checks":
        for _ in sys.stdin:
            check()
            print("good", flush=True)
    else:
        stream(sys.argv[2])
