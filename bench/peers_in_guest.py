# SPDX-License-Identifier: Apache-2.0
"""The guest's part of bench/peers: the same bytes between two memories of either kind, in turn."""
import argparse
import json
import pathlib
import statistics
import subprocess

import ratios

ADDRESS = "10.0.0.2:5001"
RESULT = pathlib.Path("/tmp/recv.json")
MEMORIES = {"accelerator": ("accelerator:0", "accelerator:1"), "udmabuf": ("udmabuf", "udmabuf")}


def transfer(kind, mib):
    sender, receiver = MEMORIES[kind]
    server = subprocess.Popen(
        ["ip", "netns", "exec", "b", "nobounce", "recv", "--listen", ADDRESS, "--nic", "eth0",
         "--path", "devmem", "--memory", receiver, "--region-size", "64M", "--verify", "none",
         f"--json={RESULT}"], text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = []
    for line in server.stderr:
        said.append(line)
        if "listening" in line:
            break
    subprocess.run(["ip", "netns", "exec", "a", "nobounce", "send", ADDRESS, "--path", "devmem",
                    "--nic", "eth0", "--memory", sender, "--pattern", "1", "--bytes", "16M",
                    "--repeat", str(mib // 16)], check=True, capture_output=True)
    said.append(server.communicate()[1])
    if server.returncode != 0:
        raise SystemExit(f"{kind}: {''.join(said)}")
    got = json.loads(RESULT.read_text())
    if got["bytes"] != mib << 20 or got["linear_bytes"] != 0:
        raise SystemExit(f"{kind}: {got['bytes']} bytes came, {got['linear_bytes']} linear")
    if kind == "accelerator" and got["cpu_touches"] != 0:
        raise SystemExit(f"the CPU touched device memory: {got['cpu_touches']}")
    return got["gbit_per_s"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=15, help="pairs of runs, interleaved")
    parser.add_argument("--mib", type=int, default=256, help="of one run, a multiple of 16")
    args = parser.parse_args()

    for kind in MEMORIES:  # Not counted: the first run pays for ARP, slow start and page faults.
        transfer(kind, 16)
    got = {kind: [] for kind in MEMORIES}
    for pair in range(args.pairs):
        # Who goes first changes, so that a drift of the machine favours nobody.
        for kind in sorted(MEMORIES, reverse=pair % 2 == 1):
            got[kind].append(transfer(kind, args.mib))
        print(f"pair {pair + 1:2}: " + "  ".join(
            f"{kind} {values[-1]:.3f}" for kind, values in got.items()) + "  Gbit/s", flush=True)
    compared = ratios.compare(got["accelerator"], got["udmabuf"])
    print(json.dumps({"medians_gbit_per_s": {kind: statistics.median(values)
                                             for kind, values in got.items()},
                      **compared, "no_worse": compared["interval_95"][1] >= 0.95}, indent=2))


main()
