// SPDX-License-Identifier: Apache-2.0
// write_seeds FOLDER: fills an existing folder with the inputs that a corpus starts with.
#include <filesystem>
#include <fstream>
#include <string>

#include "fuzz/targets.h"

int main(int argument_count, char** arguments) {
  constexpr std::uint64_t kSeeds = 100;
  if (argument_count != 2) return 2;
  for (std::uint64_t number = 0; number < kSeeds; ++number) {
    const auto input = nobounce::fuzz::seed_input(number);
    std::ofstream file(std::filesystem::path(arguments[1]) / ("seed" + std::to_string(number)),
                       std::ios::binary);
    file.write(reinterpret_cast<const char*>(input.data()),
               static_cast<std::streamsize>(input.size()));
    if (!file) return 1;
  }
  return 0;
}
