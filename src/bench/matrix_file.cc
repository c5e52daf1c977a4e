// SPDX-License-Identifier: Apache-2.0
#include "bench/matrix_file.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "base/quantity.h"
#include "base/size.h"
#include "bench/cell.h"
#include "bench/matrix_keys.h"
#include "bench/peers.h"
#include "sys/text_file.h"

namespace nobounce::bench {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;
constexpr std::array<std::string_view, 4> kTxPaths = {"copy", "zerocopy", "send_zc", "devmem"};
constexpr std::array<std::string_view, 4> kRxPaths = {"copy", "mmap", "zcrx", "devmem"};
constexpr std::array<std::string_view, 4> kMemories = {"udmabuf", "dma-heap", "host",
                                                       "accelerator"};
// The kernel advertises no less (net.ipv4.route.min_adv_mss is below); no MTU has room for more.
constexpr std::int64_t kLeastMss = 536;
constexpr std::int64_t kMostMss = 8960;

constexpr std::int64_t kMostRuns = 1000;
constexpr double kLeastSeconds = 0.01;
constexpr double kMostSeconds = 86400;

Result<PathPair> read_pair(std::string_view file, const Keys& axes, const toml::node& node) {
  const auto* table = node.as_table();
  if (table == nullptr)
    return axes.refuse(node, "a pair of paths is no table",
                       "write it as { tx = \"copy\", rx = \"copy\" }");
  Keys keys(file, *table);
  PathPair pair;
  const toml::node* tx = keys.take("tx");
  const toml::node* rx = keys.take("rx");
  if (tx == nullptr || rx == nullptr)
    return axes.refuse(node, "a pair of paths wants tx and rx",
                       "write it as { tx = \"copy\", rx = \"copy\" }");
  NB_ASSIGN(pair.tx, keys.word(*tx, "path to send by", kTxPaths));
  NB_ASSIGN(pair.rx, keys.word(*rx, "path to receive by", kRxPaths));
  NB_TRY(keys.done());
  return pair;
}

// Either pairs, or each of one list with each of the other.
Status read_paths(std::string_view file, Keys& keys, Axes& axes) {
  std::vector<std::string> tx;
  std::vector<std::string> rx;
  NB_TRY(keys.list("paths", axes.paths,
                   [&](const toml::node& node) { return read_pair(file, keys, node); }));
  NB_TRY(keys.list("tx-path", tx, [&](const toml::node& node) {
    return keys.word(node, "path to send by", kTxPaths);
  }));
  NB_TRY(keys.list("rx-path", rx, [&](const toml::node& node) {
    return keys.word(node, "path to receive by", kRxPaths);
  }));
  const bool has_lists = !tx.empty() || !rx.empty();
  if (!axes.paths.empty() && has_lists)
    return keys.refuse("there are pairs of paths and lists of paths",
                       "give either paths, or tx-path and rx-path");
  if (axes.paths.empty() && (tx.empty() || rx.empty()))
    return keys.refuse("no paths to measure", "give paths, or both tx-path and rx-path");
  for (const std::string& one : tx) {
    for (const std::string& other : rx)
      axes.paths.push_back({.tx = one, .rx = other});
  }
  return {};
}

// Either the same at both ends, or each of one list with each of the other.
Status read_memories(Keys& keys, Axes& axes) {
  const auto memory = [&](const toml::node& node) {
    return keys.word(node, "provider of memory", kMemories);
  };
  std::vector<std::string> both;
  std::vector<std::string> tx;
  std::vector<std::string> rx;
  NB_TRY(keys.list("memory", both, memory));
  NB_TRY(keys.list("tx-memory", tx, memory));
  NB_TRY(keys.list("rx-memory", rx, memory));
  if (!both.empty() && (!tx.empty() || !rx.empty()))
    return keys.refuse("there is memory of both ends and of either",
                       "give either memory, or tx-memory and rx-memory");
  axes.same_memory = !both.empty();
  if (!both.empty()) tx = rx = both;
  if (!tx.empty()) axes.tx_memory = std::move(tx);
  if (!rx.empty()) axes.rx_memory = std::move(rx);
  return {};
}

Result<Gro> read_gro(const Keys& keys, const toml::node& node) {
  static constexpr std::array<std::string_view, 3> kWords = {"off", "sw", "hw"};
  NB_ASSIGN(const std::string word, keys.word(node, "kind of GRO", kWords));
  return word == "off" ? Gro::kOff : word == "sw" ? Gro::kSoftware : Gro::kHardware;
}

Result<Cpus> read_cpus(const Keys& keys, const toml::node& node) {
  static constexpr std::array<std::string_view, 3> kWords = {"any", "1", "2"};
  NB_ASSIGN(const std::string word, keys.word(node, "number of CPUs of a host", kWords));
  return word == "any" ? Cpus::kAny : word == "1" ? Cpus::kOne : Cpus::kTwo;
}

Status read_shapes(Keys& keys, ShapeAxes& axes) {
  const auto count = [&](std::int64_t most) {
    return [&keys, most](const toml::node& node) -> Result<std::uint64_t> {
      const auto* found = node.as_integer();
      if (found != nullptr && found->get() >= 1 && found->get() <= most)
        return static_cast<std::uint64_t>(found->get());
      return keys.refuse(node, fmt::format("{} is not what it can be", Keys::text_of(node)),
                         fmt::format("give a whole number from 1 to {}", most));
    };
  };
  NB_TRY(keys.list("nic-pairs", axes.nic_pairs, count(kMostNicPairs)));
  NB_TRY(keys.list("flows", axes.flows, count(kMostFlows)));
  NB_TRY(keys.list("load", axes.loads, [&](const toml::node& node) -> Result<Load> {
    static constexpr std::array<std::string_view, 2> kWords = {"stream", "request-response"};
    return keys.word(node, "load", kWords).map([](std::string_view word) {
      return word == "stream" ? Load::kStream : Load::kRequestResponse;
    });
  }));
  const auto duration = [&](const toml::node& node) -> Result<std::uint64_t> {
    const auto parsed = parse_duration_ns(Keys::text_of(node));
    if (parsed) return *parsed;
    return keys.refuse(node, to_string(parsed.error()), "write it as \"10ms\"");
  };
  NB_TRY(keys.list("hold", axes.hold_ns, duration));
  NB_TRY(keys.list("pause", axes.pause_ns, duration));
  return keys.list("direction", axes.directions, [&](const toml::node& node) -> Result<Direction> {
    static constexpr std::array<std::string_view, 2> kWords = {"one-way", "both"};
    return keys.word(node, "direction", kWords).map([](std::string_view word) {
      return word == "both" ? Direction::kBoth : Direction::kOneWay;
    });
  });
}

Status read_tuning(Keys& keys, Axes& axes) {
  const auto words = [&keys](std::string_view what, std::array<std::string_view, 2> choice) {
    return [&keys, what, choice](const toml::node& node) { return keys.word(node, what, choice); };
  };
  const auto counts = [&keys](std::int64_t least, std::int64_t most, bool of_ring) {
    return [&keys, least, most, of_ring](const toml::node& node) {
      return keys.count(node, least, most, of_ring);
    };
  };
  NB_TRY(
      keys.list("address-family", axes.link.address_family, words("address family", {"v4", "v6"})));
  NB_TRY(keys.list("mss", axes.link.mss_bytes, counts(kLeastMss, kMostMss, false)));
  NB_TRY(keys.list("header-split", axes.link.header_split,
                   words("state of header split", {"on", "off"})));
  NB_TRY(keys.list("ring-size", axes.link.ring_entries, counts(64, 65536, true)));
  NB_TRY(keys.list("receive-size", axes.engine.receive_bytes, [&](const toml::node& node) {
    return keys.size(node, 4096, std::uint64_t{64} << 20);
  }));
  NB_TRY(keys.list("token-batch", axes.engine.token_batch, counts(1, 1024, false)));
  NB_TRY(keys.list("cq-size", axes.engine.cq_entries, counts(64, 65536, true)));
  return keys.list("region-pages", axes.engine.region_pages,
                   words("kind of pages", {"small", "huge"}));
}

Status read_axes(std::string_view file, const toml::table& table, Axes& axes) {
  Keys keys(file, table);
  const auto sizes = [&](std::uint64_t least, std::uint64_t most) {
    return [&keys, least, most](const toml::node& node) { return keys.size(node, least, most); };
  };
  NB_TRY(read_paths(file, keys, axes));
  NB_TRY(read_memories(keys, axes));
  NB_TRY(keys.list("gro", axes.gro, [&](const toml::node& node) { return read_gro(keys, node); }));
  NB_TRY(keys.list("gso-max-size", axes.gso_max_bytes, sizes(4096, 524280)));
  NB_TRY(keys.list("gro-max-size", axes.gro_max_bytes, sizes(4096, 524280)));
  NB_TRY(keys.list("mtu", axes.mtu, sizes(1280, 9000)));
  NB_TRY(
      keys.list("cpus", axes.cpus, [&](const toml::node& node) { return read_cpus(keys, node); }));
  NB_TRY(keys.list("message-size", axes.message_bytes, sizes(1, std::uint64_t{1} << 30)));
  NB_TRY(keys.list("pool-size", axes.pool_bytes,
                   sizes(std::uint64_t{1} << 19, std::uint64_t{1} << 30)));
  NB_TRY(keys.list("runs", axes.runs,
                   [&](const toml::node& node) { return keys.count(node, 1, kMostRuns, false); }));
  NB_TRY(keys.list("duration", axes.seconds, [&](const toml::node& node) -> Result<double> {
    const auto parsed = parse_duration_ns(Keys::text_of(node));
    const double seconds = parsed ? static_cast<double>(*parsed) / 1e9 : 0;
    if (seconds >= kLeastSeconds && seconds <= kMostSeconds) return seconds;
    return keys.refuse(node, fmt::format("{} is not what it can be", Keys::text_of(node)),
                       "give a time such as \"10s\", from 10ms to 24 hours");
  }));
  NB_TRY(read_shapes(keys, axes.shapes));
  NB_TRY(read_tuning(keys, axes));
  return keys.done();
}

Status read_roi(std::string_view file, const toml::table& table, RoiExponents& roi) {
  Keys keys(file, table);
  NB_TRY(keys.number("throughput-exponent", 0, 10, roi.throughput));
  NB_TRY(keys.number("cost-exponent", 0, 10, roi.cost));
  return keys.done();
}

Status read_lab(std::string_view file, const toml::table& table, LabWishes& lab) {
  Keys keys(file, table);
  if (const toml::node* rate = keys.take("wire-rate")) {
    const auto parsed = parse_bit_rate(Keys::text_of(*rate));
    if (!parsed) return keys.refuse(*rate, to_string(parsed.error()), "write it as \"200M\"");
    lab.wire_rate_bits_per_s = *parsed;
  }
  if (const toml::node* delay = keys.take("wire-delay")) {
    const auto parsed = parse_duration_ns(Keys::text_of(*delay));
    if (!parsed) return keys.refuse(*delay, to_string(parsed.error()), "write it as \"10ms\"");
    lab.wire_delay_ns = *parsed;
  }
  return keys.done();
}

Status read_measuring(Keys& keys, Measuring& measuring) {
  NB_TRY(keys.yes_or_no("measure", measuring.on));
  NB_TRY(keys.text("power-command", measuring.power_command));
  NB_TRY(keys.number("idle-baseline", 0.1, 20, measuring.idle_seconds));
  NB_TRY(keys.yes_or_no("cpu-profile", measuring.cpu_profile));
  NB_TRY(keys.yes_or_no("copy-meter", measuring.copy_meter));
  const bool wants_power = !measuring.power_command.empty() || measuring.idle_seconds > 0;
  if (!measuring.on && wants_power)
    return keys.refuse("power is to be measured, and measure is false",
                       "leave out measure = false, or power-command and idle-baseline");
  if (!measuring.on && measuring.cpu_profile)
    return keys.refuse("CPUs are to be sampled, and measure is false",
                       "leave out measure = false, or cpu-profile");
  return {};
}

/// iperf3 where nothing is said; an empty list is one: beside nothing.
Status read_versus(Keys& keys, const toml::table& root, std::vector<Engine>& versus) {
  versus = {Engine::kIperf3};
  if (const auto* list = root["versus"].as_array(); list != nullptr && list->empty()) {
    keys.take("versus");
    versus.clear();
    return {};
  }
  return keys.list("versus", versus, [&](const toml::node& node) -> Result<Engine> {
    static const std::array kWords = {word_of(kPeers[0]), word_of(kPeers[1]), word_of(kPeers[2])};
    NB_ASSIGN(const std::string word, keys.word(node, "program to compare with", kWords));
    return *peer_named(word);
  });
}

/// What an axis gives must not stand at the top as well, where it would say nothing.
Status check_lengths(const Keys& keys, const toml::table& root, const Axes& axes) {
  const auto refuse_twice = [&](const char* key, const char* axis) {
    return keys.refuse(*root.get(key),
                       fmt::format("{} is given here and by the axis {}", key, axis),
                       "leave one of them out");
  };
  if (root.contains("runs") && axes.runs.front() != 0) return refuse_twice("runs", "runs");
  if (axes.seconds.front() == 0) return {};
  for (const char* key : {"seconds", "bytes"}) {
    if (root.contains(key)) return refuse_twice(key, "duration");
  }
  return {};
}

Status check_load(const Keys& keys, const Matrix& matrix) {
  const bool has_time = matrix.seconds > 0 || matrix.axes.seconds.front() > 0;
  if (has_time == (matrix.bytes > 0))
    return keys.refuse("a run ends after a time or after so many bytes",
                       "give either seconds = 10 or bytes = \"1G\"");
  for (const std::uint64_t of_axis : matrix.axes.runs) {
    const std::uint64_t runs = of_axis != 0 ? of_axis : matrix.runs;
    if (2 * matrix.drop_ends >= runs)
      return keys.refuse(fmt::format("of {} runs nothing is left to average when {} are dropped at "
                                     "each end",
                                     runs, matrix.drop_ends),
                         "give more runs, or drop-ends = 0");
  }
  return {};
}

Result<Matrix> read_matrix(std::string_view file, const toml::table& root) {
  Keys keys(file, root);
  Matrix matrix;
  NB_TRY(keys.text("name", matrix.name));
  NB_TRY(keys.whole_number("runs", 1, kMostRuns, matrix.runs));
  NB_TRY(keys.whole_number("warm-ups", 0, 100, matrix.warm_ups));
  NB_TRY(keys.whole_number("drop-ends", 0, 100, matrix.drop_ends));
  NB_TRY(keys.number("seconds", kLeastSeconds, kMostSeconds, matrix.seconds));
  if (const toml::node* bytes = keys.take("bytes")) {
    NB_ASSIGN(matrix.bytes, keys.size(*bytes, 4096, std::uint64_t{1} << 50));
  }
  if (const toml::node* bytes = keys.take("response-size")) {
    NB_ASSIGN(matrix.response_bytes, keys.size(*bytes, 1, std::uint64_t{1} << 20));
  }
  NB_TRY(read_versus(keys, root, matrix.versus));
  NB_TRY(read_measuring(keys, matrix.measuring));
  const toml::node* roi = keys.take("roi");
  const toml::node* lab = keys.take("lab");
  const toml::node* axes = keys.take("axes");
  NB_TRY(keys.done());
  if (roi != nullptr) {
    if (!roi->is_table()) return keys.refuse(*roi, "roi is no table", "write [roi]");
    NB_TRY(read_roi(file, *roi->as_table(), matrix.roi));
  }
  if (lab != nullptr) {
    if (!lab->is_table()) return keys.refuse(*lab, "lab is no table", "write [lab]");
    NB_TRY(read_lab(file, *lab->as_table(), matrix.lab));
  }
  if (axes == nullptr || !axes->is_table())
    return keys.refuse("there is no table of axes", "write [axes], and paths = [ … ] below it");
  NB_TRY(read_axes(file, *axes->as_table(), matrix.axes));
  NB_TRY(check_lengths(keys, root, matrix.axes));
  NB_TRY(check_load(keys, matrix));
  if (count_cells(matrix) > kMostCells)
    return keys.refuse(fmt::format("{} cells are too many", count_cells(matrix)),
                       fmt::format("have {} at most", kMostCells));
  return matrix;
}

}  // namespace

Result<Matrix> parse_matrix(std::string_view text, std::string_view name) {
  const toml::parse_result parsed = toml::parse(text, name);
  if (parsed) return read_matrix(name, parsed.table());
  const toml::parse_error& error = parsed.error();
  return fail({.code = Code::kInvalidArgument,
               .operation = "read",
               .object = fmt::format("{}, line {}, column {}", name, error.source().begin.line,
                                     error.source().begin.column),
               .cause = std::string(error.description()),
               .fix = "see nobounce-bench(1) for how the file is written"});
}

Result<std::string> read_matrix_text(const std::filesystem::path& file) {
  return sys::read_text_file(file.string(), kMaxFileBytes);
}

}  // namespace nobounce::bench
