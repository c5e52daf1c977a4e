// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_verify.h"

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/failure.h"
#include "memory/region.h"
#include "sys/endpoint.h"
#include "sys/stop_signal.h"
#include "transfer/trust.h"
#include "transfer/verify.h"

namespace nobounce::cli {
namespace {

Status verify(const VerifyArguments& arguments) {
  NB_ASSIGN(const auto peer, sys::parse_endpoint(arguments.peer));
  NB_ASSIGN(const auto stop, sys::StopSignal::install());
  const std::string memory =
      arguments.memory == "auto" ? "udmabuf" : memory::full_provider_name(arguments.memory);
  NB_ASSIGN(const std::string nic,
            transfer::verify_with_peer({.peer = peer,
                                        .nic = arguments.nic,
                                        .memory = memory,
                                        .pattern_seed = arguments.pattern_seed,
                                        .stop_fd = stop.fd()}));
  NB_TRY(transfer::remember_proof(memory, nic));
  fmt::print("{} by {}: what left is what landed at {}\n", memory, nic, arguments.peer);
  return {};
}

}  // namespace

int run_doctor_verify(const VerifyArguments& arguments) {
  const Status verified = verify(arguments);
  return verified ? kSuccess : report(verified.error());
}

}  // namespace nobounce::cli
