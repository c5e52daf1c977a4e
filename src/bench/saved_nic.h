// SPDX-License-Identifier: Apache-2.0
// SavedNic: what a bench changes of a NIC, as it was before; as text, and put back.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nobounce::bench {

struct SavedNic {
  std::string interface;
  std::uint32_t mtu = 0;
  /// gso_max_size and its like, in ip-link(8)'s words; those that the kernel has.
  std::map<std::string, std::uint32_t> packet_sizes{};
  /// gro and rx-gro-hw, in ethtool(8)'s words; those that can be changed.
  std::map<std::string, bool> features{};
  std::map<unsigned, std::string> irqs{};    ///< CPUs of each interrupt: "0-3".
  std::map<std::string, std::string> rps{};  ///< Mask of each receive queue: "rx-0" → "00".
  std::map<std::string, std::string> xps{};  ///< Of each send queue.

  friend bool operator==(const SavedNic&, const SavedNic&) = default;
};

/// Error: kNotFound for no such interface.
Result<SavedNic> save_nic(const std::string& interface);

/// The commands of sh that lead from `now` to `before`, each of which is worth running alone.
std::vector<std::string> commands_back_to(const SavedNic& before, const SavedNic& now);
/// The files that lead there, and what each is to hold; kernels write the masks longer or shorter.
std::map<std::string, std::string> files_back_to(const SavedNic& before, const SavedNic& now);

nlohmann::json to_json(const SavedNic& saved);
/// Error: kProtocol for anything that to_json would not write: it becomes commands of root's.
Result<SavedNic> parse_saved_nic(std::string_view text);

}  // namespace nobounce::bench
