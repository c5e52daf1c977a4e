// SPDX-License-Identifier: Apache-2.0
#include "transfer/trust.h"

#include <span>

#include "host/look.h"
#include "host/verification.h"

namespace nobounce::transfer {
namespace {

/// Host memory is settled without looking at anything.
bool needs_no_proof(const std::string& provider) {
  return !host::why_unverified(provider, {}).has_value();
}

}  // namespace

std::optional<std::string> why_distrust(const std::string& provider, const std::string& nic) {
  if (needs_no_proof(provider)) return std::nullopt;
  const host::Snapshot snapshot = host::look(std::span(&nic, 1));
  const auto combination = host::combination_of(snapshot, provider, nic);
  const auto proofs = host::Proofs::load();
  if (combination && proofs && proofs->holds(*combination)) return std::nullopt;
  const host::NicFacts* facts = snapshot.nic(nic);
  return host::why_unverified(provider, facts != nullptr ? facts->pci : host::PciFacts{});
}

bool landed_without_copies(const TransferResult& result) {
  const Figure<std::uint64_t>& copied = result.kernel_copied_bytes;
  return result.frags > 0 && (!copied.is_available() || copied.value() < result.bytes);
}

Status remember_proof(const std::string& provider, const std::string& nic) {
  if (needs_no_proof(provider)) return {};
  const auto combination = host::combination_of(host::look(std::span(&nic, 1)), provider, nic);
  if (!combination) {
    return fail({.code = Code::kUnsupported,
                 .operation = "remember a proof for",
                 .object = nic,
                 .cause = "it sits on no PCI device",
                 .fix = {}});
  }
  NB_ASSIGN(host::Proofs proofs, host::Proofs::load());
  return proofs.add(*combination);
}

}  // namespace nobounce::transfer
