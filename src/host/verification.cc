// SPDX-License-Identifier: Apache-2.0
#include "host/verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "host/archive.h"
#include "sys/synced_file.h"
#include "sys/text_file.h"

namespace nobounce::host {

template <typename Archive>
void fields(Archive& archive, Combination& it) {
  archive("provider", it.provider);
  archive("nic_id", it.nic_id);
  archive("driver", it.driver);
  archive("kernel_release", it.kernel_release);
}

std::optional<std::string> why_unverified(std::string_view provider, const PciFacts& nic) {
  // Memory that the kernel's own allocator gave is pinned, and mapped for the IOMMU by the kernel.
  constexpr std::array<std::string_view, 3> kHostMemory{"udmabuf", "dma-heap", "host"};
  if (std::ranges::find(kHostMemory, provider) != kHostMemory.end()) return std::nullopt;
  const std::string domain =
      nic.iommu_domain.is_available() ? nic.iommu_domain.value() : "identity";
  return fmt::format("memory of the provider {} may be migrated behind the NIC's back{}", provider,
                     domain == "identity"
                         ? std::string()
                         : fmt::format(", and an IOMMU ({}) translates its addresses", domain));
}

std::optional<Combination> combination_of(const Snapshot& host, std::string_view provider,
                                          std::string_view interface) {
  const NicFacts* nic = host.nic(interface);
  if (nic == nullptr || !nic->looked.works() || !nic->pci.id.is_available()) return std::nullopt;
  return Combination{.provider = std::string(provider),
                     .nic_id = nic->pci.id.value(),
                     .driver = nic->state.driver,
                     .kernel_release = host.kernel_release};
}

Result<Proofs> Proofs::load(const std::string& path) {
  Proofs proofs(path);
  const auto text = sys::read_text_file(path);
  if (!text && text.error().sys_errno == ENOENT) return proofs;
  if (!text) return fail(text.error());
  const auto json = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (auto read = Reader::read(json, "", proofs.proved_); !read) {
    Error error = std::move(read).error();
    error.object = path;
    error.fix = "remove it: what it proved is proved again by nobounce doctor --verify";
    return fail(std::move(error));
  }
  return proofs;
}

bool Proofs::holds(const Combination& combination) const {
  return std::ranges::find(proved_, combination) != proved_.end();
}

Status Proofs::add(const Combination& combination) {
  if (holds(combination)) return {};
  std::vector<Combination> proved = proved_;
  proved.push_back(combination);
  NB_TRY(sys::replace_synced_file(path_, Writer::json_of(proved).dump(2) + "\n"));
  proved_ = std::move(proved);
  return {};
}

}  // namespace nobounce::host
