// SPDX-License-Identifier: Apache-2.0
#include "emulator/vfio_user/capabilities.h"

#include <nlohmann/json.hpp>

#include "emulator/vfio_user/connection.h"

namespace nobounce::emulator::vfio_user {

std::optional<ClientCapabilities> parse_capabilities(std::string_view json) {
  // The parser is told not to throw, and only members of a known type are read.
  const auto root = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object()) return std::nullopt;
  ClientCapabilities result;
  const auto capabilities = root.find("capabilities");
  if (capabilities == root.end()) return result;
  if (!capabilities->is_object()) return std::nullopt;
  const auto write_multiple = capabilities->find("write_multiple");
  if (write_multiple == capabilities->end()) return result;
  if (!write_multiple->is_boolean()) return std::nullopt;
  result.write_multiple = *write_multiple == true;
  return result;
}

std::string capabilities_reply(const ClientCapabilities& client) {
  nlohmann::json capabilities = {
      {"max_msg_fds", Connection::kMaxMessageFds},
      {"max_data_xfer_size", Connection::kMaxDataTransfer},
      {"max_dma_maps", GuestMemory::kMaxRegions},
      {"pgsizes", 4096},
  };
  if (client.write_multiple) capabilities["write_multiple"] = true;
  return nlohmann::json{{"capabilities", std::move(capabilities)}}.dump();
}

}  // namespace nobounce::emulator::vfio_user
