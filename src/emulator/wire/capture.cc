// SPDX-License-Identifier: Apache-2.0
#include "emulator/wire/capture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/version.h"
#include "emulator/net/segment.h"
#include "emulator/wire/amount.h"
#include "emulator/wire/finished_headers.h"
#include "emulator/wire/pcapng.h"
#include "sys/byte_stream.h"
#include "sys/capture_file.h"
#include "sys/wall_clock.h"

namespace nobounce::emulator::wire {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxCommentBytes = 128;
constexpr std::string_view kChecksumOffloaded = "checksum offloaded";

}  // namespace

Capture::Capture(const CaptureOptions& options, const Clock& clock, sys::Fd file)
    : clock_(clock),
      day_offset_ns_(sys::wall_clock_ns() - clock.now_ns()),
      file_(std::move(file)),
      path_(options.path.string()),
      snap_bytes_(options.snap_bytes != 0 ? options.snap_bytes
                                          : std::numeric_limits<std::uint32_t>::max()),
      limit_bytes_(options.limit_bytes != 0 ? options.limit_bytes
                                            : std::numeric_limits<std::uint64_t>::max()),
      buffer_(std::make_unique_for_overwrite<std::byte[]>(kBufferBytes)) {}

Result<std::unique_ptr<Capture>> Capture::open(const CaptureOptions& options, const Clock& clock) {
  NB_ASSIGN(auto file, sys::create_capture_file(options.path.string()));
  std::unique_ptr<Capture> capture(new Capture(options, clock, std::move(file)));
  NB_TRY(capture->begin(options));
  return capture;
}

Status Capture::begin(const CaptureOptions& options) {
  std::size_t needed = pcapng::kMostOverheadBytes;
  for (const CaptureInterface& interface : options.interfaces)
    needed += pcapng::kMostOverheadBytes + interface.name.size();
  if (needed > kBufferBytes || needed > limit_bytes_) {
    return fail(
        {.code = Code::kInvalidArgument,
         .operation = "begin",
         .object = "capture " + path_,
         .cause = fmt::format("the names of {} interfaces do not fit", options.interfaces.size()),
         .fix = "choose shorter names, or a higher limit"});
  }
  const auto room = [&] { return std::span(buffer_.get(), kBufferBytes).subspan(buffered_bytes_); };
  const std::string application = fmt::format("nobounce {}", version());
  buffered_bytes_ += pcapng::write(
      room(), pcapng::Section{.hardware = "x86-64", .os = "Linux", .application = application});
  for (const CaptureInterface& interface : options.interfaces) {
    buffered_bytes_ +=
        pcapng::write(room(), pcapng::Interface{.name = interface.name,
                                                .speed_bits_per_s = interface.rate_bits_per_s,
                                                .snap_bytes = options.snap_bytes});
  }
  flush();
  if (failure_) return fail(*take_failure());
  return {};
}

void Capture::record(std::uint32_t interface, const net::Frame& frame) {
  if (!file_.is_open() || is_full_) return;
  const std::uint64_t time_ns = clock_.now_ns() + day_offset_ns_;
  if (frame.segment_bytes == 0) {
    const bool is_offloaded = frame.checksums != net::Checksums::kUnverified;
    put(interface, time_ns, frame, is_offloaded ? kChecksumOffloaded : std::string_view{});
    return;
  }
  const std::uint64_t segments = amount_of(frame).frames;
  const char* const kind = frame.layout.l4 == net::L4::kUdp ? "USO" : "TSO";
  net::Segmenter segmenter(frame, frame.segment_bytes);
  std::array<char, kMaxCommentBytes> comment;
  for (std::uint64_t number = 1; const net::Frame* segment = segmenter.next(); ++number) {
    const auto end =
        fmt::format_to_n(comment.data(), comment.size(), "{} segment {} of {}, MSS {}; {}", kind,
                         number, segments, frame.segment_bytes, kChecksumOffloaded);
    put(interface, time_ns, *segment, {comment.data(), std::min(end.size, comment.size())});
  }
}

void Capture::put(std::uint32_t interface, std::uint64_t time_ns, const net::Frame& frame,
                  std::string_view comment) {
  const FinishedHeaders headers(frame);
  const auto frame_bytes = static_cast<std::uint32_t>(frame.headers.size()) + frame.payload_bytes;
  const std::uint32_t captured_bytes = std::min(frame_bytes, snap_bytes_);
  if (!make_room(pcapng::kMostOverheadBytes + captured_bytes + comment.size())) return;
  buffered_bytes_ += pcapng::write(std::span(buffer_.get(), kBufferBytes).subspan(buffered_bytes_),
                                   pcapng::Packet{.interface = interface,
                                                  .time_ns = time_ns,
                                                  .headers = headers.bytes(),
                                                  .payload = frame.payload,
                                                  .bytes = frame_bytes,
                                                  .captured_bytes = captured_bytes,
                                                  .queue = frame.tx_queue,
                                                  .comment = comment});
  ++frames_;
}

/// False where `bytes` more can't be noted.
bool Capture::make_room(std::size_t bytes) {
  is_full_ |= bytes > limit_bytes_ - std::min(limit_bytes_, written_bytes_ + buffered_bytes_);
  if (is_full_ || bytes > kBufferBytes) return false;
  if (bytes > kBufferBytes - buffered_bytes_) flush();
  return file_.is_open();
}

void Capture::flush() {
  if (!file_.is_open() || buffered_bytes_ == 0) return;
  const std::string_view bytes(reinterpret_cast<const char*>(buffer_.get()), buffered_bytes_);
  if (Status status = sys::write_all(file_.get(), bytes, path_); !status) {
    failure_ = std::move(status).error();
    failure_->operation = "write the capture";
    failure_->fix = "make room for it or limit its size; the traffic goes on without";
    file_.reset();
  }
  written_bytes_ += buffered_bytes_;
  buffered_bytes_ = 0;
}

std::optional<Error> Capture::take_failure() {
  return std::exchange(failure_, std::nullopt);
}

}  // namespace nobounce::emulator::wire
