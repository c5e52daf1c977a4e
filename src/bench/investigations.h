// SPDX-License-Identifier: Apache-2.0
// Small matrices that ask one thing each, as the talk did. What they come to is in the result's
// `findings`. Sized for the lab; on a real NIC raise seconds and sizes.
#pragma once

#include <string_view>

namespace nobounce::bench {

inline constexpr std::string_view kReceiveSizeMatrix =
    R"(# How much does it matter how much a receive asks for? Larger ones mean fewer
# calls, but what came is looked at later and leaves the cache.
name = "receive-size"
runs = 5
warm-ups = 1
seconds = 1

[axes]
paths = [{ tx = "copy", rx = "copy" }, { tx = "devmem", rx = "devmem" }]
receive-size = ["64K", "512K", "4M", "64M"]
message-size = ["16M"]
pool-size = ["64M"]
cpus = [1]
)";

inline constexpr std::string_view kTokenBatchMatrix =
    R"(# What does giving tokens back cost (SO_DEVMEM_DONTNEED), one a call or many?
name = "token-batch"
runs = 5
warm-ups = 1
seconds = 1

[axes]
paths = [{ tx = "devmem", rx = "devmem" }]
token-batch = [1, 8, 64, 512, 1024]
message-size = ["16M"]
pool-size = ["64M"]
cpus = [1]
)";

inline constexpr std::string_view kPoolSizeMatrix =
    R"(# How much memory does a queue need? From half a bandwidth-delay product to
# four: 2 Gbit/s and 10 ms there and 10 back are 5 MB.
name = "pool-size"
runs = 5
warm-ups = 1
seconds = 2

[lab]
wire-rate = "2G"
wire-delay = "10ms"

[axes]
paths = [{ tx = "devmem", rx = "devmem" }, { tx = "devmem", rx = "zcrx" }]
pool-size = ["2560K", "5M", "10M", "20M"]
ring-size = [256]
message-size = ["16M"]
cpus = [1]
)";

inline constexpr std::string_view kRecyclingMatrix =
    R"(# How do payload pages come back to their pool, with packets merged by the NIC
# and without? Page-pool counters and softirq time tell.
name = "recycling"
runs = 5
warm-ups = 1
seconds = 1

[axes]
paths = [
  { tx = "copy", rx = "copy" },
  { tx = "devmem", rx = "devmem" },
  { tx = "send_zc", rx = "zcrx" },
]
gro = ["sw", "hw"]
message-size = ["16M"]
pool-size = ["64M"]
cpus = [1]
)";

inline constexpr std::string_view kRingsMatrix =
    R"(# How many completions must io_uring's ring hold, and how many buffers the
# NIC's? Too few overflow: a receive ends and is asked for anew.
name = "rings"
runs = 5
warm-ups = 1
seconds = 1

[axes]
paths = [{ tx = "devmem", rx = "zcrx" }]
cq-size = [64, 512, 4096, 65536]
ring-size = [256, 1024]
message-size = ["16M"]
pool-size = ["64M"]
cpus = [1]
)";

inline constexpr std::string_view kCpusMatrix =
    R"(# One CPU for network and application together, or one each? Two hosts with
# two each want four: where there are fewer the cells say so.
name = "cpus"
runs = 5
warm-ups = 1
seconds = 1

[axes]
paths = [
  { tx = "copy", rx = "copy" },
  { tx = "devmem", rx = "devmem" },
  { tx = "send_zc", rx = "zcrx" },
]
cpus = [1, 2]
message-size = ["16M"]
pool-size = ["64M"]
)";

inline constexpr std::string_view kKernelMatrix =
    R"(# The same cells on two kernels: run it once, and once more with --kernel 6.12
# (or another) and --out of its own; nobounce report --compare A B judges them.
# Software GRO, as older drivers have no other (gve in 6.12).
name = "kernel"
runs = 5
warm-ups = 1
seconds = 1

[axes]
gro = ["sw"]
paths = [
  { tx = "copy", rx = "copy" },
  { tx = "zerocopy", rx = "mmap" },
  { tx = "send_zc", rx = "copy" },
  { tx = "devmem", rx = "devmem" },
  { tx = "send_zc", rx = "zcrx" },
]
message-size = ["16M"]
pool-size = ["64M"]
cpus = [1]
)";

}  // namespace nobounce::bench
