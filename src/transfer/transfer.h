// SPDX-License-Identifier: Apache-2.0
// One connection from memory to memory: region → lease → binding → path, and all of it put back.
//
// What `nobounce send` and `recv` call, and what a program with one connection to make would. The
// wire holds payload and nothing else, so either end may be a plain netcat. Blocking; one thread.
#pragma once

#include "base/result.h"
#include "transfer/options.h"
#include "transfer/result.h"

namespace nobounce::transfer {

/// Waits for one peer and receives what it sends. When it returns, the tokens are given back, the
/// region is unbound and the NIC is as it was. Errors: kUnsupported with the probe that failed,
/// kPeerClosed, kMismatch, kTimeout, kInterrupted, kInvalidArgument for options that can't work,
/// those of NIC, region and file.
Result<TransferResult> receive(const ReceiveOptions& options);

/// Connects to a peer and sends; returns once the peer's kernel has acknowledged all of it. Errors:
/// as `receive`.
Result<TransferResult> send(const SendOptions& options);

}  // namespace nobounce::transfer
