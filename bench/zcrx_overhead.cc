// SPDX-License-Identifier: Apache-2.0
// What the library costs beside its ring: path zcrx against a bare loop, both over the same kernel
// in this process, which fills a completion ring, empties a refill ring and does nothing else.
//
//   bench_zcrx_overhead [PAIRS]     see overhead_pairs.h for what it prints
//
// The bare loop does what a careful program over liburing would: it reads completions where they
// lie, checks that each is a frag within the area, writes it down for whoever uses it, and
// publishes head and tail once a batch. It knows of one connection and of whole niovs only.
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "overhead_pairs.h"
#include "path/zcrx_rx.h"
#include "sys/uapi/io_uring_zcrx.h"

namespace nobounce {
namespace {

namespace uapi = sys::uapi;

constexpr std::uint32_t kPage = 4096;
constexpr std::uint32_t kNiovs = 16384;  // An area of 64 MiB.
constexpr std::uint32_t kFragsPerRun = 4'000'000;
constexpr std::uint32_t kFragsBefore = 200'000;  // The rings are touched all over: not counted.
constexpr std::uint32_t kFragsPerEnter = 875;    // As the talk saw at 200 Gbit/s.
constexpr std::uint32_t kCompletions = 65536;
constexpr std::uint64_t kToken = std::uint64_t{1} << uapi::kZcrxAreaShift;

// A completion of a ring with IORING_SETUP_CQE32.
struct WideCompletion {
  std::uint64_t user_data;
  std::int32_t result;
  std::uint32_t flags;
  std::array<std::uint64_t, 2> extra;
};
static_assert(sizeof(WideCompletion) == 32);

// The kernel's side of both rings.
class ZcrxKernel {
 public:
  ZcrxKernel() : completions(kCompletions), free_(kNiovs) {
    for (std::uint32_t i = 0; i < kNiovs; ++i)
      free_[i] = i;
  }

  void attach_refill(std::byte* memory, std::uint32_t entries) {
    refill_head = reinterpret_cast<std::uint32_t*>(memory);
    refill_tail = reinterpret_cast<std::uint32_t*>(memory + 64);
    refill = reinterpret_cast<uapi::ZcrxRefillEntry*>(memory + 128);
    refill_mask = entries - 1;
  }

  [[gnu::noinline]] void enter() {
    std::uint32_t from = *refill_head;
    const std::uint32_t end = std::atomic_ref(*refill_tail).load(std::memory_order_acquire);
    for (; from != end; ++from) {
      const std::uint64_t entry = refill[from & refill_mask].offset;
      free_[free_end_++ % kNiovs] =
          static_cast<std::uint32_t>((entry & uapi::kZcrxOffsetMask) / kPage);
    }
    std::atomic_ref(*refill_head).store(end, std::memory_order_release);
    std::uint32_t at = completion_tail;
    for (std::uint32_t i = 0; i < kFragsPerEnter; ++i, ++at) {
      if (free_begin_ == free_end_) std::abort();  // Niovs were lost.
      const std::uint64_t niov = free_[free_begin_++ % kNiovs];
      completions[at % kCompletions] = {.user_data = user_data,
                                        .result = kPage,
                                        .flags = IORING_CQE_F_MORE,
                                        .extra = {kToken | niov * kPage, 0}};
    }
    std::atomic_ref(completion_tail).store(at, std::memory_order_release);
  }

  std::uint64_t user_data = 0;
  std::vector<WideCompletion> completions;
  std::uint32_t completion_head = 0;
  std::uint32_t completion_tail = 0;
  std::uint32_t* refill_head = nullptr;
  std::uint32_t* refill_tail = nullptr;
  uapi::ZcrxRefillEntry* refill = nullptr;
  std::uint32_t refill_mask = 0;

 private:
  std::vector<std::uint32_t> free_;  // A queue.
  std::uint32_t free_begin_ = 0;
  std::uint32_t free_end_ = kNiovs;
};

// The kernel behind the seam, as the real ring shows it.
class KernelRing final : public sys::Ring {
 public:
  io_uring_sqe* next_submission() override {
    requests_.assign(1, {});
    return requests_.data();
  }
  [[nodiscard]] bool has_work() const override { return true; }
  int submit() override {
    for (const io_uring_sqe& request : requests_)
      if (request.opcode == uapi::kOpRecvZc) kernel_.user_data = request.user_data;
    requests_.clear();
    kernel_.enter();
    return 0;
  }
  int submit_and_wait(int) override { return submit(); }
  [[nodiscard]] sys::CompletionRun ready() const override {
    const std::uint32_t head = kernel_.completion_head;
    const std::uint32_t ready =
        std::atomic_ref(kernel_.completion_tail).load(std::memory_order_acquire) - head;
    const std::uint32_t first = head % kCompletions;
    return {&kernel_.completions[first], /*are_wide=*/true, std::min(ready, kCompletions - first)};
  }
  void consume(std::size_t count) override {
    std::atomic_ref(kernel_.completion_head)
        .store(kernel_.completion_head + static_cast<std::uint32_t>(count),
               std::memory_order_release);
  }
  int register_with(unsigned opcode, void* argument, unsigned) override {
    if (opcode != uapi::kZcrxIfqRegister) return -EINVAL;
    auto& asked = *static_cast<uapi::ZcrxQueueRegistration*>(argument);
    const auto& region = *reinterpret_cast<uapi::MemoryRegion*>(asked.region);
    kernel_.attach_refill(reinterpret_cast<std::byte*>(region.user_addr), asked.refill_entries);
    asked.offsets.head = 0;
    asked.offsets.tail = 64;
    asked.offsets.entries = 128;
    reinterpret_cast<uapi::ZcrxArea*>(asked.area)->token = kToken;
    return 0;
  }
  [[nodiscard]] std::uint32_t dropped_completions() const override { return 0; }
  [[nodiscard]] const sys::SyscallCounts& syscalls() const override { return counts_; }

