// SPDX-License-Identifier: Apache-2.0
#include "bench/in_lab.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/cell.h"
#include "bench/placement.h"
#include "bench/schedule.h"
#include "bench/streams.h"
#include "report/figure_json.h"
#include "sys/host_identity.h"
#include "sys/virtual_machine.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

constexpr unsigned kLeastCpus = 2;

/// As many as the cells want, and never more than the host has: what is measured on CPUs that take
/// turns is the host's scheduler.
unsigned guest_cpus(const Axes& axes) {
  unsigned wanted = kLeastCpus;
  for (const Cpus cpus : axes.cpus)
    wanted = std::max(wanted, cpus_wanted(cpus));
  return std::clamp(sys::usable_cpus(), kLeastCpus, wanted);
}

/// NICs, accelerators and wires, as the cells want them.
lab::NetworkOptions network_for(const Matrix& matrix) {
  lab::NetworkOptions network;
  std::uint64_t pairs = 1;
  std::uint64_t flows = 1;
  std::uint64_t accelerators = 0;
  for (const Cell& cell : expand(matrix)) {
    pairs = std::max(pairs, cell.shape.nic_pairs);
    flows = std::max(flows, cell.shape.flows);
    accelerators = std::max(accelerators, accelerators_wanted(cell));
  }
  network.pairs = static_cast<std::uint32_t>(pairs);
  network.accelerators = static_cast<std::uint32_t>(accelerators);
  // A queue for each flow, and one for the host.
  network.queues = std::clamp(static_cast<std::uint32_t>(flows) + 1, network.queues,
                              std::uint32_t{lab::kMostQueues});
  network.mtu = static_cast<std::uint16_t>(std::ranges::max(matrix.axes.mtu));
  network.impairments.rate_bits_per_s = matrix.lab.wire_rate_bits_per_s;
  network.impairments.delay_ns = matrix.lab.wire_delay_ns;
  return network;
}

json lab_line(const lab::LabOutcome& outcome) {
  const sys::HostIdentity host = sys::identify_host();
  json line = {{"kind", "lab"}, {"accelerator", outcome.accelerator}};
  line["qemu"] = outcome.qemu_version;
  line["host"] = {{"cpus", host.cpus}};
  line["host"]["kernel"] = host.kernel_release;
  line["host"]["cpu"] = host.cpu_model;
  line["kernel_warnings"] = json::array();
  for (const lab::KernelComplaint& complaint : outcome.complaints)
    line["kernel_warnings"].push_back(complaint.what);
  return line;
}

}  // namespace

bool is_finished(const Plan& plan, const std::vector<json>& lines) {
  const Progress progress(lines);
  return std::ranges::all_of(schedule(plan.matrix, plan.seed), [&](const Turn& turn) {
    return progress.is_settled(turn.cell, turn.round);
  });
}

Result<std::optional<lab::LabOutcome>> run_bench_in_lab(const std::filesystem::path& directory,
                                                        const Plan& plan,
                                                        const std::filesystem::path& cache,
                                                        const lab::Progress& progress) {
  {
    NB_ASSIGN(const RunLog log, RunLog::open(directory));
    if (is_finished(plan, log.lines())) return std::optional<lab::LabOutcome>();
  }
  const Axes& axes = plan.matrix.axes;
  lab::LabOptions options{.command = {"nobounce", "lab", "bench-in-guest", "/share"},
                          .share = std::filesystem::absolute(directory),
                          .kernel = plan.kernel,
                          .cpus = guest_cpus(axes),
                          .copy_meter = plan.matrix.measuring.copy_meter,
                          .cache = cache};
  options.network = network_for(plan.matrix);
  NB_ASSIGN(const lab::LabOutcome outcome, run_lab(options, progress));
  NB_ASSIGN(RunLog log, RunLog::open(directory));
  NB_TRY(log.append(lab_line(outcome)));
  if (outcome.status == 0) return std::optional(outcome);
  return fail({.code = Code::kIo,
               .operation = "run",
               .object = "the bench in the guest",
               .cause = fmt::format("exit status {}", outcome.status),
               .fix = {}});
}

}  // namespace nobounce::bench
