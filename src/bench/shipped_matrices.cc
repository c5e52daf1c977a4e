// SPDX-License-Identifier: Apache-2.0
#include "bench/shipped_matrices.h"

#include <algorithm>
#include <array>

#include "bench/investigations.h"

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

std::string_view glance_matrix() {
  return R"(# Three cells, a few seconds in all: what ./run ends with.
name = "glance"
runs = 3
warm-ups = 1
drop-ends = 0
bytes = "64M"
versus = []

[axes]
paths = [
  { tx = "copy", rx = "copy" },
  { tx = "devmem", rx = "devmem" },
  { tx = "send_zc", rx = "zcrx" },
]
gro = ["hw"]
cpus = [1]
message-size = ["8M"]
pool-size = ["64M"]
)";
}

std::string_view rfc_matrix() {
  return R"(# The headline of the devmem TCP RFC: four accelerator/NIC pairs, both ways
# at once, payload over line rate; and the same out of udmabuf, which stands
# in where there is no accelerator. Wires have a rate that the emulation can
# carry, so that it is the line that is full and not a CPU. Two flows of each
# pair and way, since one alone leaves its line idle whenever the guest's CPU is
# late with more. Long runs, since a run ends with the last of sixteen streams.
name = "rfc"
runs = 3
warm-ups = 1
drop-ends = 0
seconds = 60

[lab]
wire-rate = "200M"               # of each wire, each way

[axes]
paths = [{ tx = "devmem", rx = "devmem" }]
memory = ["accelerator", "udmabuf"]
mtu = [4148]
nic-pairs = [4]
direction = ["both"]
flows = [2]
message-size = ["1M"]
pool-size = ["16M"]
)";
}

std::span<const ShippedMatrix> shipped_matrices() {
  static const std::array<ShippedMatrix, 11> matrices = {{
      {"talk", "the talk's own matrix: hours", talk_matrix()},
      {"quick", "a first look, within five minutes", quick_matrix()},
      {"glance", "three cells in seconds, as ./run ends with", glance_matrix()},
      {"rfc", "the devmem RFC's headline: four accelerator/NIC pairs, both ways", rfc_matrix()},
      {"receive-size", "what one receive asks for, 64K to 64M", kReceiveSizeMatrix},
      {"token-batch", "tokens of one SO_DEVMEM_DONTNEED, 1 to 1024", kTokenBatchMatrix},
      {"pool-size", "the receiver's pool, half a bandwidth-delay product to four", kPoolSizeMatrix},
      {"recycling", "how payload pages come back, with the NIC's GRO and without",
       kRecyclingMatrix},
      {"rings", "io_uring's completions and the NIC's rings, with overflows", kRingsMatrix},
      {"cpus", "network and application on one CPU, or on two", kCpusMatrix},
      {"kernel", "to be run on two kernels and compared", kKernelMatrix},
  }};
  return matrices;
}

const ShippedMatrix* shipped_matrix(std::string_view name) {
  const auto all = shipped_matrices();
  const auto found = std::ranges::find(all, name, &ShippedMatrix::name);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace nobounce::bench
