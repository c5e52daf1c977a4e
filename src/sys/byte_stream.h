// SPDX-License-Identifier: Apache-2.0
// Reading and writing pipes, sockets and character devices, and making pairs of them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

inline constexpr int kStandardInput = 0;
inline constexpr int kStandardOutput = 1;
inline constexpr int kStandardError = 2;

struct FdPair {
  Fd first;   ///< Of a pipe: the end to read.
  Fd second;  ///< Of a pipe: the end to write.
};

/// A pipe, close-on-exec, its reading end non-blocking.
Result<FdPair> make_pipe();
/// A pipe for the input of a program, which takes it to wait for what it reads; close-on-exec.
Result<FdPair> make_input_pipe();
/// Two joined Unix stream sockets, close-on-exec, the first one non-blocking.
Result<FdPair> make_socket_pair();

/// Opens a device or file that exists, close-on-exec.
Result<Fd> open_for_reading(const std::string& path, bool non_blocking = false);
Result<Fd> open_for_writing(const std::string& path);
Result<Fd> open_for_both_ways(const std::string& path);
/// Creates or empties a file of mode 0600, close-on-exec.
Result<Fd> create_file(const std::string& path);

/// Bytes read; 0 at the end of the stream; nothing if it would block.
Result<std::optional<std::size_t>> read_some(int fd, std::span<char> into, std::string_view object);
/// Bytes written, maybe fewer than given; nothing if it would block.
Result<std::optional<std::size_t>> write_some(int fd, std::string_view bytes,
                                              std::string_view object);
/// Writes all to a blocking descriptor.
Status write_all(int fd, std::string_view bytes, std::string_view object);

bool is_terminal(int fd);
/// From now on a closed pipe is an error of write (kPeerClosed), not the end of the process.
void ignore_broken_pipes();

}  // namespace nobounce::sys
