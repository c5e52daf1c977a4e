// SPDX-License-Identifier: Apache-2.0
// Path zcrx over a kernel, a NIC and consumers that do as a seed says.
#include <gtest/gtest.h>

#include <list>
#include <optional>

#include "base/random.h"
#include "unit/path/zcrx_fixture.h"

namespace nobounce::path {
namespace {

// A NIC, a kernel and consumers at random, in few niovs and few completions.
class ZcrxSimulation : public Zcrx, public testing::WithParamInterface<std::uint64_t> {
 protected:
  struct Consumer {
    int fd = 0;
    std::uint64_t to_come = 0;
    std::uint64_t position = 0;
    bool has_ended = false;
    std::unique_ptr<ZcrxReceiver> receiver;
    struct Held {
      FragBatch batch;
      std::uint64_t position;
    };
    std::list<Held> held;
  };

  std::uint64_t below(std::uint64_t bound) { return random->below(bound); }

  void let_nic_work(Consumer& consumer) {
    // A copy that waits in front of packets which hold all niovs would wait for ever.
    if (consumer.to_come == 0 || ring->has_linear_waiting(consumer.fd)) return;
    const auto length =
        static_cast<std::uint32_t>(1 + below(std::min<std::uint64_t>(consumer.to_come, kPage)));
    if (!options.if_index || below(8) == 0) {
      ring->deliver_linear(consumer.fd, length);
    } else if (!ring->deliver(consumer.fd, length)) {
      return;
    }
    consumer.to_come -= length;
    if (consumer.to_come == 0) ring->end(consumer.fd);
  }

  void let_kernel_err(Consumer& consumer) {
    const int errors[] = {-ENOBUFS, -EINTR, -ENOSPC};
    if (below(50) == 0) ring->end_request(consumer.fd, errors[below(3)]);
  }

  void check_and_return(Consumer& consumer, std::list<Consumer::Held>::iterator held) {
    EXPECT_TRUE(holds(held->batch.frags(), consumer.fd, held->position));
    consumer.held.erase(held);
  }

  void let_consumer_work(Consumer& consumer) {
    auto received = consumer.receiver->receive(1 + below(3 * kPage));
    ASSERT_TRUE(received) << to_string(received.error());
    switch (received->outcome) {
      case ReceiveOutcome::kData:
        consumer.held.push_back({std::move(received->batch), consumer.position});
        consumer.position += consumer.held.back().batch.bytes();
        break;
      case ReceiveOutcome::kEndOfStream:
        consumer.has_ended = true;
        break;
      case ReceiveOutcome::kWouldBlock:
        if (below(2) == 0) {
          ASSERT_TRUE(consumer.receiver->wait(0));
        }
        break;
      case ReceiveOutcome::kFull:
        break;
    }
    if (consumer.held.empty()) return;
    if (below(3) == 0 || received->outcome == ReceiveOutcome::kFull) {
      auto held = consumer.held.begin();
      std::advance(held, static_cast<std::ptrdiff_t>(below(consumer.held.size())));
      check_and_return(consumer, held);
    }
  }

  std::optional<Random> random;
};

TEST_P(ZcrxSimulation, EveryByteArrivesOnceAndEveryNiovComesBack) {
  random.emplace(GetParam());
  make({.niovs = static_cast<std::uint32_t>(8 + below(32)),
        .has_nic = below(3) != 0,
        .completions = 4 + below(64)});
  open_queue();
  std::vector<Consumer> consumers(1 + below(4));
  for (std::size_t i = 0; i < consumers.size(); ++i) {
    consumers[i].fd = static_cast<int>(10 + i);
    consumers[i].to_come = 1 + below(1 << 20);
    consumers[i].receiver = connect(consumers[i].fd, static_cast<std::uint32_t>(4 + below(20)));
  }
  std::vector<std::uint64_t> lengths;
  for (const Consumer& consumer : consumers)
    lengths.push_back(consumer.to_come);

  const auto all_ended = [&] {
    return std::all_of(consumers.begin(), consumers.end(),
                       [](const Consumer& consumer) { return consumer.has_ended; });
  };
  for (int step = 0; !all_ended() && step < 200'000; ++step) {
    Consumer& consumer = consumers[below(consumers.size())];
    let_nic_work(consumers[below(consumers.size())]);
    let_kernel_err(consumer);
    ASSERT_NO_FATAL_FAILURE(let_consumer_work(consumer)) << "seed " << GetParam();
  }
  for (std::size_t i = 0; i < consumers.size(); ++i) {
    EXPECT_EQ(consumers[i].position, lengths[i]) << "seed " << GetParam();
    while (!consumers[i].held.empty())
      check_and_return(consumers[i], consumers[i].held.begin());
    consumers[i].receiver = nullptr;
  }
  ring->consume_refill();
  EXPECT_EQ(ring->niovs_in_use(), 0u) << "seed " << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Seeds, ZcrxSimulation, testing::Range<std::uint64_t>(1, 65));

}  // namespace
}  // namespace nobounce::path
