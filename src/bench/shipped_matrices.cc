// SPDX-License-Identifier: Apache-2.0
// The matrices that come with nobounce, in the words that a user would write.
#include "bench/matrix_file.h"

namespace nobounce::bench {

std::string_view talk_matrix() {
  return R"(# The matrix of "Mirror mirror on the wall" (netdev 0x19): one flow of
# 64 MB messages, segments of a page, 100 seconds; five runs, the first and
# the last thrown away.
name = "talk"
runs = 5
warm-ups = 1
drop-ends = 1
seconds = 100
versus = ["iperf3"]

[axes]
paths = [
  { tx = "copy", rx = "copy" },
  { tx = "devmem", rx = "devmem" },
  { tx = "send_zc", rx = "zcrx" },
  { tx = "zerocopy", rx = "mmap" },
]
tx-memory = ["udmabuf"]
rx-memory = ["udmabuf"]
gro = ["sw", "hw"]
gso-max-size = ["64K", "192K"]   # above 64K: BIG TCP
gro-max-size = ["64K", "192K"]
mtu = [4148]
cpus = [1, 2]                    # of each host: network and application on one, or one each
message-size = ["64M"]
pool-size = ["64M"]

[roi]
throughput-exponent = 2
cost-exponent = 1
)";
}

std::string_view quick_matrix() {
  return R"(# A first look, in the lab within five minutes.
name = "quick"
runs = 5
warm-ups = 1
drop-ends = 1
seconds = 1
versus = ["iperf3"]

[axes]
paths = [
  { tx = "copy", rx = "copy" },
  { tx = "devmem", rx = "devmem" },
  { tx = "send_zc", rx = "zcrx" },
]
gro = ["sw", "hw"]
cpus = [1]
message-size = ["8M"]
pool-size = ["64M"]
)";
}

}  // namespace nobounce::bench
