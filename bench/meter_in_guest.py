# SPDX-License-Identifier: Apache-2.0
"""The guest's part of bench/meter: transfers of both kinds in turn, a line of JSON for each.

meter_in_guest.py RUNS MIB
"""
import json
import pathlib
import subprocess
import sys

ADDRESS = "10.0.0.2:5001"
RECEIVED = pathlib.Path("/tmp/recv.json")
SENT = pathlib.Path("/tmp/send.json")
# Path of both ends, memories of sender and receiver.
KINDS = {"copy": ("copy", "udmabuf", "udmabuf"),
         "devmem": ("devmem", "accelerator:0", "accelerator:1")}


def transfer(kind, mib):
    path, sender, receiver = KINDS[kind]
    server = subprocess.Popen(
        ["ip", "netns", "exec", "b", "nobounce", "recv", "--listen", ADDRESS, "--nic", "eth0",
         "--path", path, "--memory", receiver, "--region-size", "64M", "--verify", "none",
         f"--json={RECEIVED}"], text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = []
    for line in server.stderr:
        said.append(line)
        if "listening" in line:
            break
    subprocess.run(["ip", "netns", "exec", "a", "nobounce", "send", ADDRESS, "--path", path,
                    "--nic", "eth0", "--memory", sender, "--pattern", "1", "--bytes", "16M",
                    "--repeat", str(mib // 16), f"--json={SENT}"], check=True, capture_output=True)
    said.append(server.communicate()[1])
    if server.returncode != 0:
        raise SystemExit(f"{kind}: {''.join(said)}")
    return result_of(kind, json.loads(SENT.read_text()), json.loads(RECEIVED.read_text()))


def total(end, where):
    """User bytes that the meter had counted; None without a meter."""
    return end["copies"].get(where, {}).get("user_bytes")


def touches(end):
    return end["cpu_touches"] if isinstance(end["cpu_touches"], int) else 0


def result_of(kind, sent, received):
    start, end = total(sent, "at_start"), total(received, "at_end")
    ours = sent["staged_bytes"] + received["staged_bytes"]
    return {"kind": kind, "seconds": received["seconds"],
            "copied": None if start is None else (end - start + ours) / received["bytes"],
            "cpu_touches": touches(sent) + touches(received)}


def main():
    runs, mib = int(sys.argv[1]), int(sys.argv[2])
    for kind in KINDS:  # Not counted: the first run pays for ARP, slow start and page faults.
        transfer(kind, 16)
    for _ in range(runs):
        for kind in KINDS:
            print(json.dumps(transfer(kind, mib)), flush=True)


main()
