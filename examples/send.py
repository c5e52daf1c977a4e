#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# The C API from Python, by ctypes alone: sends standard input out of a region.
# usage: send.py ADDR:PORT
import ctypes
import sys

nb = ctypes.CDLL("libnobounce.so.0")
handle = ctypes.c_void_p  # Every object of the library.
nb.nb_error_message.restype = ctypes.c_char_p
nb.nb_error_message.argtypes = [handle]
nb.nb_sender_choice.restype = handle
nb.nb_choice_path.restype = ctypes.c_char_p
nb.nb_choice_path.argtypes = [handle]


class RegionOptions(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("provider", ctypes.c_char_p),
                ("size_bytes", ctypes.c_uint64), ("huge_pages", ctypes.c_uint32),
                ("reserved", ctypes.c_uint32)]


class ConnectOptions(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("address", ctypes.c_char_p),
                ("nic", ctypes.c_char_p), ("path", ctypes.c_char_p),
                ("timeout_ms", ctypes.c_int32), ("stop_fd", ctypes.c_int32)]


def check(function, *arguments):
    error = handle()
    if function(*arguments, ctypes.byref(error)) != 0:
        message = nb.nb_error_message(error).decode()
        nb.nb_error_free(error)
        raise RuntimeError(message)


def main():
    size = 4 << 20
    region, sender = handle(), handle()
    options = RegionOptions(ctypes.sizeof(RegionOptions), None, size)
    check(nb.nb_region_open, ctypes.byref(options), ctypes.byref(region))
    peer = ConnectOptions(ctypes.sizeof(ConnectOptions), sys.argv[1].encode())
    check(nb.nb_connect, ctypes.byref(peer), region, ctypes.byref(sender))
    data, sent, settled = handle(), ctypes.c_uint64(), ctypes.c_bool()
    check(nb.nb_region_data, region, ctypes.byref(data))
    while length := sys.stdin.buffer.readinto((ctypes.c_char * size).from_address(data.value)):
        check(nb.nb_send, sender, ctypes.c_uint64(0), ctypes.c_uint64(length), -1,
              ctypes.byref(sent))
        check(nb.nb_settle, sender, -1, ctypes.byref(settled))
    check(nb.nb_finish, sender)
    path = nb.nb_choice_path(nb.nb_sender_choice(sender)).decode()
    print(f"sent by {path}", file=sys.stderr)
    nb.nb_sender_close(sender)
    nb.nb_region_close(region)


main()
