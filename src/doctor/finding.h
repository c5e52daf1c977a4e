// SPDX-License-Identifier: Apache-2.0
// Finding: one thing about a host that keeps it from its best, and what mends it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace nobounce::doctor {

enum class Severity : std::uint8_t {
  kError,    ///< What was asked about does not work.
  kWarning,  ///< A zero-copy path is lost, or throughput with it.
  kNote,     ///< It could be better, or a lease sees to it.
};
/// "error", "warning", "note".
std::string_view name_of(Severity severity);

/// A setting of the kernel that exists as a file.
struct WriteSetting {
  std::string path;
  std::string value;

  friend bool operator==(const WriteSetting&, const WriteSetting&) = default;
};
struct LoadModule {
  std::string name;

  friend bool operator==(const LoadModule&, const LoadModule&) = default;
};
/// What `--fix` does: nothing that takes memory, interrupts traffic or weakens the host's defences.
using Remedy = std::variant<WriteSetting, LoadModule>;

struct Finding {
  std::string id;  ///< Stable, for programs: "mtu-below-page".
  Severity severity = Severity::kNote;
  std::string object{};            ///< What it is about: "eth0", "memory"; for people.
  std::string what{};              ///< What was found.
  std::string why{};               ///< Why it matters.
  std::string command{};           ///< What mends it, as typed in a shell; may be empty.
  std::optional<Remedy> remedy{};  ///< Set where `--fix` would do it.
};

using Findings = std::vector<Finding>;

}  // namespace nobounce::doctor
