// SPDX-License-Identifier: Apache-2.0
// Whether device memory must be proved before it is trusted, and where the proofs lie.
//
// Some exporters move their memory to the host without a word, and some addresses that an exporter
// hands out are discarded by an IOMMU: then bytes vanish and nothing fails. Only data that was seen
// to land proves a combination of provider, NIC, driver and kernel.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "host/snapshot.h"

namespace nobounce::host {

inline constexpr const char* kProofsFile = "/var/lib/nobounce/verified.json";

/// What one proof is about; any of them changed, the proof is void.
struct Combination {
  std::string provider;
  std::string nic_id;  ///< "14e4:1750".
  std::string driver;
  std::string kernel_release;

  friend bool operator==(const Combination&, const Combination&) = default;
};

/// Why data that lands by this NIC in this provider's memory must be seen before it is believed;
/// empty for host memory, which the kernel itself pins and maps. Pure.
std::optional<std::string> why_unverified(std::string_view provider, const PciFacts& nic);

/// Empty where the NIC was not looked at or sits on no PCI device.
std::optional<Combination> combination_of(const Snapshot& host, std::string_view provider,
                                          std::string_view interface);

/// The combinations that were proved, as a file. Not thread-safe; two processes that add at once
/// may lose one proof, which is then made again.
class Proofs {
 public:
  /// A file that does not exist holds none. Errors: those of reading; kProtocol for one that is
  /// broken, which is named.
  static Result<Proofs> load(const std::string& path = kProofsFile);

  [[nodiscard]] bool holds(const Combination& combination) const;
  /// Adds one and replaces the file, whose directory is made with mode 0755 where it is missing.
  Status add(const Combination& combination);

 private:
  explicit Proofs(std::string path) : path_(std::move(path)) {}
  std::string path_;
  std::vector<Combination> proved_;
};

}  // namespace nobounce::host
