# SPDX-License-Identifier: Apache-2.0
"""Receives UDP with hardware timestamps on host b; run in the guest, as root."""
import ctypes
import fcntl
import socket
import struct
import time

from traffic import socket_on

SIOCSHWTSTAMP = 0x89B0
HWTSTAMP_TX_OFF, HWTSTAMP_FILTER_ALL = 0, 1
SO_TIMESTAMPING = 37
RX_HARDWARE, RAW_HARDWARE = 1 << 2, 1 << 6
PAUSE_S = 0.2
ADDRESS = "10.0.0.2"


def switch_on(sock, interface):
    config = ctypes.create_string_buffer(
        struct.pack("iii", 0, HWTSTAMP_TX_OFF, HWTSTAMP_FILTER_ALL))
    request = struct.pack("16sP", interface.encode(), ctypes.addressof(config))
    fcntl.ioctl(sock.fileno(), SIOCSHWTSTAMP, request.ljust(40, b"\0"))


def hardware_ns(ancillary):
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPING):
            seconds, nanoseconds = struct.unpack_from("qq", data, 32)  # the third of three
            return seconds * 1_000_000_000 + nanoseconds
    raise SystemExit("FAILED: a datagram without a timestamp")


def main():
    with socket_on("b", socket.AF_INET, socket.SOCK_DGRAM) as receiver, \
            socket_on("a", socket.AF_INET, socket.SOCK_DGRAM) as sender:
        switch_on(receiver, "eth0")
        receiver.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, RX_HARDWARE | RAW_HARDWARE)
        receiver.bind((ADDRESS, 0))
        last_ns = 0
        for number in range(10):
            sender.sendto(b"now", receiver.getsockname())
            now_ns = hardware_ns(receiver.recvmsg(100, 1024)[1])
            if now_ns == 0:
                raise SystemExit(f"FAILED: datagram {number} has an empty timestamp")
            if number and now_ns - last_ns < PAUSE_S * 1e9:
                raise SystemExit(f"FAILED: datagrams {PAUSE_S} s apart bear timestamps that are "
                                 f"{now_ns - last_ns} ns apart")
            last_ns = now_ns
            time.sleep(PAUSE_S)


main()
