// SPDX-License-Identifier: Apache-2.0
// Layout: what a chassis is to hold, as plain data: NICs, accelerators, and the wires that
// join NICs to each other and to the world outside. Whoever offers NICs says it in these words, be
// it the lab, a topology file or flags; Chassis::start makes it so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "emulator/accelerator/accelerator.h"
#include "emulator/gvnic/gvnic_options.h"
#include "emulator/wire/wire.h"

namespace nobounce::emulator {

inline constexpr std::size_t kMaxNics = 64;
inline constexpr std::size_t kMaxAccelerators = 64;
inline constexpr std::size_t kMaxNameLength = 32;
/// Less would not hold one TSO frame; more is no queue but a leak.
inline constexpr std::size_t kMinWireQueueBytes = std::size_t{128} << 10;
inline constexpr std::size_t kMaxWireQueueBytes = std::size_t{1} << 30;

/// One NIC. QEMU finds it at <socket_directory>/<name>.sock.
struct NicLayout {
  std::string name{};
  gvnic::GvnicOptions options{};
  /// The guest that it is for, as a number: it reaches the memory of that guest's accelerators.
  std::uint32_t guest = 0;
};

/// One accelerator. QEMU finds it at <socket_directory>/<name>.sock.
struct AcceleratorLayout {
  std::string name{};
  accelerator::AcceleratorOptions options{};
  std::uint32_t guest = 0;  ///< The devices of which guest reach its memory.
};

/// What hangs at one port of a wire.
struct Station {
  enum class Kind : std::uint8_t {
    kNic,       ///< A NIC of this chassis.
    kTap,       ///< A TAP interface of the host, which sees the wire as its own Ethernet.
    kDatagram,  ///< A Unix datagram socket: one frame a datagram, from and to another process.
  };

  Kind kind = Kind::kNic;
  std::string name{};             ///< The NIC's, or the TAP interface's.
  std::filesystem::path local{};  ///< Of a datagram socket: where we receive.
  std::filesystem::path peer{};   ///< Where the other process receives.
};

/// "a", "tap:tap0", "dgram:/run/local:/run/peer": as topology files and statistics have it.
std::string to_string(const Station& station);

struct WireLayout {
  std::string name{};
  std::vector<Station> stations{};  ///< Station i is at port i. Two make a cable, more a switch.
  wire::Impairments impairments{};  ///< Of every port, to begin with.
  std::uint64_t seed = 1;
  std::size_t queue_bytes = wire::WireOptions{}.queue_bytes;  ///< For each port.
};

struct Layout {
  std::filesystem::path socket_directory{};       ///< Must exist; sockets get mode 0600.
  std::vector<NicLayout> nics{};                  ///< At most kMaxNics, each on one wire.
  std::vector<AcceleratorLayout> accelerators{};  ///< At most kMaxAccelerators.
  std::vector<WireLayout> wires{};
  std::filesystem::path capture{};  ///< A pcapng file of what crosses all wires; empty: none.
};

/// For NICs that are all alike.
struct UniformOptions {
  std::uint32_t count = 1;
  std::uint32_t queues = 4;  ///< A direction, a NIC.
  std::uint16_t mtu = 4148;
  wire::Impairments impairments{};
  std::uint64_t seed = 1;
};

/// `count` cables: wire "pair<i>" joins the NICs "pair<i>-a" and "pair<i>-b", which have the MAC
/// addresses 02:6e:62:00:<i>:00 and :01. More than a chassis holds is for `check` to refuse.
Layout layout_of_pairs(const UniformOptions& options);

/// `count` NICs "port<i>", MAC address 02:6e:62:01:00:<i>, on one wire, "switch".
Layout layout_of_switch(const UniformOptions& options);

/// Appends `count` accelerators for `guest`, "accel<n>", numbered on from those that are there.
void add_accelerators(Layout& layout, std::uint32_t count, std::uint32_t guest,
                      const accelerator::AcceleratorOptions& options);

/// Whether a chassis can be laid out so: it holds something, each thing passes its own check, and
/// every NIC is on a wire. What they can be made as is for Gvnic::create and Accelerator::create.
/// Error: kInvalidArgument.
Status check(const Layout& layout);

/// Whether NIC `index` can be there beside those before it: a name and a MAC address of its own.
/// Error: kInvalidArgument.
Status check_nic(const Layout& layout, std::size_t index);

/// Whether accelerator `index` can be there beside those before it and the NICs: a name of its own.
/// Error: kInvalidArgument.
Status check_accelerator(const Layout& layout, std::size_t index);

/// Whether wire `index` can be there beside those before it: a name of its own; two stations or
/// more, NICs among them that are there and were on no wire; impairments and a queue that can be.
/// Error: kInvalidArgument.
Status check_wire(const Layout& layout, std::size_t index);

/// Whether `name`, of `what`, can stand in a path and on a command line: letters, digits, ".", "_"
/// and "-", the last three not in front. Error: kInvalidArgument.
Status check_name(std::string_view what, std::string_view name);

/// Where the server of the NIC or accelerator `name` listens.
std::filesystem::path socket_of(const Layout& layout, std::string_view name);

}  // namespace nobounce::emulator
