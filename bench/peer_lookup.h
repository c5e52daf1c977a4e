// SPDX-License-Identifier: Apache-2.0
// What finding an address costs the emulated NIC: of guest memory, without accelerators in the
// guest and with four of them, and of device memory. Part of bench_emulator.
#pragma once

namespace nobounce::bench {

/// Adds the benchmark "peer_lookup":
///   ram_ns, ram_with_peers_ns    an address of guest memory; the guest has no accelerator, or four
///   of_ram_alone                 the first over the second, the median of the ratios
///   first_peer_ns, last_peer_ns  an address of device memory: of the first and of the fourth
void register_peer_lookup(int iterations);

}  // namespace nobounce::bench
