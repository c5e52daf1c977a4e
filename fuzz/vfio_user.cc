// SPDX-License-Identifier: Apache-2.0
// Bytes and descriptors against connections with a whole NIC behind them, one after another.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "emulator/vfio_user/connection.h"
#include "fuzz/guest.h"
#include "fuzz/targets.h"
#include "sys/memfd.h"
#include "sys/wakeup.h"

namespace nobounce::fuzz {
namespace {

using emulator::gvnic::Gvnic;
using emulator::vfio_user::Connection;
using emulator::vfio_user::GuestMemory;
using Message = std::vector<std::byte>;

constexpr std::uint64_t kFileBytes = 65536;
constexpr std::uint32_t kRegions = 9;

struct NoWire final : emulator::net::FrameSink {
  void accept(const emulator::net::Frame& /*frame*/) override {}
};

template <typename T>
void append(Message& message, T value) {
  const std::size_t at = message.size();
  message.resize(at + sizeof value);
  std::memcpy(&message[at], &value, sizeof value);
}

/// A number that a check may get wrong, or a small one.
std::uint64_t edge(Choices& choices) {
  constexpr std::array<std::uint64_t, 8> kEdges = {0,          1,          4096,       65536,
                                                   1ull << 31, 1ull << 32, 1ull << 63, ~0ull};
  const std::uint64_t from = kEdges[choices.below(kEdges.size())];
  return from + choices.below(8) - 4;
}

void add_version(Message& to, Choices& choices) {
  constexpr std::array<std::string_view, 4> kTexts = {R"({"capabilities":{"write_multiple":true}})",
                                                      R"({"capabilities":[]})", "{}", "[[[["};
  append(to, std::uint32_t{choices.once_in(8) ? 1u : 0u});
  for (const char character : kTexts[choices.below(kTexts.size())])
    append(to, character);
  append(to, '\0');
}

void add_dma(Message& to, Choices& choices, bool unmap) {
  append(to, std::uint32_t{unmap ? 24u : 32u});
  append(to, std::uint32_t{unmap ? 2 * choices.below(2) : choices.below(4)});
  if (!unmap) append(to, std::uint64_t{choices.once_in(4) ? edge(choices) : 0});
  append(to, choices.once_in(8) ? edge(choices) : kFileBytes * choices.below(8));
  append(to, choices.once_in(8) ? edge(choices) : kFileBytes * choices.below(3));
}

void add_irqs(Message& to, Choices& choices) {
  append(to, std::uint32_t{20});
  append(to, std::uint32_t{choices.once_in(4) ? choices.number<std::uint8_t>() : 0x24u});
  append(to, std::uint32_t{choices.once_in(4) ? choices.below(6) : 2u});
  append(to, std::uint32_t{choices.below(12)});
  append(to, std::uint32_t{choices.below(4)});
}

/// Offset, region and count; registers are where most writes go.
void add_access(Message& to, Choices& choices, std::uint32_t count) {
  append(to, choices.once_in(8) ? edge(choices) : std::uint64_t{choices.below(16)} * 4);
  append(to, std::uint32_t{choices.once_in(4) ? choices.below(kRegions + 1) : 0u});
  append(to, count);
}

void add_write(Message& to, Choices& choices) {
  const auto data = choices.bytes(choices.once_in(4) ? choices.below(64) : 4);
  add_access(to, choices, static_cast<std::uint32_t>(data.size()));
  to.insert(to.end(), data.begin(), data.end());
}

void add_multiple_writes(Message& to, Choices& choices) {
  const std::uint64_t count = choices.below(6);
  append(to, count);
  for (std::uint64_t i = 0; i < count; ++i) {
    add_access(to, choices, choices.below(10));
    append(to, choices.number<std::uint64_t>());
  }
}

void add_question(Message& to, Choices& choices) {
  append(to, std::uint32_t{32});
  append(to, std::uint32_t{choices.once_in(8) ? 1u : 0u});
  append(to, std::uint32_t{choices.below(kRegions + 1)});
  to.resize(to.size() + choices.below(3) * 4 + (choices.once_in(2) ? 16 : 0));
}

Message next_message(Choices& choices) {
  const std::uint16_t command = static_cast<std::uint16_t>(choices.below(17));
  Message message;
  append(message, std::uint16_t{7});
  append(message, command);
  append(message, std::uint32_t{0});
  append(message, std::uint32_t{choices.once_in(4) ? 16u : 0u});
  append(message, std::uint32_t{0});
  switch (command) {
    case 1:
      add_version(message, choices);
      break;
    case 2:
    case 3:
      add_dma(message, choices, command == 3);
      break;
    case 8:
      add_irqs(message, choices);
      break;
    case 9:
      add_access(message, choices, choices.below(70000));
      break;
    case 10:
      add_write(message, choices);
      break;
    case 13:
      break;
    case 15:
      add_multiple_writes(message, choices);
      break;
    default:
      add_question(message, choices);
      break;
  }
  if (choices.once_in(16)) message.resize(choices.below(100));
  if (choices.once_in(8) && !message.empty()) {
    message[choices.below(static_cast<std::uint32_t>(message.size()))] =
        std::byte{choices.number<std::uint8_t>()};
  }
  const auto size = static_cast<std::uint32_t>(message.size());
  if (message.size() >= 8 && !choices.once_in(32)) std::memcpy(&message[4], &size, sizeof size);
  return message;
}

/// The files that clients send; made once, as a fuzzer runs thousands of conversations a second.
struct SharedFiles {
  sys::Fd memory = sure(sys::create_memfd("fuzzed", kFileBytes));
  sys::Mapping view = sure(
      sys::Mapping::map(memory.get(), 0, kFileBytes, sys::Mapping::Access::kReadWrite, "fuzzed"));
  sys::Wakeup eventfd = sure(sys::Wakeup::open());
};

SharedFiles& shared() {
  static SharedFiles files;
  return files;
}

class Conversation {
 public:
  /// What the client's memory holds to begin with comes from the input as well.
  explicit Conversation(Choices& choices) {
    std::ranges::fill(shared().view.bytes(), std::byte{0});
    if (choices.below(2) == 0) std::ranges::copy(choices.bytes(512), shared().view.bytes().begin());
    reconnect();
  }

