// SPDX-License-Identifier: Apache-2.0
#include "sys/host_id.h"

#include <sys/utsname.h>

#include <algorithm>
#include <span>

#include "base/sha256.h"
#include "sys/host_identity.h"
#include "sys/text_file.h"

namespace nobounce::sys {
namespace {

constexpr std::size_t kDigits = 32;
constexpr std::size_t kMostBytes = 4096;

bool is_digit(char letter) {
  return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
}

/// 32 hex digits, or nothing: an image that was never booted has an empty file, or
/// "uninitialized".
std::string machine_id() {
  const auto text = read_text_file("/etc/machine-id", kMostBytes);
  if (!text || text->size() < kDigits) return {};
  std::string id = text->substr(0, kDigits);
  return std::ranges::all_of(id, is_digit) ? id : std::string();
}

Figure<std::string> name_and_cpu() {
  utsname names{};
  if (::uname(&names) != 0) return NotAvailable{"uname"};
  const Figure<std::string> cpu = identify_host().cpu_model;
  return std::string(names.nodename) + "\n" + (cpu.is_available() ? cpu.value() : "");
}

}  // namespace

Figure<std::string> host_id() {
  Figure<std::string> identity = machine_id();
  if (identity.value().empty()) identity = name_and_cpu();
  return identity.map([](const std::string& text) {
    const std::string salted = "nobounce host\n" + text;
    Sha256 hash;
    hash.update(std::as_bytes(std::span(salted)));
    return hash.hex_digest().substr(0, kDigits);
  });
}

}  // namespace nobounce::sys
