// SPDX-License-Identifier: Apache-2.0
// What can be asked of a running service, and its words on the control socket: one JSON object on
// one line each way. docs/json.md describes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "emulator/wire/wire.h"

namespace nobounce::serve {

inline constexpr const char* kNicsSchema = "nobounce.nics/1";

/// Longest line of a request, newline included.
inline constexpr std::size_t kMaxRequestBytes = 4096;

/// The numbers that are to change; the others stay as they are.
struct ImpairmentChange {
  std::optional<std::uint64_t> rate_bits_per_s{};
  std::optional<std::uint64_t> delay_ns{};
  std::optional<std::uint64_t> jitter_ns{};
  std::optional<double> loss{};
  std::optional<double> reorder{};
  std::optional<double> duplicate{};
  std::optional<double> corrupt{};
  std::optional<bool> partitioned{};

  bool operator==(const ImpairmentChange&) const = default;
  [[nodiscard]] bool is_empty() const { return *this == ImpairmentChange{}; }
  void apply_to(emulator::wire::Impairments& impairments) const;
};

struct AskStatistics {
  bool operator==(const AskStatistics&) const = default;
};
struct SetWire {
  std::string wire{};
  std::optional<std::uint32_t> port{};  ///< Absent: all.
  ImpairmentChange change{};

  bool operator==(const SetWire&) const = default;
};
struct SetLink {
  std::string nic{};
  bool up = true;

  bool operator==(const SetLink&) const = default;
};
struct SetCapture {
  std::string file{};  ///< An absolute path; empty ends the capture.

  bool operator==(const SetCapture&) const = default;
};
using Request = std::variant<AskStatistics, SetWire, SetLink, SetCapture>;

/// `line` without its newline. Strict: every key must be known, every value of its type. Error:
/// kProtocol.
Result<Request> parse_request(std::string_view line);
/// The line for parse_request, its newline included. Names and paths that are no UTF-8 do not
/// survive.
std::string to_line(const Request& request);

}  // namespace nobounce::serve
