// SPDX-License-Identifier: Apache-2.0
// Tuning: what a cell leaves as it is unless its matrix has an axis of it: settings of the link
// between the hosts, which meet whatever moves the bytes, and settings of the engine. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace nobounce::bench {

/// 0 or empty: left as it is.
struct LinkTuning {
  std::string address_family = "v4";
  std::uint64_t mss_bytes = 0;     ///< Advertised by either host (advmss of its routes).
  std::string header_split;        ///< Of the receiver's NIC, for paths that don't ask for it.
  std::uint64_t ring_entries = 0;  ///< Of every ring of either NIC.
};

struct LinkTuningAxes {
  std::vector<std::string> address_family = {"v4"};
  std::vector<std::uint64_t> mss_bytes = {0};
  std::vector<std::string> header_split = {""};
  std::vector<std::uint64_t> ring_entries = {0};
};

/// 0 or empty: the engine's own choice.
struct EngineTuning {
  std::uint64_t receive_bytes = 0;  ///< Asked for by one receive.
  std::uint64_t token_batch = 0;    ///< Tokens given back by one call, at the most.
  std::uint64_t cq_entries = 0;     ///< Of the ring of path zcrx.
  std::string region_pages;         ///< "small" or "huge"; empty: huge where the machine has them.
};

struct EngineTuningAxes {
  std::vector<std::uint64_t> receive_bytes = {0};
  std::vector<std::uint64_t> token_batch = {0};
  std::vector<std::uint64_t> cq_entries = {0};
  std::vector<std::string> region_pages = {""};
};

/// Every combination; those of the last axis stand together.
std::vector<LinkTuning> expand(const LinkTuningAxes& axes);
std::vector<EngineTuning> expand(const EngineTuningAxes& axes);

/// How many values each axis has.
std::vector<std::size_t> sizes_of(const LinkTuningAxes& axes);
std::vector<std::size_t> sizes_of(const EngineTuningAxes& axes);

/// What is not left as it is, under the names of the model's axes.
nlohmann::json to_json(const LinkTuning& tuning);
nlohmann::json to_json(const EngineTuning& tuning);

/// What tells a cell from others: a few words for each axis that has more than one value.
std::vector<std::string> words_of(const LinkTuning& tuning, const LinkTuningAxes& axes);
std::vector<std::string> words_of(const EngineTuning& tuning, const EngineTuningAxes& axes);

/// A script that sets the link as it is wanted; empty where all is left as it is.
std::string link_settings(const LinkTuning& tuning, const std::string& nic, bool is_receiver);
/// What differs from that in settings read back (`settings_in_force`), or nothing.
std::optional<std::string> what_differs(const LinkTuning& tuning, const nlohmann::json& sender,
                                        const nlohmann::json& receiver);

/// Flags of `nobounce recv`, but for the pages of its region.
std::vector<std::string> receiver_flags(const EngineTuning& tuning);

}  // namespace nobounce::bench
