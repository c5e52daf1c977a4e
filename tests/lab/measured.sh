# SPDX-License-Identifier: Apache-2.0
# What --measure says of a devmem transfer on the real kernel adds up: frags, tokens, page pools,
# queues, driver counters, TCP, calls. What a guest has not (idle states, RAPL) names its probe.
# needs: devmem
source /share/expect.sh

# Some MB come before the first reading on a busy machine: so many that they are less than 1%.
bytes=400000003
start_recv b --listen 10.0.0.2:5001 --nic eth0 --path devmem --memory udmabuf --verify none \
  --timeout 60 --bytes $bytes --measure --power-command 'echo 12.5 W'
on_a nobounce send 10.0.0.2:5001 --nic eth0 --path devmem --memory udmabuf --pattern 7 \
  --timeout 60 --bytes $bytes --json=/tmp/send.json --measure --cpu-profile
wait "$recv_pid" || fail "recv: $(cat /tmp/recv.err)"
python3 - /tmp/recv.json /tmp/send.json $bytes <<'PYTHON'
import json, sys

recv, send = (json.load(open(name)) for name in sys.argv[1:3])
size = int(sys.argv[3])
failures = []


def expect(what, holds, seen):
    print(f"{'ok' if holds else 'FAILED'}: {what}: {seen}")
    if not holds:
        failures.append(what)


r, s = recv["measured"], send["measured"]
frags = r["frags_per_receive"]
expect("frags add up", frags["sum"] == recv["frags"] > 0, frags)
expect("histogram counts the receives",
       sum(b["count"] for b in frags["histogram"]) == frags["count"], frags["count"])
low = sum(b["least"] * b["count"] for b in frags["histogram"])
high = sum(b["most"] * b["count"] for b in frags["histogram"])
expect("histogram bounds the frags", low <= frags["sum"] <= high, (low, high))
tokens = r["token_returns"]
expect("each token went back", tokens["tokens_per_call"]["sum"] == recv["frags"], tokens)
expect("tokens were merged", 0 < tokens["ranges"] < recv["frags"], tokens["ranges"])
# The others set the low-water mark.
expect("a setsockopt for each return",
       tokens["tokens_per_call"]["count"] <= recv["syscalls"]["setsockopt"], recv["syscalls"])

for end in (recv, send):
    timed = {name: calls["calls"] for name, calls in end["measured"]["syscalls"].items()}
    expect(f"calls of {end['direction']} were timed",
           all(timed.get(name, 0) >= count for name, count in end["syscalls"].items()
               if name != "setsockopt" or end is recv), timed)  # One opens the path of a sender.
    expect(f"times of {end['direction']} are in order",
           all(0 < c["min_us"] <= c["mean_us"] <= c["max_us"] <= c["total_us"]
               for c in end["measured"]["syscalls"].values()), "min, mean, max, total")

bound = [p for p in r["page_pools"] if p["memory"] == "dma-buf"]
expect("a bound pool", len(bound) == 1, r["page_pools"])
pool = bound[0]["statistics"]
taken = pool["fast"] + pool["slow"] + pool["slow_high_order"]
expect("the pool gave a niov for each frag", taken >= recv["frags"] // 2, pool)

expect("receiver's TCP bytes", size <= r["tcp"]["bytes_received"] <= size + 1, r["tcp"])
expect("sender's TCP bytes", size <= s["tcp"]["bytes_acked"] <= size + 2, s["tcp"])
expect("sender has an RTT and a window", s["tcp"]["rtt_us"] > 0 < s["tcp"]["cwnd_segments"],
       (s["tcp"]["rtt_us"], s["tcp"]["cwnd_segments"]))

if isinstance(r["queues"], list):
    queue = [q for q in r["queues"] if q["direction"] == "receive" and q["id"] == recv["queue"]]
    expect("the queue carried the payload", queue[0]["rx_bytes"] >= size * 0.99, queue)
    other = sum(q["rx_bytes"] for q in r["queues"] if q["direction"] == "receive") \
        - queue[0]["rx_bytes"]
    expect("and others nearly nothing", other < size * 0.01, other)
else:
    expect("queues name their probe", r["queues"]["not_available"] != "not measured", r["queues"])
nic = r["nic"]
expect("driver", nic["driver"] == "gve", nic["driver"])
expect("headers were split", nic["rx_header_split_packets"] > 0, nic)
expect("nothing was dropped", nic["rx_dropped"] == 0, nic["rx_dropped"])

profile = s["cpu_profile"]
expect("samples of the kernel's timer, as a guest's CPUs count no cycles",
       profile["clock"] == "cpu-clock" and profile["samples"] > 0 == profile["lost"],
       {name: profile[name] for name in ("clock", "samples", "lost")})
expect("their percents are all of them", abs(sum(profile["percent"].values()) - 100) < 1e-6,
       profile["percent"])
expect("functions of this kernel", any(name in open("/proc/kallsyms").read()
                                       for name in profile["percent"] if " " not in name),
       list(profile["percent"])[:5])
expect("each CPU has its own",
       [c["cpu"] for c in profile["cpus"]] == [c["cpu"] for c in s["cpus"]], profile["cpus"])
expect("nobody asked the receiver for a profile",
       "--cpu-profile" in r["cpu_profile"]["not_available"], r["cpu_profile"])

seconds = recv["seconds"]
expect("CPUs", len(r["cpus"]) >= 1 and all("iowait" in c for c in r["cpus"]), r["cpus"])
expect("threads by name", "nobounce" in r["threads"], r["threads"])
for what, figure in (("idle states", r["idle_states"]), ("RAPL", r["power"]["rapl"])):
    expect(f"{what} or their probe",
           isinstance(figure, list) or "not_available" not in figure
           or "/sys/" in figure["not_available"], figure)
command = r["power"]["command"]
expect("watts of the command, or too short for a sample",
       command.get("command", {}).get("watts") == 12.5 or "no sample" in str(command), command)
print("power:", r["power"], "seconds:", seconds)
sys.exit(bool(failures))
PYTHON
