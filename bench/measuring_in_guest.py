# SPDX-License-Identifier: Apache-2.0
"""The guest's part of bench/measuring: the same transfer measured and not, in turn."""
import argparse
import json
import pathlib
import statistics
import subprocess

import ratios

ADDRESS = "10.0.0.2:5001"
RESULT = pathlib.Path("/tmp/recv.json")
HUGE_PAGES = pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")


def on(host, *command):
    return ["ip", "netns", "exec", host, "nobounce", *command]


def transfer(path, measured, mib):
    """Gbit/s, and CPU seconds a GB of the whole machine."""
    flags = ["--huge-pages", "--path", path, "--memory", "udmabuf", "--nic", "eth0",
             *(["--measure"] if measured else [])]
    server = subprocess.Popen(
        on("b", "recv", "--listen", ADDRESS, *flags, "--region-size", "64M", "--verify", "none",
           f"--json={RESULT}"), text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = []
    for line in server.stderr:
        said.append(line)
        if "listening" in line:
            break
    subprocess.run(on("a", "send", ADDRESS, *flags, "--pattern", "1", "--bytes", "16M",
                      "--repeat", str(mib // 16), "--json=/tmp/send.json"),
                   check=True, capture_output=True)
    said.append(server.communicate()[1])
    if server.returncode != 0:
        raise SystemExit(f"{path}: {''.join(said)}")
    got = json.loads(RESULT.read_text())
    if got["bytes"] != mib << 20 or ("measured" in got) != measured:
        raise SystemExit(f"{path}: {got['bytes']} bytes came; measured: {'measured' in got}")
    busy = sum(got["host_cpu_seconds"][kind]
               for kind in ("user", "nice", "system", "softirq", "irq", "steal"))
    return got["gbit_per_s"], busy / (got["bytes"] / 1e9)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=15, help="pairs of runs, interleaved")
    parser.add_argument("--mib", type=int, default=512, help="of one run, a multiple of 16")
    parser.add_argument("--paths", nargs="+", default=["copy", "devmem"])
    args = parser.parse_args()

    HUGE_PAGES.write_text("128")
    summary = {}
    for path in args.paths:
        transfer(path, True, 16)  # Not counted: it pays for ARP, slow start and page faults.
        got = {True: [], False: []}
        for pair in range(args.pairs):
            # Who goes first changes, so that a drift of the machine favours nobody.
            for measured in (True, False) if pair % 2 else (False, True):
                got[measured].append(transfer(path, measured, args.mib))
            print(f"{path} pair {pair + 1:2}: measured {got[True][-1][0]:.3f}, "
                  f"not {got[False][-1][0]:.3f} Gbit/s", flush=True)
        throughput, cpu = ({measured: [run[i] for run in runs] for measured, runs in got.items()}
                           for i in (0, 1))
        compared = ratios.compare(throughput[True], throughput[False])
        summary[path] = {
            "gbit_per_s": {"measured": statistics.median(throughput[True]),
                           "not": statistics.median(throughput[False])},
            "throughput": compared, "cpu_a_gigabyte": ratios.compare(cpu[True], cpu[False]),
            "reaches_0.97": compared["interval_95"][1] >= 0.97}
    print(json.dumps(summary, indent=2))


main()
