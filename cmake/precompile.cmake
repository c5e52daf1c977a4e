# SPDX-License-Identifier: Apache-2.0
# Headers of others that most files include, read once for all files: of the time to compile a small
# file under the sanitizers most goes into them. Never headers of our own, since all would be
# compiled anew whenever one of them changes.
#
# Off in the preset `release`, whose rooms go into the library, and are united instead (rooms.cmake);
# but for the command's, which go into no library.
# Off in the preset `debug`, whose commands clang-tidy reads: clang refuses GCC's precompiled headers,
# and a file that forgot to include something shows there.
option(NOBOUNCE_PRECOMPILE "Precompile the headers that most files of src/ include" OFF)

set(NOBOUNCE_PRECOMPILED_STD
    <fmt/format.h> <fmt/ranges.h> <tl/expected.hpp>
    <algorithm> <array> <charconv> <chrono> <filesystem> <functional> <map> <memory> <optional>
    <span> <string> <string_view> <utility> <vector>)

# nobounce_precompiled(name [OUTSIDE] HEADERS header… LIBRARIES target…): a precompiled header to
# share. GCC takes one a file, made with the same options and macros as the file's own. One for rooms
# OUTSIDE the library is made wherever compiling is made short.
function(nobounce_precompiled name)
  cmake_parse_arguments(arg "OUTSIDE" "" "HEADERS;LIBRARIES" ${ARGN})
  if(NOT NOBOUNCE_PRECOMPILE AND NOT (arg_OUTSIDE AND NOBOUNCE_UNITE))
    return()
  endif()
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc CONTENT "")
  add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES})
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
endfunction()

function(nobounce_share_precompiled target name)
  if(TARGET ${name})
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()
