// SPDX-License-Identifier: Apache-2.0
#include "serve/client.h"

#include <poll.h>

#include <array>
#include <string>

#include "serve/control_socket.h"
#include "serve/directory.h"
#include "sys/byte_stream.h"
#include "sys/readiness.h"
#include "sys/steady_clock.h"
#include "sys/unix_connect.h"

namespace nobounce::serve {
namespace {

using nlohmann::json;

Error failure(Code code, const std::filesystem::path& socket, std::string cause) {
  return {.code = code,
          .operation = "ask",
          .object = "the service at " + socket.string(),
          .cause = std::move(cause),
          .fix = {}};
}

Result<sys::Fd> connect(const std::filesystem::path& socket) {
  auto connected = sys::connect_to_unix(socket);
  if (connected) return connected;
  const Code code = connected.error().code;
  if (code != Code::kNotFound && code != Code::kPeerClosed)
    return fail(std::move(connected).error());
  Error error = failure(Code::kNotFound, socket, "no service is there");
  error.fix = "start one with nobounce nic serve, or name its --directory";
  return fail(std::move(error));
}

// A request fits into any socket's buffer, so it is sent whole or the service is not well.
Result<std::string> exchange(const std::filesystem::path& socket, const std::string& request,
                             std::chrono::milliseconds patience) {
  NB_ASSIGN(const sys::Fd fd, connect(socket));
  sys::ignore_broken_pipes();
  NB_ASSIGN(const auto sent, sys::write_some(fd.get(), request, socket.string()));
  if (sent != request.size())
    return fail(failure(Code::kIo, socket, "it did not take the request"));
  const sys::SteadyClock clock;
  const Stopwatch since_sent(clock);
  std::string reply;
  std::array<char, 16384> piece;
  while (!reply.ends_with('\n')) {
    const auto elapsed = std::chrono::milliseconds(since_sent.elapsed_ns() / 1'000'000);
    std::array<pollfd, 1> entry = {{{.fd = fd.get(), .events = POLLIN, .revents = 0}}};
    NB_ASSIGN(const bool is_ready, elapsed >= patience
                                       ? Result<bool>(false)
                                       : sys::wait_ready(entry, patience - elapsed));
    if (!is_ready) return fail(failure(Code::kTimeout, socket, "it did not reply in time"));
    NB_ASSIGN(const auto got, sys::read_some(fd.get(), piece, socket.string()));
    if (!got) continue;
    if (*got == 0) return fail(failure(Code::kPeerClosed, socket, "it closed the connection"));
    reply.append(piece.data(), *got);
    if (reply.size() > ControlSocket::kMaxReplyBytes)
      return fail(failure(Code::kProtocol, socket, "its reply has no end"));
  }
  return reply;
}

Code code_named(std::string_view name) {
  for (const Code code : {Code::kInvalidArgument, Code::kUnsupported, Code::kNotFound, Code::kBusy,
                          Code::kPermission, Code::kExhausted, Code::kProtocol}) {
    if (name_of(code) == name) return code;
  }
  return Code::kIo;
}

}  // namespace

Result<json> ask(const std::filesystem::path& directory, const Request& request,
                 std::chrono::milliseconds patience) {
  const std::filesystem::path socket = control_socket_of(directory);
  NB_ASSIGN(const std::string line, exchange(socket, to_line(request), patience));
  json reply = json::parse(line, nullptr, false);
  if (!reply.is_object() || reply.value("schema", json()) != kNicsSchema)
    return fail(failure(Code::kProtocol, socket, "its reply is of no schema that we know"));
  const auto error = reply.find("error");
  if (error == reply.end()) return reply;
  const auto text = [&](const char* key) {
    const json value = error->is_object() ? error->value(key, json()) : json();
    return value.is_string() ? value.get<std::string>() : std::string("it said no more");
  };
  return fail({.code = code_named(text("code")),
               .operation = "ask the service",
               .object = {},
               .cause = text("message"),
               .fix = {}});
}

}  // namespace nobounce::serve
