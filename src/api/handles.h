// SPDX-License-Identifier: Apache-2.0
// What stands behind the opaque types of nobounce.h. What lives longer is declared first; what was
// made from another object shares it, so that C may close them in any order.
#pragma once

#include <nobounce/nobounce.h>
#include <poll.h>

#include <memory>
#include <string>
#include <vector>

#include "memory/region.h"
#include "path/frag.h"
#include "transfer/inbound.h"
#include "transfer/outbound.h"

struct nb_region {
  std::shared_ptr<nobounce::memory::Region> region;
  std::string provider;
};

struct nb_choice {
  explicit nb_choice(const nobounce::transfer::Choice& made)
      : choice(made), path(name_of(made.path)) {}

  nobounce::transfer::Choice choice;
  std::string path;
};

namespace nobounce::api {

/// What a listener and its receivers share.
struct Listening {
  std::shared_ptr<memory::Region> region;
  transfer::Inbound inbound;
  std::uint32_t max_connections = 1;
  int stop_fd = -1;
};

}  // namespace nobounce::api

struct nb_listener {
  std::shared_ptr<nobounce::api::Listening> listening;
  nb_choice choice;
  std::string address;
  std::vector<std::string> changes;
};

struct nb_batch {
  nb_receiver* owner = nullptr;
  nobounce::path::FragBatch frags;
  bool is_on_loan = false;
};

struct nb_receiver {
  std::shared_ptr<nobounce::api::Listening> listening;
  nobounce::transfer::InboundConnection connection;
  /// All that were ever on loan at once; each holds a frag at least, so the receiver's bound on
  /// frags bounds them. Once warm, receiving allocates nothing.
  std::vector<std::unique_ptr<nb_batch>> batches{};
  std::vector<nb_batch*> idle_batches{};
  std::vector<pollfd> polled{};  ///< Of nb_wait, kept for the same reason.
};

struct nb_sender {
  std::shared_ptr<nobounce::memory::Region> region;
  nobounce::transfer::Outbound outbound;
  nb_choice choice;
  int timeout_ms = -1;
};
