// SPDX-License-Identifier: Apache-2.0
// Two guests' queues, joined by a wire. Descriptors, buffers and packets are right most of the
// time; memory changes between any two accesses that the input can get between: between two calls
// of a NIC, and in the midst of a turn, when a frame that was looked at is on its way to be copied.
#include "fuzz/rings.h"

#include <array>
#include <cstring>

#include "base/bytes.h"
#include "emulator/gvnic/doorbell_map.h"
#include "fuzz/changes.h"
#include "fuzz/packet.h"
#include "fuzz/targets.h"
#include "sys/mapping.h"

namespace nobounce::fuzz {
namespace {

using emulator::gvnic::DoorbellMap;

constexpr std::uint64_t kPacketRoom = 16384;
constexpr std::uint32_t kPackets = 16;  // places in a guest's memory, one after another

class Side final : emulator::net::FrameSink {
 public:
  Side(GuestRam& ram, Choices& choices, const Clock& clock, bool polled)
      : ram_(ram),
        choices_(choices),
        guest_(ram, *this, clock,
               polled ? emulator::gvnic::Doorbells::kPolled : emulator::gvnic::Doorbells::kSocket) {
    guest_.configure(choices.below(2) == 0, choices.below(2) == 0);
    if (const auto mapping = guest_.nic().mapping(emulator::vfio_user::kBar2)) {
      bar2_ = sure(sys::Mapping::map(mapping->fd, mapping->offset, DoorbellMap::kBarBytes,
                                     sys::Mapping::Access::kReadWrite, "BAR2"));
    }
  }

  void connect(Side& other) { other_ = &other; }

