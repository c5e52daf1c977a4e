// SPDX-License-Identifier: Apache-2.0
// Capture: a pcapng file of what stations send into wires, payload included, where no capture in a
// guest would show that of device memory. Frames to be segmented are written as their segments,
// pending checksums filled in, with a note of what the NIC has done for its driver.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "emulator/net/frame.h"
#include "sys/fd.h"

namespace nobounce::emulator::wire {

/// A port of a wire, as the file names it.
struct CaptureInterface {
  std::string name{};
  std::uint64_t rate_bits_per_s = 0;  ///< At the beginning; 0: none.
};

struct CaptureOptions {
  std::filesystem::path path{};  ///< Created with mode 0600, or emptied.
  std::vector<CaptureInterface> interfaces{};
  std::uint32_t snap_bytes = 0;  ///< Written of each frame at most; 0: all.
  std::uint64_t limit_bytes =
      0;  ///< The file grows no larger, and ends with a whole frame; 0: any.
};

/// Not thread-safe. It holds a 1 MiB buffer that is written when it is full, at a flush, and at the
/// end. A failure of a write ends the capture and nothing else.
class Capture {
 public:
  /// `clock` must outlive it; its time of opening is taken for the time of day then. Errors: those
  /// of open; kInvalidArgument for more names than the buffer holds.
  static Result<std::unique_ptr<Capture>> open(const CaptureOptions& options, const Clock& clock);
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture() { flush(); }

  /// Notes a frame as `interface`, an index into the options', sends it. Never fails and never
  /// waits for more than the file system.
  void record(std::uint32_t interface, const net::Frame& frame);

  /// Writes what the buffer holds. To be called when there is nothing better to do.
  void flush();

  /// What ended the capture, once: the next call has nothing.
  [[nodiscard]] std::optional<Error> take_failure();
  /// The limit was reached: nothing more is noted.
  [[nodiscard]] bool is_full() const { return is_full_; }
  /// Frames noted so far.
  [[nodiscard]] std::uint64_t frames() const { return frames_; }

 private:
  Capture(const CaptureOptions& options, const Clock& clock, sys::Fd file);

  Status begin(const CaptureOptions& options);
  void put(std::uint32_t interface, std::uint64_t time_ns, const net::Frame& frame,
           std::string_view comment);
  [[nodiscard]] bool make_room(std::size_t bytes);

  const Clock& clock_;
  std::uint64_t day_offset_ns_;  // what is to be added to the clock; it may wrap, as sums do
  sys::Fd file_;                 // closed once a write has failed
  std::string path_;
  std::uint32_t snap_bytes_;
  std::uint64_t limit_bytes_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t buffered_bytes_ = 0;
  std::uint64_t written_bytes_ = 0;
  std::uint64_t frames_ = 0;
  bool is_full_ = false;
  std::optional<Error> failure_;
};

}  // namespace nobounce::emulator::wire
