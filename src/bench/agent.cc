// SPDX-License-Identifier: Apache-2.0
#include "bench/agent.h"

#include <fmt/format.h>

#include "bench/scratch.h"
#include "bench/shape.h"
#include "peer/door.h"

namespace nobounce::bench {
namespace {

/// One bench, from the handshake on. What ended it.
Error serve_one(const AgentOptions& options, peer::Conversation& conversation) {
  const auto from = conversation.connection().peer();
  options.say(fmt::format("a bench comes from {}", from ? to_string(*from) : "nowhere"));
  AgentSession session(options.place, conversation);
  Error ended = session.serve();
  const Status put_back = session.end();
  options.say(fmt::format("bench {} has ended: {}; {}", session.matrix_name(), to_string(ended),
                          put_back ? "its NICs are as they were" : to_string(put_back.error())));
  return ended;
}

}  // namespace

Status run_agent(AgentOptions options) {
  const unsigned first = options.place.payload_port;
  if (options.listen.port >= first && options.listen.port < first + kMostFlows)
    return fail(
        {.code = Code::kInvalidArgument,
         .operation = "listen on",
         .object = to_string(options.listen),
         .cause = fmt::format("payload comes to the ports from {} to {}, and may land where "
                              "no CPU can read it",
                              first, first + kMostFlows - 1),
         .fix = "give the agent another port"});
  NB_ASSIGN(const Scratch scratch, Scratch::make());
  options.place.directory = scratch.path();
  NB_ASSIGN(auto door, peer::Door::open(options.listen, options.key, options.place.stop_fd));
  options.say(fmt::format("agent listening on {}", to_string(door.local())));
  while (true) {
    auto conversation = door.wait_for_holder();
    if (!conversation && conversation.error().code == Code::kInterrupted) return {};
    if (!conversation) return fail(std::move(conversation).error());
    if (serve_one(options, *conversation).code == Code::kInterrupted) return {};
  }
}

}  // namespace nobounce::bench