  void say(Choices& choices) {
    const Message message = next_message(choices);
    std::vector<sys::Fd> fds = next_fds(choices);
    const std::size_t cut = choices.once_in(4) ? choices.below(100) : message.size();
    const auto all = std::span<const std::byte>(message);
    feed(all.first(std::min(cut, all.size())), {});
    feed(all.subspan(std::min(cut, all.size())), fds);
    if (choices.once_in(4)) nic_->run();
    if (connection_->breach().empty() && !choices.once_in(64)) return;
    connection_.reset();
    if (memory_.region_count() != 0) stop("a connection ended and left guest memory mapped");
    reconnect();
  }

 private:
  // A new one has told its version, without which nothing else is heard.
  void reconnect() {
    connection_.emplace(*nic_, memory_);
    constexpr std::string_view kVersion = "\7\0\1\0\x17\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0{}";
    feed(std::as_bytes(std::span(kVersion.data(), kVersion.size() + 1)), {});
  }

  void feed(std::span<const std::byte> bytes, std::span<sys::Fd> fds) {
    if (!connection_->breach().empty()) return;
    const auto space = connection_->receive_space();
    const std::size_t count = std::min(bytes.size(), space.size());
    if (count != 0) std::memcpy(space.data(), bytes.data(), count);
    connection_->received(count, fds);
    while (connection_->advance() == Connection::Progress::kHandled) {
    }
    while (!connection_->replies().empty())
      connection_->replies_sent(connection_->replies().size());
  }

  static std::vector<sys::Fd> next_fds(Choices& choices) {
    std::vector<sys::Fd> fds;
    for (std::uint32_t left = choices.once_in(32) ? choices.below(18) : choices.below(3); left != 0;
         --left) {
      const int source = choices.below(2) == 0 ? shared().memory.get() : shared().eventfd.fd();
      fds.emplace_back(::dup(source));
    }
    return fds;
  }

  GuestMemory memory_;
  NoWire wire_;
  SteppingClock clock_{1'000'000};
  std::unique_ptr<Gvnic> nic_ =
      sure(Gvnic::create({.queues = 2, .doorbells = emulator::gvnic::Doorbells::kPolled},
                         {.memory = memory_, .wire = wire_, .clock = clock_}));
  std::optional<Connection> connection_;
};

}  // namespace

void vfio_user(Input input) {
  Choices choices(input);
  Conversation conversation(choices);
  while (choices.any_left())
    conversation.say(choices);
}

}  // namespace nobounce::fuzz
