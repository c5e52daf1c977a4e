// SPDX-License-Identifier: Apache-2.0
// What a transfer is asked to do.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "memory/region.h"
#include "path/path.h"
#include "sys/endpoint.h"
#include "transfer/choice.h"
#include "transfer/receive_tuning.h"

namespace nobounce::transfer {

/// The most that one region may take.
inline constexpr std::uint64_t kMaxRegionBytes = std::uint64_t{1} << 30;

using OpenRegion = std::function<Result<std::unique_ptr<memory::Region>>(
    std::string_view provider, const memory::RegionOptions& options)>;

/// Whether, and how, the host is read around a transfer.
struct MeasureOptions {
  bool on = false;
  std::string power_command{};  ///< Prints watts, and is run again and again; empty: none.
  int idle_ms = 0;  ///< So long the idle host's power is measured, before all else; 0: not.
  bool cpu_profile = false;   ///< All CPUs are sampled, if `on`.
  bool probe_copies = false;  ///< Copies are counted by kernel probes, `on` or not.
};

/// What both ends are asked.
struct CommonOptions {
  std::string nic;                 ///< The socket is tied to it; empty: as the address tells.
  std::optional<path::Path> path;  ///< Empty: the best there is.
  std::string memory;              ///< The provider of the region; empty: the best there is.
  bool huge_pages = false;         ///< Of the region.
  std::uint64_t region_size = 0;   ///< Bytes; 0: as much as the transfer needs, up to the most.
  int timeout_ms = -1;             ///< Gives up when nothing moves for so long; -1: never.
  int stop_fd = -1;                ///< Readable once the user asks to stop; -1: never. Not owned.
  /// Called as bytes move, from the data path: keep it cheap. May be empty.
  std::function<void(std::uint64_t bytes)> on_progress;
  /// Called once when the path is taken, before a byte moves. May be empty.
  std::function<void(const Choice& choice, std::string_view memory)> on_choice;
  MeasureOptions measure;
  OpenRegion open_region = memory::open_region;
};

/// How what landed is looked at.
enum class Verify {
  kNone,
  kSha256,   ///< Hashed; the digest is a figure.
  kPattern,  ///< Compared with the pattern of a seed; a difference is kMismatch.
};

struct ReceiveOptions : CommonOptions {
  sys::Endpoint listen;
  std::optional<std::uint32_t> queue;  ///< Of a path with its own queue; chosen where empty.
  std::uint32_t niov_bytes = 0;        ///< Paths devmem and zcrx; 0: the NIC's own.
  ReceiveTuning tuning;
  bool force = false;                  ///< Also a NIC that carries the default route.
  std::optional<std::uint64_t> bytes;  ///< Ends after so many; else at the end of the stream.
  std::string into;                    ///< File for what landed, "-" for standard output, or none.
  Verify verify = Verify::kSha256;
  std::uint64_t pattern_seed = 0;
  /// The stream is requests of so many bytes, each of which is answered; 0: it is none.
  std::uint64_t request_bytes = 0;
  std::uint64_t answer_bytes = 0;  ///< By plain sockets; above 0 where there are requests.
  std::uint64_t hold_ns = 0;  ///< What landed is given back so much later; nothing looks at it.
  /// Called once when a peer may connect. May be empty.
  std::function<void(const sys::Endpoint& local)> on_listening;
};

struct SendOptions : CommonOptions {
  sys::Endpoint peer;
  std::string from;                           ///< A file, or "-" for standard input.
  std::optional<std::uint64_t> pattern_seed;  ///< Or the pattern of a seed: `bytes` of it.
  std::optional<std::uint64_t> bytes;         ///< At most so many of the file.
  std::uint64_t repeat = 1;                   ///< Sends the same bytes so often, from the region.
  std::uint64_t duration_ns = 0;  ///< Or until so long has passed, whole repeats; 0: by `repeat`.
  std::uint64_t pause_ns = 0;     ///< After each repeat.
  /// After each repeat an answer of so many bytes is awaited, and timed; 0: none is.
  std::uint64_t answer_bytes = 0;
  /// Called once when all is connected and loaded, before a byte moves; may wait. May be empty.
  std::function<Status()> on_ready;
};

}  // namespace nobounce::transfer
