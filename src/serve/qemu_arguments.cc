// SPDX-License-Identifier: Apache-2.0
#include "serve/qemu_arguments.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace nobounce::serve {
namespace {

// A word that the shell leaves alone: in single quotes, which only a single quote ends.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char letter : text) {
    if (letter == '\'') {
      result += R"('\'')";
    } else {
      result += letter;
    }
  }
  return result + "'";
}

// A path may hold any bytes; JSON only UTF-8.
std::string json_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string qemu_memory_arguments() {
  return "-machine q35,memory-backend=ram -m 4G "
         "-object memory-backend-memfd,id=ram,size=4G,share=on";
}

std::string qemu_device_arguments(const std::filesystem::path& socket, std::uint32_t number) {
  const std::string device = fmt::format(
      R"({{"driver":"vfio-user-pci","bus":"nb{}","socket":{{"path":{},"type":"unix"}}}})", number,
      json_text(socket.string()));
  return fmt::format("-device pcie-root-port,id=nb{0},chassis={1},slot={1} -device {2}", number,
                     number + 1, quoted(device));
}

}  // namespace nobounce::serve
