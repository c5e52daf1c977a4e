// SPDX-License-Identifier: Apache-2.0
// What went wrong, in the words a user can act on: the operation, the object, the cause, the fix.
//
// Three classes of trouble are kept apart in this project. A programming error asserts. Input from
// a peer, a guest or the kernel returns a Result that carries an Error. Nothing below cli/ throws
// on purpose or ends the process.
#pragma once

#include <string>
#include <string_view>

namespace nobounce {

/// The kind of trouble, for code that decides; the strings of Error are for people.
enum class Code {
  kInvalidArgument,  ///< The caller asked for something that can never work.
  kUnsupported,      ///< This kernel, NIC or host lacks it; `cause` names the probe that failed.
  kNotFound,         ///< The named interface, file, queue or rule does not exist.
  kBusy,             ///< Somebody else holds it: a bound queue, a used address.
  kPermission,       ///< A privilege is missing.
  kExhausted,        ///< A stated bound or a resource limit was reached.
  kPeerClosed,       ///< The other end went away before the work was done.
  kTimeout,          ///< A deadline passed.
  kProtocol,         ///< The other side broke the protocol.
  kMismatch,         ///< What arrived is not what was expected.
  kInterrupted,      ///< The user asked to stop.
  kIo,               ///< Any other failure of a system call.
};

/// The name of a code as it stands in JSON and in logs, e.g. "unsupported".
std::string_view name_of(Code code);

/// A failure. Copyable, thread-compatible; owns its strings.
struct Error {
  Code code = Code::kIo;
  int sys_errno = 0;        ///< The errno that a system call left, or 0.
  std::string operation{};  ///< What was tried, e.g. "bind-rx".
  std::string object{};     ///< What it was tried on, e.g. "eth0 queue 1".
  std::string cause{};      ///< Why it failed; empty where errno says it all.
  std::string fix{};        ///< What the user can do about it; may be empty.
};

/// One line: "bind-rx of eth0 queue 1: header split is off (fix: ethtool -G eth0 …)".
std::string to_string(const Error& error);

/// The one place where errno becomes an Error. `code` is derived from `sys_errno`.
Error error_from_errno(int sys_errno, std::string operation, std::string object);

}  // namespace nobounce
