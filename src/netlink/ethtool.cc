// SPDX-License-Identifier: Apache-2.0
#include "netlink/ethtool.h"

#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>

#include <set>

#include "base/bytes.h"
#include "sys/uapi/ethtool_rings.h"
#include "sys/uapi/ethtool_rss.h"

namespace nobounce::netlink {
namespace {

using BitNames = std::set<std::string, std::less<>>;

void put_header(Request& request, std::uint16_t header_attribute, int ifindex) {
  request.put_nest(header_attribute, [&] {
    request.put_u32(ETHTOOL_A_HEADER_DEV_INDEX, static_cast<std::uint32_t>(ifindex));
  });
}

std::string object_of(int ifindex) {
  return fmt::format("interface {}", ifindex);
}

/// The names of the bits that are set in a bitset of the verbose form. Without a mask the list
/// holds the set bits only; with one it holds all bits in the mask, the set ones flagged.
Result<BitNames> set_bits(const Attributes& attributes, std::uint16_t type) {
  NB_ASSIGN(const Attributes bitset, attributes.nest(type));
  const bool no_mask = bitset.has(ETHTOOL_A_BITSET_NOMASK);
  NB_ASSIGN(const Attributes bits, bitset.nest(ETHTOOL_A_BITSET_BITS));
  BitNames names;
  for (const Attribute& bit : bits.all()) {
    NB_ASSIGN(const Attributes fields, Attributes::parse(bit.payload));
    NB_ASSIGN(auto name, fields.text(ETHTOOL_A_BITSET_BIT_NAME));
    if (name && (no_mask || fields.has(ETHTOOL_A_BITSET_BIT_VALUE))) names.insert(*name);
  }
  return names;
}

/// Every name that a bitset mentions, set or not.
Result<BitNames> all_bits(const Attributes& attributes, std::uint16_t type) {
  NB_ASSIGN(const Attributes bitset, attributes.nest(type));
  NB_ASSIGN(const Attributes bits, bitset.nest(ETHTOOL_A_BITSET_BITS));
  BitNames names;
  for (const Attribute& bit : bits.all()) {
    NB_ASSIGN(const Attributes fields, Attributes::parse(bit.payload));
    NB_ASSIGN(auto name, fields.text(ETHTOOL_A_BITSET_BIT_NAME));
    if (name) names.insert(*name);
  }
  return names;
}

}  // namespace

Result<Rings> parse_rings(std::span<const std::byte> payload) {
  NB_ASSIGN(const Attributes attributes, generic_attributes(payload));
  Rings rings;
  NB_ASSIGN(rings.rx, attributes.u32(ETHTOOL_A_RINGS_RX));
  NB_ASSIGN(rings.rx_max, attributes.u32(ETHTOOL_A_RINGS_RX_MAX));
  NB_ASSIGN(rings.tx, attributes.u32(ETHTOOL_A_RINGS_TX));
  NB_ASSIGN(rings.tx_max, attributes.u32(ETHTOOL_A_RINGS_TX_MAX));
  NB_ASSIGN(rings.rx_buf_len, attributes.u32(ETHTOOL_A_RINGS_RX_BUF_LEN));
  NB_ASSIGN(rings.hds_thresh, attributes.u32(uapi::ethtool::kRingsHdsThresh));
  NB_ASSIGN(rings.hds_thresh_max, attributes.u32(uapi::ethtool::kRingsHdsThreshMax));
  NB_ASSIGN(const auto split, attributes.u8(ETHTOOL_A_RINGS_TCP_DATA_SPLIT));
  if (split && *split > ETHTOOL_TCP_DATA_SPLIT_ENABLED) {
    return fail(malformed(fmt::format("tcp-data-split is {}", *split)));
  }
  rings.header_split = static_cast<HeaderSplit>(split.value_or(ETHTOOL_TCP_DATA_SPLIT_UNKNOWN));
  return rings;
}

Result<Features> parse_features(std::span<const std::byte> payload) {
  NB_ASSIGN(const Attributes attributes, generic_attributes(payload));
  NB_ASSIGN(const BitNames known, all_bits(attributes, ETHTOOL_A_FEATURES_HW));
  NB_ASSIGN(const BitNames changeable, set_bits(attributes, ETHTOOL_A_FEATURES_HW));
  NB_ASSIGN(const BitNames active, set_bits(attributes, ETHTOOL_A_FEATURES_ACTIVE));
  NB_ASSIGN(const BitNames fixed, set_bits(attributes, ETHTOOL_A_FEATURES_NOCHANGE));
  Features features;
  for (const std::string& name : known)
    features[name];
  for (const std::string& name : active)
    features[name].active = true;
  for (const std::string& name : changeable)
    features[name].can_change = !fixed.contains(name);
  return features;
}

Result<Channels> parse_channels(std::span<const std::byte> payload) {
  NB_ASSIGN(const Attributes attributes, generic_attributes(payload));
  NB_ASSIGN(const auto rx, attributes.u32(ETHTOOL_A_CHANNELS_RX_COUNT));
  NB_ASSIGN(const auto tx, attributes.u32(ETHTOOL_A_CHANNELS_TX_COUNT));
  NB_ASSIGN(const auto combined, attributes.u32(ETHTOOL_A_CHANNELS_COMBINED_COUNT));
  NB_ASSIGN(const auto rx_max, attributes.u32(ETHTOOL_A_CHANNELS_RX_MAX));
  NB_ASSIGN(const auto tx_max, attributes.u32(ETHTOOL_A_CHANNELS_TX_MAX));
  NB_ASSIGN(const auto combined_max, attributes.u32(ETHTOOL_A_CHANNELS_COMBINED_MAX));
  return Channels{.rx = rx.value_or(0),
                  .tx = tx.value_or(0),
                  .combined = combined.value_or(0),
                  .rx_max = rx_max.value_or(0),
                  .tx_max = tx_max.value_or(0),
                  .combined_max = combined_max.value_or(0)};
}

Result<RssContext> parse_rss_context(std::span<const std::byte> payload) {
  NB_ASSIGN(const Attributes attributes, generic_attributes(payload));
  NB_ASSIGN(const auto id, attributes.u32(uapi::ethtool::kRssContext));
  RssContext context{.id = id.value_or(0), .table = {}};
  const auto table = attributes.bytes(uapi::ethtool::kRssIndirection);
  if (!table) return context;
  if (table->size() % sizeof(std::uint32_t) != 0) return fail(malformed("an odd RSS table"));
  for (std::size_t at = 0; at < table->size(); at += sizeof(std::uint32_t))
    context.table.push_back(load_le<std::uint32_t>(table->data() + at));
  return context;
}

Result<std::optional<std::uint32_t>> parse_speed(std::span<const std::byte> payload) {
  NB_ASSIGN(const Attributes attributes, generic_attributes(payload));
  NB_ASSIGN(auto speed, attributes.u32(ETHTOOL_A_LINKMODES_SPEED));
  if (speed && (*speed == 0 || *speed == static_cast<std::uint32_t>(SPEED_UNKNOWN))) speed.reset();
  return speed;
}

Result<Ethtool> Ethtool::open() {
  NB_ASSIGN(GenericSocket generic, GenericSocket::open(ETHTOOL_GENL_NAME));
  return Ethtool(std::move(generic));
}

Result<Message> Ethtool::get(std::uint8_t command, std::uint16_t header_attribute, int ifindex,
                             const char* operation) {
  NB_ASSIGN(auto messages, generic_.call(GenericSocket::Kind::kOne, command, operation,
                                         object_of(ifindex), [&](Request& request) {
                                           put_header(request, header_attribute, ifindex);
                                         }));
  return GenericSocket::only(std::move(messages));
}

Result<Rings> Ethtool::rings(int ifindex) {
  NB_ASSIGN(const Message answer,
            get(ETHTOOL_MSG_RINGS_GET, ETHTOOL_A_RINGS_HEADER, ifindex, "rings-get"));
  return parse_rings(answer.payload);
}

Status Ethtool::set_rings(int ifindex, const RingsChange& change) {
  NB_TRY(generic_.call(GenericSocket::Kind::kOne, ETHTOOL_MSG_RINGS_SET, "rings-set",
                       object_of(ifindex), [&](Request& request) {
                         put_header(request, ETHTOOL_A_RINGS_HEADER, ifindex);
                         if (change.header_split) {
                           request.put_u8(ETHTOOL_A_RINGS_TCP_DATA_SPLIT,
                                          static_cast<std::uint8_t>(*change.header_split));
                         }
                         if (change.hds_thresh) {
                           request.put_u32(uapi::ethtool::kRingsHdsThresh, *change.hds_thresh);
                         }
                         if (change.rx) request.put_u32(ETHTOOL_A_RINGS_RX, *change.rx);
                         if (change.tx) request.put_u32(ETHTOOL_A_RINGS_TX, *change.tx);
                         if (change.rx_buf_len) {
                           request.put_u32(ETHTOOL_A_RINGS_RX_BUF_LEN, *change.rx_buf_len);
                         }
                       }));
  return {};
}

Result<Features> Ethtool::features(int ifindex) {
  NB_ASSIGN(const Message answer,
            get(ETHTOOL_MSG_FEATURES_GET, ETHTOOL_A_FEATURES_HEADER, ifindex, "features-get"));
  return parse_features(answer.payload);
}

Status Ethtool::set_feature(int ifindex, const std::string& name, bool on) {
  NB_TRY(generic_.call(GenericSocket::Kind::kOne, ETHTOOL_MSG_FEATURES_SET, "features-set",
                       object_of(ifindex), [&](Request& request) {
                         put_header(request, ETHTOOL_A_FEATURES_HEADER, ifindex);
                         request.put_nest(ETHTOOL_A_FEATURES_WANTED, [&] {
                           request.put_nest(ETHTOOL_A_BITSET_BITS, [&] {
                             request.put_nest(ETHTOOL_A_BITSET_BITS_BIT, [&] {
                               request.put_text(ETHTOOL_A_BITSET_BIT_NAME, name);
                               if (on) request.put_flag(ETHTOOL_A_BITSET_BIT_VALUE);
                             });
                           });
                         });
                       }));
  // The kernel answers "done" also where the driver refused, so look.
  NB_ASSIGN(const Features now, features(ifindex));
  const auto found = now.find(name);
  if (found != now.end() && found->second.active == on) return {};
  return fail({.code = Code::kUnsupported,
               .sys_errno = 0,
               .operation = "features-set",
               .object = object_of(ifindex),
               .cause = fmt::format("{} stays {}", name, on ? "off" : "on"),
               .fix = {}});
}

Result<Channels> Ethtool::channels(int ifindex) {
  NB_ASSIGN(const Message answer,
            get(ETHTOOL_MSG_CHANNELS_GET, ETHTOOL_A_CHANNELS_HEADER, ifindex, "channels-get"));
  return parse_channels(answer.payload);
}

Status Ethtool::set_channels(int ifindex, const Channels& wanted) {
  NB_TRY(generic_.call(GenericSocket::Kind::kOne, ETHTOOL_MSG_CHANNELS_SET, "channels-set",
                       object_of(ifindex), [&](Request& request) {
                         put_header(request, ETHTOOL_A_CHANNELS_HEADER, ifindex);
                         // A driver that lacks a kind refuses even its 0.
                         if (wanted.rx != 0)
                           request.put_u32(ETHTOOL_A_CHANNELS_RX_COUNT, wanted.rx);
                         if (wanted.tx != 0)
                           request.put_u32(ETHTOOL_A_CHANNELS_TX_COUNT, wanted.tx);
                         if (wanted.combined != 0) {
                           request.put_u32(ETHTOOL_A_CHANNELS_COMBINED_COUNT, wanted.combined);
                         }
                       }));
  return {};
}

Result<std::optional<std::uint32_t>> Ethtool::speed(int ifindex) {
  NB_ASSIGN(const Message answer,
            get(ETHTOOL_MSG_LINKMODES_GET, ETHTOOL_A_LINKMODES_HEADER, ifindex, "link-modes-get"));
  return parse_speed(answer.payload);
}

Result<std::vector<RssContext>> Ethtool::rss_contexts(int ifindex) {
  NB_TRY(generic_.need_command(uapi::ethtool::kMsgRssGet, "rss-get"));
  NB_ASSIGN(const auto messages,
            generic_.call(GenericSocket::Kind::kDump, uapi::ethtool::kMsgRssGet, "rss-get",
                          object_of(ifindex), [&](Request& request) {
                            put_header(request, uapi::ethtool::kRssHeader, ifindex);
                          }));
  std::vector<RssContext> contexts;
  for (const Message& message : messages) {
    NB_ASSIGN(RssContext context, parse_rss_context(message.payload));
    if (context.id != 0) contexts.push_back(std::move(context));
  }
  return contexts;
}

}  // namespace nobounce::netlink