 private:
  mutable ZcrxKernel kernel_;  // atomic_ref knows no const before C++26.
  std::vector<io_uring_sqe> requests_;
  sys::SyscallCounts counts_;
};

// ns a frag. `step` takes what there is and returns how many frags that were.
template <typename Step>
double time_of(Step step) {
  for (std::uint32_t done = 0; done < kFragsBefore;)
    done += step();
  const double before = thread_cpu_ns();
  std::uint32_t done = 0;
  while (done < kFragsPerRun)
    done += step();
  return (thread_cpu_ns() - before) / done;
}

double bare_loop(std::uint64_t& checksum) {
  constexpr std::uint32_t kEntries = uapi::kMaxRefillEntries;
  constexpr std::uint64_t kArea = std::uint64_t{kNiovs} * kPage;
  ZcrxKernel kernel;
  std::vector<std::byte> memory(128 + kEntries * sizeof(uapi::ZcrxRefillEntry));
  kernel.attach_refill(memory.data(), kEntries);
  struct Piece {
    std::uint64_t offset;
    std::uint64_t length;
  };
  std::vector<Piece> pieces(kNiovs);
  Use use;
  std::uint32_t refill_tail = 0;
  const double ns = time_of([&]() -> std::uint32_t {
    kernel.enter();
    std::uint32_t head = kernel.completion_head;
    const std::uint32_t tail =
        std::atomic_ref(kernel.completion_tail).load(std::memory_order_acquire);
    std::size_t count = 0;
    for (; head != tail; ++head) {
      const WideCompletion& entry = kernel.completions[head % kCompletions];
      const std::uint64_t offset = entry.extra[0] & uapi::kZcrxOffsetMask;
      if (entry.result <= 0 || (entry.flags & IORING_CQE_F_MORE) == 0 || offset >= kArea ||
          static_cast<std::uint64_t>(entry.result) > kArea - offset) {
        std::abort();
      }
      pieces[count++] = {.offset = offset, .length = static_cast<std::uint32_t>(entry.result)};
    }
    std::atomic_ref(kernel.completion_head).store(head, std::memory_order_release);
    for (std::size_t i = 0; i < count; ++i)
      use.frag(pieces[i].offset, pieces[i].length);
    const std::uint32_t room =
        kEntries -
        (refill_tail - std::atomic_ref(*kernel.refill_head).load(std::memory_order_acquire));
    if (room < count) std::abort();
    for (std::size_t i = 0; i < count; ++i) {
      kernel.refill[refill_tail++ % kEntries] = {
          .offset = kToken | pieces[i].offset,
          .length = static_cast<std::uint32_t>(pieces[i].length),
          .reserved = 0};
    }
    std::atomic_ref(*kernel.refill_tail).store(refill_tail, std::memory_order_release);
    return static_cast<std::uint32_t>(count);
  });
  checksum = use.sum;
  return ns;
}

double library_loop(std::uint64_t& checksum) {
  static std::vector<std::byte> area(std::size_t{kNiovs} * kPage);  // Nobody reads or writes it.
  auto pump = path::RingPump::open(std::make_unique<KernelRing>(), -1);
  if (!pump) std::abort();
  auto queue = path::ZcrxQueue::open(
      **pump, {.area = area, .interface = "eth0", .if_index = 2, .rx_queue = 1});
  if (!queue) std::abort();
  auto receiver = path::ZcrxReceiver::open(**queue, {.socket_fd = 0});
  if (!receiver) std::abort();
  Use use;
  const double ns = time_of([&]() -> std::uint32_t {
    auto received = (*receiver)->receive(std::uint64_t{64} << 20);
    if (!received || received->outcome != path::ReceiveOutcome::kData) std::abort();
    for (const path::Frag& frag : received->batch.frags())
      use.frag(frag.region_offset, frag.length);
    return static_cast<std::uint32_t>(received->batch.frags().size());
  });
  checksum = use.sum;
  return ns;
}

}  // namespace
}  // namespace nobounce

int main(int argc, char** argv) {
  return nobounce::run_pairs(argc, argv, nobounce::bare_loop, nobounce::library_loop);
}
