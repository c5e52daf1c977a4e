// SPDX-License-Identifier: Apache-2.0
// A host profile with faults: what is taken is a profile, and reads back as what it was.
#include <nlohmann/json.hpp>
#include <string>

#include "fuzz/choices.h"
#include "fuzz/guest.h"
#include "fuzz/targets.h"
#include "host/profile.h"

namespace nobounce::fuzz {
namespace {

using nlohmann::json;

json any_value(Choices& choices) {
  switch (choices.below(6)) {
    case 0:
      return nullptr;
    case 1:
      return choices.number<std::uint64_t>();
    case 2:
      return json::array({"devmem", choices.below(2) == 0 ? json("copy") : json(7)});
    case 3:
      return json{{"order", json::array()}, {"reasons", nullptr}};
    case 4:
      return "a line\n";
    default:
      return "7.3.4";
  }
}

json direction(Choices& choices, bool receive) {
  if (choices.once_in(4)) return nullptr;
  json order = json::array();
  const json names = receive ? json{"devmem", "zcrx", "mmap", "copy"}
                             : json{"devmem", "send_zc", "zerocopy", "copy"};
  const std::uint32_t first = choices.below(4);
  for (std::uint32_t i = 0; i < 4; ++i)
    order.push_back(names.at(choices.once_in(16) ? choices.below(4) : (first + i) % 4));
  return {{"order", order}, {"reasons", json::array({"because"})}};
}

std::string text_of(Choices& choices) {
  json profile = {{"schema", host::kProfileSchema},
                  {"measured", "2026-11-29T00:00:00Z"},
                  {"bench", "bench quick"},
                  {"host", "00112233445566778899aabbccddeeff"},
                  {"kernel", "7.3.4"},
                  {"driver", "gve"},
                  {"receive", direction(choices, true)},
                  {"send", direction(choices, false)}};
  const json names = {"schema", "measured", "host", "driver", "receive", "send", "more"};
  while (choices.once_in(2)) {
    const std::string name = names.at(choices.below(7));
    if (choices.once_in(4)) {
      profile.erase(name);
    } else {
      profile[name] = any_value(choices);
    }
  }
  std::string text = profile.dump();
  while (choices.once_in(3))
    text[choices.below(static_cast<std::uint32_t>(text.size()))] = choices.number<char>();
  if (choices.once_in(16)) text.resize(choices.below(static_cast<std::uint32_t>(text.size())));
  return choices.once_in(32) ? std::string(choices.below(100'000), '[') + text : text;
}

void try_one(const std::string& text) {
  const auto profile = host::parse_profile(text);
  if (!profile) return;
  const json written = host::to_json(*profile);
  const auto again = host::parse_profile(written.dump());
  if (!again || host::to_json(*again) != written) stop("a profile that was taken is none");
  if (profile->receive && profile->receive->order.size() != 4) stop("an order lacks paths");
}

}  // namespace

void profile(Input input) {
  // As it is, and read as decisions.
  try_one(std::string(input.begin(), input.end()));
  Choices choices(input);
  while (choices.any_left())
    try_one(text_of(choices));
}

}  // namespace nobounce::fuzz
