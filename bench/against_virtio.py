# SPDX-License-Identifier: Apache-2.0
"""The guest's part of against_virtio: iperf3 over both pairs in turn, and what the runs say."""
import argparse
import glob
import json
import os
import statistics
import subprocess
import time

import ratios

VIRTIO_MACS = ("52:54:00:00:00:01", "52:54:00:00:00:02")
# Where the client runs, and the server's address. The gve pair is as the lab has set it up.
PATHS = {"gve": ("a", "b", "10.0.0.2"), "virtio": ("va", "vb", "10.9.0.2")}


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def device_of(mac):
    for path in glob.glob("/sys/class/net/*/address"):
        if open(path).read().strip() == mac:
            return path.split("/")[4]
    raise SystemExit(f"no NIC with MAC address {mac}")


def set_virtio_up(mtu):
    subprocess.run(["modprobe", "virtio_net"], check=True)
    time.sleep(1)  # The driver names its devices after modprobe has returned.
    for number, (netns, mac) in enumerate(zip(("va", "vb"), VIRTIO_MACS), 1):
        ip("netns", "add", netns)
        ip("link", "set", device_of(mac), "netns", netns, "name", "v0")
        ip("-n", netns, "link", "set", "lo", "up")
        ip("-n", netns, "link", "set", "v0", "mtu", str(mtu), "up")
        ip("-n", netns, "addr", "add", f"10.9.0.{number}/24", "dev", "v0")


def set_gve_mtu(mtu):
    for netns in ("a", "b"):
        ip("-n", netns, "link", "set", "eth0", "mtu", str(mtu))


def gbit_per_s(path, seconds, streams):
    client, _, address = PATHS[path]
    run = subprocess.run(["ip", "netns", "exec", client, "iperf3", "-J", "-c", address,
                          "-t", str(seconds), "-P", str(streams)],
                         check=True, capture_output=True, text=True)
    return json.loads(run.stdout)["end"]["sum_received"]["bits_per_second"] / 1e9


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=15, help="pairs of runs, interleaved")
    parser.add_argument("--seconds", type=int, default=5, help="of one run")
    parser.add_argument("--mtu", type=int, default=4148)
    parser.add_argument("--streams", type=int, default=1, help="parallel connections")
    args = parser.parse_args()

    set_virtio_up(args.mtu)
    set_gve_mtu(args.mtu)
    for _, server, _ in PATHS.values():
        subprocess.run(["ip", "netns", "exec", server, "iperf3", "-s", "-D"], check=True)
    time.sleep(1)  # iperf3 -D does not say when it listens.
    for path in PATHS:  # Not counted: the first run pays for ARP, slow start and page faults.
        gbit_per_s(path, 1, args.streams)

    got = {path: [] for path in PATHS}
    for pair in range(args.pairs):
        # Who goes first changes, so that a drift of the machine favours nobody.
        for path in sorted(PATHS, reverse=pair % 2 == 1):
            got[path].append(gbit_per_s(path, args.seconds, args.streams))
        print(f"pair {pair + 1:2}: gve {got['gve'][-1]:.3f}  virtio {got['virtio'][-1]:.3f} Gbit/s",
              flush=True)

    compared = ratios.compare(got["gve"], got["virtio"])
    print(json.dumps({
        "kernel": os.uname().release, "mtu": args.mtu, "streams": args.streams,
        "seconds": args.seconds,
        "gve_gbit_per_s": statistics.median(got["gve"]),
        "virtio_gbit_per_s": statistics.median(got["virtio"]),
        **compared, "no_worse": compared["interval_95"][1] >= 0.95}, indent=2))


main()
