# SPDX-License-Identifier: Apache-2.0
# One accelerator through the kernel's virtio-gpu driver and nothing of ours: blobs, a mapping, and
# command streams as src/abi/accelerator.h lays them out. Prints nothing if all is well.
import ctypes
import fcntl
import hashlib
import mmap
import os
import struct
import sys

MAPPABLE, SHAREABLE = 1, 2
GUEST, HOST3D = 1, 2
FILL, COMPARE, COPY, GATHER, HASH, COUNTERS = range(1, 7)
DONE, MISMATCH, MALFORMED, NO_RESOURCE, OUT_OF_BOUNDS = range(1, 6)
RESULT_BYTES = 64


def ioctl(fd, number, layout, *values):
    """A command of the driver's own, which reads and writes its argument."""
    buffer = bytearray(struct.pack(layout, *values))
    fcntl.ioctl(fd, 3 << 30 | len(buffer) << 16 | ord('d') << 8 | 0x40 + number, buffer)
    return struct.unpack(layout, buffer)


class Device:
    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR)
        self.results = self.blob(GUEST, 16384)
        self.window = self.map(self.results)

    def blob(self, kind, size):
        """(handle, resource id, size)"""
        _, _, handle, resource, *_ = ioctl(self.fd, 0x0a, '<4IQ2IQQ', kind, MAPPABLE | SHAREABLE,
                                           0, 0, size, 0, 0, 0, 0)
        return handle, resource, size

    def map(self, blob):
        offset, *_ = ioctl(self.fd, 0x01, '<Q2I', 0, blob[0], 0)
        return mmap.mmap(self.fd, blob[2], offset=offset)

    def submit(self, commands, blobs):
        """Results as (status, crc32c, value, 32 bytes)."""
        body = b''.join(struct.pack('<2I', code, 8 + len(rest)) + rest for code, rest in commands)
        stream = struct.pack('<6IQ', 0x4341424e, 1, 32 + len(body), len(commands), self.results[1],
                             0, 0) + body
        self.execute(stream, [self.results, *blobs])
        return [struct.unpack_from('<2IQ32s', self.window, RESULT_BYTES * i)
                for i in range(len(commands))]

    def execute(self, stream, blobs):
        text = (len(stream) + 7) // 8 * 8
        whole = mmap.mmap(-1, text + 4 * len(blobs))
        whole.write(stream.ljust(text, b'\0') + b''.join(struct.pack('<I', b[0]) for b in blobs))
        address = ctypes.addressof(ctypes.c_char.from_buffer(whole))
        ioctl(self.fd, 0x02, '<2I2QIi4I2Q', 0, len(stream), address, address + text, len(blobs),
              -1, 0, 0, 0, 0, 0, 0)
        # The results' buffer is busy until the fence of the submission is signalled.
        ioctl(self.fd, 0x08, '<2I', self.results[0], 0)


def fill(blob, offset, length, seed, position=0):
    return FILL, struct.pack('<2I4Q', blob[1], 0, offset, length, seed, position)


def compare(blob, offset, length, seed, position=0):
    return COMPARE, fill(blob, offset, length, seed, position)[1]


def copy(source, start, target, end, length):
    return COPY, struct.pack('<2I3Q', source[1], target[1], start, end, length)


def digest(blob, offset, length, flags=3, context=5):
    return HASH, struct.pack('<4I2Q', blob[1], context, flags, 0, offset, length)


def counters(result):
    return struct.unpack('<4Q', result[3])


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f'{what}: found {found}, expected {wanted}')


def main():
    device = Device(sys.argv[1])
    memory = device.blob(HOST3D, 3 << 20)
    buffer = device.blob(GUEST, 1 << 20)
    both = [memory, buffer]
    before = counters(device.submit([(COUNTERS, b'')], both)[0])

    # All of it on the device, with no CPU in the window.
    results = device.submit(
        [fill(memory, 1, (3 << 20) - 2, 7), compare(memory, 1, (3 << 20) - 2, 7),
         copy(memory, 5, buffer, 3, 1000000), digest(memory, 5, 1000000),
         compare(memory, 0, 2, 7), (COUNTERS, b'')], both)
    expect('statuses', [r[0] for r in results], [DONE, DONE, DONE, DONE, MISMATCH, DONE])
    expect('bytes filled', results[0][2], (3 << 20) - 2)
    copied = device.map(buffer)[3:1000003]
    expect('SHA-256', results[3][3], hashlib.sha256(copied).digest())
    expect('the first byte that differs', results[4][2], 0)
    expect('CPU accesses meanwhile', counters(results[5]), before)

    # A poke is counted: one write of a byte, and one read of another.
    window = device.map(memory)
    window[4096] = 0x5a
    expect('a byte that the device wrote', window[5], copied[0])
    results = device.submit(
        [(COUNTERS, b''), compare(memory, 4096, 1, 7, 4095), copy(memory, 4096, buffer, 0, 1)],
        both)
    expect('CPU accesses of a poke', [a - b for a, b in zip(counters(results[0]), before)],
           [1, 1, 1, 1])
    expect('the poke', device.map(buffer)[0], 0x5a)

    # A fault ends the stream; what follows is not executed.
    results = device.submit([fill(memory, 3 << 20, 1, 1), (COUNTERS, b'')], both)
    expect('statuses after a fault', [r[0] for r in results], [OUT_OF_BOUNDS, 0])
    stranger = Device(sys.argv[1])
    results = stranger.submit([fill(memory, 0, 1, 1)], [])
    expect("another process's memory", results[0][0], NO_RESOURCE)


main()
