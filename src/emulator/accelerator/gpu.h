// SPDX-License-Identifier: Apache-2.0
// Gpu: what is virtio-gpu about the device: the commands of the control queue, answered in order,
// one after the other. It shows nothing and draws nothing: blobs, contexts and streams are all of
// it, and every other command is an error. What takes long goes on from turn to turn; the commands
// behind it wait, and so every fence is signalled in the order of submission.
// Source: Virtual I/O Device (VIRTIO) Version 1.2, section 5.7; <linux/virtio_gpu.h>.
#pragma once

#include <linux/virtio_gpu.h>

#include <cstdint>
#include <optional>

#include "emulator/accelerator/engine.h"
#include "emulator/accelerator/resources.h"
#include "emulator/accelerator/virtqueue.h"
#include "emulator/accelerator/window.h"
#include "emulator/vfio_user/guest_memory.h"

namespace nobounce::emulator::accelerator {

struct GpuStatistics {
  std::uint64_t commands = 0;  ///< Answered, those refused included.
  std::uint64_t refused = 0;   ///< Answered with an error.
  EngineStatistics engine{};
  std::uint64_t memory_bytes = 0;  ///< In use by blobs, now.
};

/// Not thread-safe. Neither movable nor copyable.
class Gpu {
 public:
  /// Features of this kind that are offered.
  static constexpr std::uint64_t kFeatures =
      std::uint64_t{1} << VIRTIO_GPU_F_VIRGL | std::uint64_t{1} << VIRTIO_GPU_F_RESOURCE_BLOB;
  /// Pieces of the guest's memory that one host buffer is made of.
  static constexpr std::uint32_t kMaxExtents = 65536;

  Gpu(const vfio_user::GuestMemory& memory, Window& window)
      : memory_(memory),
        window_(window),
        engine_({.memory = memory, .window = window}, resources_) {}
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;

  /// Answers what is in the queue, until the budget is spent. True if there may be more.
  bool run(Virtqueue& queue, std::uint64_t budget);
  /// Forgets everything; its memory is scrubbed by the runs to come.
  void reset();

  [[nodiscard]] GpuStatistics statistics() const;

 private:
  using Type = virtio_gpu_ctrl_type;

  void begin();
  void answer(Virtqueue& queue, Type type);
  void answer(Virtqueue& queue, std::span<std::byte> response, Type type);
  template <typename Command>
  std::optional<Command> command() const;

  std::optional<Type> execute(Virtqueue& queue);
  Type create_blob();
  bool read_extents(const virtio_gpu_resource_create_blob& command, Resource& resource) const;
  std::optional<Type> map_blob();
  Type unmap_blob();
  Type unref();
  Type create_context();
  Type destroy_context();
  Type attach(bool is_attached);
  std::optional<Type> submit();
  std::optional<Type> go_on(std::uint64_t& budget);
  std::optional<Type> go_on_mapping(std::uint64_t& budget);
  void leave_window(Resource& resource);

  // A blob on its way into the window.
  struct Mapping {
    std::uint32_t resource = 0;
    Window::Range range{};
    std::uint64_t allocated = 0;
  };
  enum class Work { kNone, kMapping, kStream };

  const vfio_user::GuestMemory& memory_;
  Window& window_;
  Resources resources_;
  Engine engine_;
  Chain chain_;
  virtio_gpu_ctrl_hdr header_{};  // of the command at work
  Work work_ = Work::kNone;
  Mapping mapping_;
  GpuStatistics statistics_;
};

}  // namespace nobounce::emulator::accelerator
