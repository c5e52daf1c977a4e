// SPDX-License-Identifier: Apache-2.0
// The matrices that come with nobounce: the talk's, which is the default, a small one, and one for
// each of the talk's own investigations.
#pragma once

#include <span>
#include <string_view>

namespace nobounce::bench {

struct ShippedMatrix {
  std::string_view name;
  std::string_view about;  ///< One line.
  std::string_view text;   ///< As a user would write it.
};

std::span<const ShippedMatrix> shipped_matrices();
/// nullptr: none bears that name.
const ShippedMatrix* shipped_matrix(std::string_view name);

std::string_view talk_matrix();
std::string_view quick_matrix();
std::string_view glance_matrix();
/// The headline of the RFC of devmem TCP: four accelerator/NIC pairs, both ways at once.
std::string_view rfc_matrix();

}  // namespace nobounce::bench
