// SPDX-License-Identifier: Apache-2.0
// Reads a pcapng file as its specification says, block by block, and believes nothing: the other
// side of the capture's tests.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "unit/emulator/net/packet_builder.h"

namespace nobounce::emulator::wire {

using Options = std::map<unsigned, std::string>;

struct ReadInterface {
  unsigned link_type = 0;
  std::uint64_t snap_bytes = 0;
  Options options;
};

struct ReadPacket {
  std::uint64_t interface = 0;
  std::uint64_t time_ns = 0;
  std::uint64_t original_bytes = 0;
  net::Bytes bytes;
  Options options;

  [[nodiscard]] std::string comment() const {
    const auto option = options.find(1);
    return option == options.end() ? "" : option->second;
  }
};

inline std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

struct ReadCapture {
  Options section;
  std::vector<ReadInterface> interfaces;
  std::vector<ReadPacket> packets;
  std::uint64_t file_bytes = 0;
};

class PcapngReader {
 public:
  /// Fails the test on anything that the format forbids.
  static ReadCapture read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    PcapngReader reader;
    reader.file_ = {std::istreambuf_iterator<char>(file), {}};
    reader.capture_.file_bytes = reader.file_.size();
    reader.read_blocks();
    return reader.capture_;
  }

 private:
  void read_blocks() {
    std::string_view rest = file_;
    bool is_first = true;
    while (!rest.empty()) {
      ASSERT_GE(rest.size(), 12U);
      const std::uint64_t type = little_endian(rest.substr(0, 4));
      const std::uint64_t length = little_endian(rest.substr(4, 4));
      ASSERT_EQ(length % 4, 0U);
      ASSERT_GE(length, 12U);
      ASSERT_LE(length, rest.size());
      ASSERT_EQ(little_endian(rest.substr(length - 4, 4)), length);
      ASSERT_EQ(type == 0x0a0d0d0a, is_first);
      is_first = false;
      const std::string_view body = rest.substr(8, length - 12);
      if (type == 0x0a0d0d0a)
        ASSERT_NO_FATAL_FAILURE(read_section(body));
      else if (type == 1)
        ASSERT_NO_FATAL_FAILURE(read_interface(body));
      else if (type == 6)
        ASSERT_NO_FATAL_FAILURE(read_packet(body));
      else
        FAIL() << "block of type " << type;
      rest.remove_prefix(length);
    }
  }

  void read_section(std::string_view body) {
    ASSERT_GE(body.size(), 16U);
    ASSERT_EQ(little_endian(body.substr(0, 4)), 0x1a2b3c4dU);
    ASSERT_EQ(little_endian(body.substr(4, 2)), 1U);
    ASSERT_EQ(little_endian(body.substr(6, 2)), 0U);
    ASSERT_EQ(little_endian(body.substr(8, 8)), ~std::uint64_t{0});
    read_options(body.substr(16), capture_.section);
  }

  void read_interface(std::string_view body) {
    ASSERT_GE(body.size(), 8U);
    ReadInterface interface;
    interface.link_type = static_cast<unsigned>(little_endian(body.substr(0, 2)));
    interface.snap_bytes = little_endian(body.substr(4, 4));
    ASSERT_NO_FATAL_FAILURE(read_options(body.substr(8), interface.options));
    capture_.interfaces.push_back(interface);
  }

  void read_packet(std::string_view body) {
    ASSERT_GE(body.size(), 20U);
    ReadPacket packet;
    packet.interface = little_endian(body.substr(0, 4));
    ASSERT_LT(packet.interface, capture_.interfaces.size());
    packet.time_ns = little_endian(body.substr(4, 4)) << 32 | little_endian(body.substr(8, 4));
    const std::uint64_t captured = little_endian(body.substr(12, 4));
    packet.original_bytes = little_endian(body.substr(16, 4));
    const std::uint64_t padded = (captured + 3) / 4 * 4;
    ASSERT_LE(padded, body.size() - 20);
    packet.bytes.resize(captured);
    if (captured != 0) std::memcpy(packet.bytes.data(), body.data() + 20, captured);
    ASSERT_NO_FATAL_FAILURE(read_options(body.substr(20 + padded), packet.options));
    capture_.packets.push_back(packet);
  }

  static void read_options(std::string_view rest, Options& options) {
    while (true) {
      ASSERT_GE(rest.size(), 4U) << "no end of options";
      const auto code = static_cast<unsigned>(little_endian(rest.substr(0, 2)));
      const std::uint64_t length = little_endian(rest.substr(2, 2));
      const std::uint64_t padded = (length + 3) / 4 * 4;
      ASSERT_LE(padded, rest.size() - 4);
      if (code == 0) {
        ASSERT_EQ(length, 0U);
        ASSERT_EQ(rest.size(), 4U);
        return;
      }
      ASSERT_TRUE(options.emplace(code, rest.substr(4, length)).second) << "option twice";
      rest.remove_prefix(4 + padded);
    }
  }

  std::string file_;
  ReadCapture capture_;
};

}  // namespace nobounce::emulator::wire
