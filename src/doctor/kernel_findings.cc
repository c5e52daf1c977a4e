// SPDX-License-Identifier: Apache-2.0
// What the kernel, its settings and this process's privileges keep from a host.
#include <fmt/format.h>

#include <algorithm>

#include "doctor/examine.h"
#include "sys/sysctl.h"

namespace nobounce::doctor {
namespace {

constexpr const char* kNewerKernel = "boot a newer kernel, or one with the option built in";

void add_missing(const host::Probe& probe, std::string id, std::string why, Findings& findings) {
  if (probe.works()) return;
  findings.push_back({.id = std::move(id),
                      .severity = Severity::kWarning,
                      .object = "kernel",
                      .what = probe.failed,
                      .why = std::move(why),
                      .command = probe.fix.empty() ? kNewerKernel : probe.fix});
}

void add_io_uring(const host::Snapshot& host, Findings& findings) {
  const host::IoUringFeatures& io_uring = host.io_uring;
  if (!io_uring.setup.works()) {
    add_missing(io_uring.setup, "no-io-uring", "zcrx and send_zc are lost without io_uring",
                findings);
    return;
  }
  add_missing(io_uring.zcrx, "no-zcrx", "io_uring can't receive without a copy", findings);
}

void add_privileges(const host::Privileges& privileges, const Workload& workload,
                    Findings& findings) {
  if (!privileges.net_admin) {
    findings.push_back({.id = "no-net-admin",
                        .severity = Severity::kWarning,
                        .object = "privileges",
                        .what = "CAP_NET_ADMIN is missing",
                        .why = "receiving by devmem or zcrx takes a queue of the NIC, which only "
                               "who has it may take; mmap, zerocopy and send_zc do without",
                        .command = "run as root"});
  }
  if (!privileges.initial_user_namespace) {
    findings.push_back({.id = "user-namespace",
                        .severity = Severity::kNote,
                        .object = "privileges",
                        .what = "this process is in a user namespace of its own",
                        .why = "zcrx asks for CAP_NET_ADMIN in the initial one",
                        .command = "run outside of the container's user namespace"});
  }
  if (privileges.ipc_lock || !privileges.memlock_bytes.is_available() ||
      privileges.memlock_bytes.value() >= workload.region_bytes) {
    return;
  }
  findings.push_back(
      {.id = "memlock-low",
       .severity = Severity::kWarning,
       .object = "privileges",
       .what = fmt::format("RLIMIT_MEMLOCK is {} bytes, less than a region of {}",
                           privileges.memlock_bytes.value(), workload.region_bytes),
       .why = "send_zc, zerocopy and zcrx pin memory; what exceeds the limit is copied or refused",
       .command = "ulimit -l unlimited  # for good: memlock in /etc/security/limits.conf, "
                  "LimitMEMLOCK= of a service"});
}

/// A buffer must hold what is on its way twice: the kernel counts its own overhead as well.
void add_socket_buffers(const host::Snapshot& host, const Workload& workload, Findings& findings) {
  std::uint64_t wanted = 0;
  for (const host::NicFacts& nic : host.nics) {
    const auto need = provision_for(nic, workload);
    if (need.is_available()) {
      constexpr std::uint64_t kMost = (std::uint64_t{1} << 31) - 1;  // An int in the kernel.
      wanted = std::max(wanted, std::min(need.value().bandwidth_delay, kMost / 2) * 2);
    }
  }
  const auto add = [&](const char* name, const Figure<host::BufferSizes>& sizes) {
    if (!sizes.is_available() || sizes.value().max_bytes >= wanted) return;
    const host::BufferSizes& now = sizes.value();
    const std::string value = fmt::format("{} {} {}", now.min_bytes, now.default_bytes, wanted);
    findings.push_back(
        {.id = fmt::format("{}-low", std::string_view(name).substr(sizeof "net.ipv4." - 1)),
         .severity = Severity::kWarning,
         .object = "sysctl",
         .what = fmt::format("{} lets a socket grow to {} bytes; the fastest link here wants {}",
                             name, now.max_bytes, wanted),
         .why = "a window below twice the bandwidth-delay product slows every connection",
         .command = fmt::format("sysctl -w {}=\"{}\"", name, value),
         .remedy = WriteSetting{.path = sys::sysctl_path(name), .value = value}});
  };
  add("net.ipv4.tcp_rmem", host.sysctls.tcp_rmem);
  add("net.ipv4.tcp_wmem", host.sysctls.tcp_wmem);
}

void add_optmem(const host::Sysctls& sysctls, Findings& findings) {
  constexpr std::uint64_t kEnough = 131072;  // What kernels begin with since notifications count.
  constexpr std::uint64_t kBetter = 1048576;
  const auto& now = sysctls.optmem_max_bytes;
  if (!now.is_available() || now.value() >= kEnough) return;
  findings.push_back(
      {.id = "optmem-low",
       .severity = Severity::kWarning,
       .object = "sysctl",
       .what = fmt::format("net.core.optmem_max is {} bytes", now.value()),
       .why = "each send of zerocopy and devmem that waits for its notification takes some of it; "
              "with none left a send fails with ENOBUFS and must wait",
       .command = fmt::format("sysctl -w net.core.optmem_max={}", kBetter),
       .remedy = WriteSetting{.path = sys::sysctl_path("net.core.optmem_max"),
                              .value = std::to_string(kBetter)}});
}

}  // namespace

void add_kernel_findings(const host::Snapshot& host, const Workload& workload, Findings& findings) {
  add_missing(host.sockets.msg_zerocopy, "no-msg-zerocopy",
              "every path of sending is lost but copy", findings);
  add_missing(host.sockets.tcp_zerocopy_receive, "no-tcp-zerocopy-receive", "the path mmap is lost",
              findings);
  add_missing(host.devmem.bind_rx, "no-bind-rx", "device memory can't be received into", findings);
  add_missing(host.devmem.bind_tx, "no-bind-tx", "device memory can't be sent from", findings);
  add_io_uring(host, findings);
  add_privileges(host.privileges, workload, findings);
  add_socket_buffers(host, workload, findings);
  add_optmem(host.sysctls, findings);
}

}  // namespace nobounce::doctor
