// SPDX-License-Identifier: Apache-2.0
// judge: which paths work on a host for one connection, and why the others do not. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/snapshot.h"
#include "path/path.h"

namespace nobounce::host {

/// What one connection asks of a path.
struct PathNeed {
  /// The NIC that carries the connection. "lo", or empty where none is known: no NIC's part is
  /// taken for granted then.
  std::string interface{};
  std::string provider = "udmabuf";        ///< Of the memory; a name of memory::providers_here().
  bool hugepages = false;                  ///< The memory is to be backed by huge pages.
  std::uint16_t listen_port = 5201;        ///< Receive: the port that is steered to a queue.
  std::string listen_address = "0.0.0.0";  ///< Receive: the numeric address.
  bool force = false;                      ///< Receive: the lease takes a NIC in use nevertheless.
};

enum class Grade : std::uint8_t {
  kNo,        ///< It does not work here; `reason` is the probe that failed.
  kCopies,    ///< It works, and the kernel copies.
  kZeroCopy,  ///< It works, and the payload is not copied between host and wire.
};
/// "no", "copies", "yes".
std::string_view name_of(Grade grade);

struct Verdict {
  path::Path path = path::Path::kCopy;
  Grade grade = Grade::kNo;
  std::string reason{};  ///< Why it is no better; empty for kZeroCopy.
  std::string fix{};     ///< The command that mends it; may be empty.
};

/// One verdict for each path of the direction, in the order of path_order.h.
std::vector<Verdict> judge_receive(const Snapshot& snapshot, const PathNeed& need);
std::vector<Verdict> judge_send(const Snapshot& snapshot, const PathNeed& need);

}  // namespace nobounce::host
