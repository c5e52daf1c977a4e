# SPDX-License-Identifier: Apache-2.0
# One set of compiler options for every room: warnings are errors, sanitizers come from the preset.
set(NOBOUNCE_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize= takes them")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
                    -Wold-style-cast -Wimplicit-fallthrough -Werror)
# The binary also runs in the lab's guest, so fmt and spdlog come as headers, not as libraries.
add_compile_definitions(FMT_HEADER_ONLY=1 SPDLOG_FMT_EXTERNAL_HO=1)

if(NOBOUNCE_SANITIZE)
  add_compile_options(-fsanitize=${NOBOUNCE_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${NOBOUNCE_SANITIZE})
  # GCC 12 reports false positives of this kind once the sanitizers instrument the code.
  add_compile_options(-Wno-maybe-uninitialized)
endif()
