# SPDX-License-Identifier: Apache-2.0
# One set of compiler options for every room: warnings are errors, sanitizers come from the preset.
set(NOBOUNCE_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize= takes them")

# -O2 rather than -O3, which makes GCC 12 warn of accesses that are not there; the loops over bytes
# want the vectorizer's full cost model all the same, which is an option of GCC's alone.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -fvect-cost-model=dynamic -DNDEBUG")
endif()
# Enough for a stack trace with lines; full debug information doubles the time to link.
set(CMAKE_CXX_FLAGS_DEBUG "-g1")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
                    -Wold-style-cast -Wimplicit-fallthrough -Werror)
# Clang counts this to -Wconversion, GCC does not: what one takes the other shall take.
add_compile_options($<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>)
# libstdc++ 12 itself uses what it calls deprecated, which clang tells of precompiled headers.
add_compile_options($<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)

if(NOBOUNCE_SANITIZE)
  add_compile_options(-fsanitize=${NOBOUNCE_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${NOBOUNCE_SANITIZE})
  # GCC 12 reports false positives of this kind once the sanitizers instrument the code.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
