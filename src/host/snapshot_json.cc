// SPDX-License-Identifier: Apache-2.0
#include "host/snapshot_json.h"

#include "host/archive.h"
#include "host/nic_fields.h"
#include "sys/text_file.h"

namespace nobounce::host {

template <typename Archive>
void fields(Archive& archive, Privileges& it) {
  archive("user", it.user);
  archive("net_admin", it.net_admin);
  archive("ipc_lock", it.ipc_lock);
  archive("initial_user_namespace", it.initial_user_namespace);
  archive("lease_journal", it.lease_journal);
  archive("memlock_bytes", it.memlock_bytes);
}

template <typename Archive>
void fields(Archive& archive, SocketFeatures& it) {
  archive("msg_zerocopy", it.msg_zerocopy);
  archive("tcp_zerocopy_receive", it.tcp_zerocopy_receive);
  archive("devmem_dontneed", it.devmem_dontneed);
}

template <typename Archive>
void fields(Archive& archive, IoUringFeatures& it) {
  archive("setup", it.setup);
  archive("send_zc", it.send_zc);
  archive("sendmsg_zc", it.sendmsg_zc);
  archive("recv_zc", it.recv_zc);
  archive("zcrx", it.zcrx);
  archive("zcrx_dma_buf", it.zcrx_dma_buf);
  archive("zcrx_nodev", it.zcrx_nodev);
  archive("zcrx_rx_buf_len", it.zcrx_rx_buf_len);
  archive("zcrx_flush", it.zcrx_flush);
  archive("zcrx_statistics", it.zcrx_statistics);
}

template <typename Archive>
void fields(Archive& archive, DevmemFeatures& it) {
  archive("bind_rx", it.bind_rx);
  archive("bind_tx", it.bind_tx);
  archive("rx_page_size", it.rx_page_size);
}

template <typename Archive>
void fields(Archive& archive, ProviderFacts& it) {
  archive("name", it.name);
  archive("opens", it.opens);
  archive("huge_pages", it.huge_pages);
  archive("dma_buf", it.dma_buf);
  archive("pinnable", it.pinnable);
}

template <typename Archive>
void fields(Archive& archive, CudaFacts& it) {
  archive("driver", it.driver);
  archive("dma_buf", it.dma_buf);
  archive("version", it.version);
  archive("devices", it.devices);
}

template <typename Archive>
void fields(Archive& archive, HugePagePool& it) {
  archive("page_bytes", it.page_bytes);
  archive("total", it.total);
  archive("free", it.free);
}

template <typename Archive>
void fields(Archive& archive, MemoryFacts& it) {
  archive("providers", it.providers);
  archive("dma_heaps", it.dma_heaps);
  archive("udmabuf_size_limit_bytes", it.udmabuf_size_limit_bytes);
  archive("huge_pages", it.huge_pages);
  archive("available_bytes", it.available_bytes);
}

template <typename Archive>
void fields(Archive& archive, BufferSizes& it) {
  archive("min_bytes", it.min_bytes);
  archive("default_bytes", it.default_bytes);
  archive("max_bytes", it.max_bytes);
}

template <typename Archive>
void fields(Archive& archive, Sysctls& it) {
  archive("tcp_rmem", it.tcp_rmem);
  archive("tcp_wmem", it.tcp_wmem);
  archive("optmem_max_bytes", it.optmem_max_bytes);
  archive("io_uring_disabled", it.io_uring_disabled);
}

template <typename Archive>
void fields(Archive& archive, PciFacts& it) {
  archive("address", it.address);
  archive("id", it.id);
  archive("iommu_domain", it.iommu_domain);
  archive("redirecting_bridges", it.redirecting_bridges);
}

template <typename Archive>
void fields(Archive& archive, NicFacts& it) {
  archive("interface", it.interface);
  archive("looked", it.looked);
  // What was not seen has no state worth writing down.
  if (it.looked.works()) archive("state", it.state);
  archive("bind_rx", it.bind_rx);
  archive("bind_tx", it.bind_tx);
  archive("pci", it.pci);
}

template <typename Archive>
void fields(Archive& archive, Snapshot& it) {
  std::string schema = kSnapshotSchema;
  archive("schema", schema);
  archive("kernel_release", it.kernel_release);
  archive("privileges", it.privileges);
  archive("sockets", it.sockets);
  archive("io_uring", it.io_uring);
  archive("devmem", it.devmem);
  archive("memory", it.memory);
  archive("cuda", it.cuda);
  archive("sysctls", it.sysctls);
  archive("nics", it.nics);
}

nlohmann::json to_json(const Snapshot& snapshot) {
  // The listing of the fields serves reading too, so it wants something that it could change.
  Snapshot copy = snapshot;
  return Writer::json_of(copy);
}

Result<Snapshot> parse_snapshot(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const Error refusal{.code = Code::kProtocol,
                      .sys_errno = 0,
                      .operation = "read",
                      .object = "host snapshot",
                      .cause = "it is no JSON object",
                      .fix = "record it with nobounce doctor --json=FILE"};
  if (!json.is_object()) return fail(refusal);
  const auto inner = json.find("host");
  const nlohmann::json& recorded = inner == json.end() ? json : *inner;
  if (!recorded.is_object()) return fail(refusal);
  const auto schema = recorded.find("schema");
  if (schema == recorded.end() || *schema != kSnapshotSchema) {
    Error error = refusal;
    error.cause = fmt::format("its schema is not {}", kSnapshotSchema);
    return fail(std::move(error));
  }
  Snapshot snapshot;
  NB_TRY(Reader::read(recorded, "", snapshot));
  return snapshot;
}

Result<Snapshot> read_snapshot(const std::string& path) {
  NB_ASSIGN(const std::string text, sys::read_text_file(path));
  auto snapshot = parse_snapshot(text);
  if (!snapshot) {
    Error error = std::move(snapshot).error();
    error.object = path;
    return fail(std::move(error));
  }
  return snapshot;
}

}  // namespace nobounce::host
