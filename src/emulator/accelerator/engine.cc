// SPDX-License-Identifier: Apache-2.0
#include "emulator/accelerator/engine.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/bytes.h"

namespace nobounce::emulator::accelerator {

using abi::accelerator::CommandHeader;
using abi::accelerator::Result;
using abi::accelerator::ResultStatus;

namespace {

// Of a command, whatever it does.
constexpr std::uint64_t kCommandCost = 1024;
constexpr std::uint32_t kCommandAlignment = 8;

}  // namespace

bool Engine::begin(Context& context, std::vector<std::byte> stream) {
  abort();
  if (stream.size() < sizeof header_ || stream.size() > abi::accelerator::kMaxStreamBytes)
    return false;
  std::memcpy(&header_, stream.data(), sizeof header_);
  if (header_.magic != abi::accelerator::kStreamMagic ||
      header_.version != abi::accelerator::kStreamVersion || header_.bytes != stream.size() ||
      header_.commands == 0 || header_.commands > abi::accelerator::kMaxCommands ||
      header_.reserved != 0)
    return false;
  const Resource* const results = resources_.find_in(context, header_.results_resource);
  if (results == nullptr || results->kind != Resource::Kind::kHostBuffer ||
      !range_fits(header_.results_offset, header_.commands * sizeof(Result), results->bytes))
    return false;
  context_ = &context;
  stream_ = std::move(stream);
  position_ = sizeof header_;
  command_ = 0;
  results_ = {};
  ended_ = false;
  delivered_ = false;
  return true;
}

void Engine::abort() {
  context_ = nullptr;
  operation_.reset();
  ended_ = true;
}

bool Engine::step(std::uint64_t& budget) {
  while (!ended_ && budget != 0) {
    if (!operation_ && !next()) break;
    budget -= std::min(budget, kCommandCost);
    Result& result = results_[command_];
    const bool is_over =
        std::visit([&](auto& operation) { return operation.step(budget, result); }, *operation_);
    if (!is_over) continue;
    const auto status = static_cast<ResultStatus>(result.status);
    if (status != ResultStatus::kDone && status != ResultStatus::kMismatch) {
      end(status);
      break;
    }
    operation_.reset();
    ++statistics_.commands;
    if (++command_ == header_.commands) end(ResultStatus::kDone);
  }
  return ended_;
}

// Makes the next operation; false if that ends the stream.
bool Engine::next() {
  const auto left = std::span<const std::byte>(stream_).subspan(position_);
  CommandHeader header{};
  if (left.size() < sizeof header) {
    end(ResultStatus::kMalformed);
    return false;
  }
  std::memcpy(&header, left.data(), sizeof header);
  if (header.bytes < sizeof header || header.bytes > left.size() ||
      header.bytes % kCommandAlignment != 0) {
    end(ResultStatus::kMalformed);
    return false;
  }
  position_ += header.bytes;
  auto made = make_operation({.reach = reach_, .resources = resources_, .context = *context_},
                             left.first(header.bytes));
  if (const auto* fault = std::get_if<ResultStatus>(&made)) {
    end(*fault);
    return false;
  }
  operation_.emplace(std::move(std::get<Operation>(made)));
  return true;
}

void Engine::end(ResultStatus fault) {
  if (fault != ResultStatus::kDone) {
    results_[command_].status = static_cast<std::uint32_t>(fault);
    ++statistics_.faults;
  }
  ++statistics_.streams;
  deliver();
  abort();
}

// Of commands that were not executed too: all zeros.
void Engine::deliver() {
  const Resource* const buffer = resources_.find_in(*context_, header_.results_resource);
  const auto results = std::as_bytes(std::span(results_).first(header_.commands));
  delivered_ = buffer != nullptr && ResourceBytes(reach_, *buffer, vfio_user::DmaAccess::kWrite)
                                        .write(header_.results_offset, results);
}

}  // namespace nobounce::emulator::accelerator
