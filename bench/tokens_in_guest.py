# SPDX-License-Identifier: Apache-2.0
"""The guest's part of bench/tokens: the same bytes by nobounce and by two bare loops, in turn.

`one token` reads 512 KB and returns one token a call, as the kernel's own tests do; `bare` reads
64 MB and returns up to 1024 tokens a call, as nobounce does. The sender is the same for all.
"""
import argparse
import json
import pathlib
import statistics
import subprocess

import ratios

ADDRESS = "10.0.0.2:5001"
RESULT = pathlib.Path("/tmp/recv.json")
BARE = {"one token": ("524288", "1"), "bare": ("67108864", "1024")}
WAYS = ["nobounce", "bare", "one token"]


def command(way):
    if way != "nobounce":
        return ["/share/bare_devmem", ADDRESS, "eth0", *BARE[way]]
    return ["nobounce", "recv", "--listen", ADDRESS, "--nic", "eth0", "--path", "devmem",
            "--memory", "udmabuf", "--region-size", "64M", "--verify", "none", f"--json={RESULT}"]


def receive(way, mib):
    with open(RESULT, "w") as out:
        server = subprocess.Popen(["ip", "netns", "exec", "b", *command(way)], text=True,
                                  stdout=subprocess.DEVNULL if way == "nobounce" else out,
                                  stderr=subprocess.PIPE)
        said = []
        for line in server.stderr:
            said.append(line)
            if "listening" in line:
                break
        subprocess.run(["ip", "netns", "exec", "a", "nobounce", "send", ADDRESS, "--path", "devmem",
                        "--nic", "eth0", "--memory", "udmabuf", "--pattern", "1", "--bytes", "16M",
                        "--repeat", str(mib // 16)], check=True, capture_output=True)
        said.append(server.communicate()[1])
    if server.returncode != 0:
        raise SystemExit(f"{way}: {''.join(said)}")
    got = json.loads(RESULT.read_text())
    if got["bytes"] != mib << 20:
        raise SystemExit(f"{way}: {got['bytes']} bytes came")
    gb = got["bytes"] / 1e9
    calls = got["syscalls"]
    return {"gbit_per_s": 8 * gb / got["seconds"], "frags_per_gb": got["frags"] / gb,
            **{f"{name}_per_gb": calls.get(name, 0) / gb
               for name in ("recvmsg", "setsockopt", "poll")}}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=15, help="rounds of one run each, interleaved")
    parser.add_argument("--mib", type=int, default=256, help="of one run, a multiple of 16")
    args = parser.parse_args()

    runs = {way: [] for way in WAYS}
    for number in range(args.pairs):
        turn = number % len(WAYS)
        for way in WAYS[turn:] + WAYS[:turn]:
            runs[way].append(receive(way, args.mib))
        print(f"round {number + 1:2}: " + "  ".join(
            f"{way} {runs[way][-1]['gbit_per_s']:.2f}" for way in WAYS) + "  Gbit/s", flush=True)

    column = {way: {figure: [run[figure] for run in got] for figure in got[0]}
              for way, got in runs.items()}
    print(json.dumps({
        "medians": {way: {figure: statistics.median(values) for figure, values in figures.items()}
                    for way, figures in column.items()},
        "throughput to bare": ratios.compare(column["nobounce"]["gbit_per_s"],
                                             column["bare"]["gbit_per_s"]),
        "recvmsg to one token": ratios.compare(column["nobounce"]["recvmsg_per_gb"],
                                               column["one token"]["recvmsg_per_gb"]),
        "setsockopt to one token": ratios.compare(column["nobounce"]["setsockopt_per_gb"],
                                                  column["one token"]["setsockopt_per_gb"]),
    }, indent=2))


main()