  void act() {
    switch (choices_.below(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
        send_packet();
        break;
      case 13:
        send_stream();
        break;
      case 14:
        if (choices_.once_in(16)) restart();
        break;
      case 4:
        put_descriptor(odd_descriptor());
        break;
      case 5:
      case 6:
      case 7:
        post_buffers();
        break;
      case 8:
        ram_.scribble(choices_);
        break;
      case 9:
        ring(choices_.below(64), choices_.number<std::uint32_t>());
        break;
      case 10: {
        const IrqDoorbell doorbell = arm_interrupt(guest_, choices_);
        ring(doorbell.index, doorbell.value);
        break;
      }
      case 11:
        change_settings(guest_, ram_, choices_);
        break;
      case 12:
        if (choices_.once_in(4)) renew_queue();
        break;
      default:
        run();
        break;
    }
  }

  [[nodiscard]] emulator::gvnic::GvnicStatistics statistics() { return guest_.nic().statistics(); }

  void run() {
    guest_.nic().run();
    other_->guest_.nic().end_batch();
  }

 private:
  using Descriptor = std::array<std::byte, 16>;

  // The wire, and the moment when a guest changes what was already looked at.
  void accept(const emulator::net::Frame& frame) override {
    if (choices_.once_in(4)) ram_.scribble(choices_);
    if (choices_.once_in(4)) other_->ram_.scribble(choices_);
    other_->guest_.nic().accept(frame);
  }

  bool is_ready() const override { return !choices_.once_in(8); }

  /// With whatever is under way in it: frames that wait, and packets that are not complete.
  void renew_queue() {
    const std::uint32_t id = choices_.below(Guest::kQueues);
    if (choices_.below(2) == 0) {
      guest_.renew_tx(id);
      if (id == 0) tx_tail_ = 0;
    } else {
      guest_.renew_rx(id, choices_.below(2) == 0, choices_.below(2) == 0);
      rx_tails_[id] = 0;
    }
  }

  void ring(std::uint32_t index, std::uint32_t value) {
    if (bar2_.bytes().empty()) {
      guest_.ring_doorbell(index, value);
    } else {
      store_le(bar2_.bytes().data() + std::size_t{4} * index, value);
    }
  }

  static Descriptor packet_descriptor(std::uint64_t address, std::uint32_t bytes, bool end,
                                      bool checksum, bool event) {
    Descriptor raw{};
    store_le(raw.data(), address);
    raw[8] = std::byte(0x0c | end << 5 | checksum << 6 | event << 7);
    store_le(&raw[14], static_cast<std::uint16_t>(bytes));
    return raw;
  }

  static Descriptor tso_context(const PacketShape& shape, std::uint32_t mss) {
    Descriptor raw{};
    store_le(raw.data(), shape.bytes - shape.header_bytes);
    store_le(&raw[4], static_cast<std::uint16_t>(mss));
    raw[6] = static_cast<std::byte>(shape.header_bytes);
    raw[8] = std::byte{0x25};
    return raw;
  }

  Descriptor odd_descriptor() {
    Descriptor raw{};
    const auto bytes = choices_.bytes(raw.size());
    std::ranges::copy(bytes, raw.begin());
    constexpr std::array<std::uint8_t, 4> kTypes = {0x04, 0x05, 0x0c, 0x2c};
    if (choices_.below(4) != 0) raw[8] = std::byte{kTypes[choices_.below(kTypes.size())]};
    if (choices_.below(2) == 0) store_le(raw.data(), GuestRam::address(choices_));
    return raw;
  }

  void put_descriptor(const Descriptor& raw) {
    const std::uint64_t slot = Guest::tx_ring(0) + tx_tail_ * sizeof raw;
    std::memcpy(ram_.at(slot), raw.data(), raw.size());
    tx_tail_ = (tx_tail_ + 1) % Guest::kRingEntries;
  }

  // In one to three pieces, with its contexts, and then the doorbell.
  void send_packet() {
    const std::uint64_t at = Guest::kBuffers + choices_.below(kPackets) * kPacketRoom;
    const PacketShape shape =
        write_packet(choices_, std::span(ram_.at(at), static_cast<std::size_t>(kPacketRoom)));
    if (choices_.once_in(3)) put_descriptor(tso_context(shape, 88 + choices_.below(1024)));
    const bool checksum = choices_.below(4) != 0;
    std::uint32_t from = 0;
    for (std::uint32_t left = choices_.below(3); left != 0; --left) {
      const std::uint32_t bytes = choices_.below(shape.bytes - from + 1);
      put_descriptor(packet_descriptor(at + from, bytes, false, checksum, false));
      from += bytes;
    }
    put_descriptor(
        packet_descriptor(at + from, shape.bytes - from, true, checksum, choices_.below(2) == 0));
    ring(DoorbellMap::kTxBase, tx_tail_);
    if (choices_.below(4) != 0) run();
  }

  /// Segments that follow each other, which the other NIC may coalesce; one is odd at times.
  void send_stream() {
    StreamSegment segment{.is_ipv4 = choices_.below(2) == 0,
                          .port = static_cast<std::uint16_t>(2000 + choices_.below(4)),
                          .payload_bytes = 1 + choices_.below(4000)};
    const std::uint32_t count = 2 + choices_.below(12);
    for (std::uint32_t i = 0; i < count; ++i) {
      const bool is_odd = choices_.once_in(8);
      if (is_odd && choices_.below(2) == 0) segment.flags = choices_.number<std::uint8_t>();
      if (is_odd && choices_.below(2) == 0) segment.sequence += choices_.below(4);
      if (is_odd && choices_.below(2) == 0) segment.payload_bytes = 1 + choices_.below(4000);
      const std::uint64_t at = Guest::kBuffers + i * kPacketRoom;
      const PacketShape shape =
          write_segment(segment, std::span(ram_.at(at), static_cast<std::size_t>(kPacketRoom)));
      put_descriptor(packet_descriptor(at, shape.bytes, true, true, false));
      segment.sequence += segment.payload_bytes;
      ++segment.ip_id;
      segment.flags = 0x10;
    }
    ring(DoorbellMap::kTxBase, tx_tail_);
    run();
  }

  /// The driver's reset or the client's, and all of it anew.
  void restart() {
    if (choices_.below(2) == 0) {
      guest_.nic().reset();
      guest_.set_bus_master(true);
    }
    guest_.configure(choices_.below(2) == 0, choices_.below(2) == 0);
    tx_tail_ = 0;
    rx_tails_ = {};
  }

  void post_buffers() {
    const std::uint32_t queue = choices_.below(Guest::kQueues);
    std::uint32_t& tail = rx_tails_[queue];
    for (std::uint32_t count = 1 + choices_.below(40); count != 0; --count) {
      std::byte* const entry = ram_.at(Guest::rx_ring(queue) + tail * std::uint64_t{32});
      std::memset(entry, 0, 32);
      store_le(entry, static_cast<std::uint16_t>(tail));
      store_le(entry + 8, buffer());
      store_le(entry + 16, buffer());
      tail = (tail + 1) % Guest::kRingEntries;
    }
    ring(DoorbellMap::kRxBase + queue, tail);
  }

  std::uint64_t buffer() {
    if (choices_.once_in(64)) return GuestRam::address(choices_);
    return Guest::kBuffers + kPackets * kPacketRoom +
           std::uint64_t{choices_.number<std::uint8_t>()} * Guest::kBufferBytes / 2;
  }

  GuestRam& ram_;
  Choices& choices_;
  Guest guest_;
  sys::Mapping bar2_;
  Side* other_ = nullptr;
  std::uint32_t tx_tail_ = 0;
  std::array<std::uint32_t, Guest::kQueues> rx_tails_{};
};

}  // namespace

struct TwoGuests::Sides {
  Sides(std::array<GuestRam, 2>& rams, Choices& choices)
      : clock(std::uint64_t{1} << choices.below(24)),
        left(rams[0], choices, clock, choices.below(2) == 0),
        right(rams[1], choices, clock, false) {
    left.connect(right);
    right.connect(left);
  }
  SteppingClock clock;
  Side left;
  Side right;
};

TwoGuests::TwoGuests(std::array<GuestRam, 2>& rams, Choices& choices)
    : choices_(choices), sides_(std::make_unique<Sides>(rams, choices)) {}

TwoGuests::~TwoGuests() = default;

void TwoGuests::act() {
  (choices_.below(2) == 0 ? sides_->left : sides_->right).act();
}

emulator::gvnic::GvnicStatistics TwoGuests::finish() {
  sides_->left.run();
  sides_->right.run();
  return sides_->right.statistics();
}

void rings(Input input) {
  static std::array<GuestRam, 2> rams;
  for (GuestRam& ram : rams)
    ram.clear();
  Choices choices(input);
  TwoGuests guests(rams, choices);
  while (choices.any_left())
    guests.act();
  guests.finish();
}

}  // namespace nobounce::fuzz
