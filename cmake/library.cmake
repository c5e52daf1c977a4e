# SPDX-License-Identifier: Apache-2.0
# libnobounce: the rooms up to `api` as one shared library and one static archive. Only the
# functions of nobounce.h are exported; all else is hidden by the compiler and by the linker.
set(libraries_wanted ON)
if(NOBOUNCE_SANITIZE OR NOBOUNCE_PRECOMPILE)
  # Neither is of use to others: a sanitized library has undefined symbols, and precompiled headers
  # are made without -fPIC.
  set(libraries_wanted OFF)
endif()
option(NOBOUNCE_SHARED "Build libnobounce.so" ${libraries_wanted})
option(NOBOUNCE_STATIC "Build libnobounce.a" ${libraries_wanted})

set(library_rooms base sys netlink memory nic host path measure transfer api)
set(library_headers ${CMAKE_SOURCE_DIR}/include)
target_include_directories(nb_api PUBLIC ${library_headers})
if(NOT NOBOUNCE_SHARED AND NOT NOBOUNCE_STATIC)
  return()
endif()

foreach(room IN LISTS library_rooms)
  set_target_properties(nb_${room} PROPERTIES POSITION_INDEPENDENT_CODE ON
                        CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  list(APPEND library_objects $<TARGET_OBJECTS:nb_${room}>)
endforeach()

# nobounce_library(target kind): what both have in common. C programs link it too.
function(nobounce_library target kind)
  add_library(${target} ${kind} ${library_objects})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME nobounce LINKER_LANGUAGE CXX
                        ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}
                        LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  target_include_directories(${target} INTERFACE $<BUILD_INTERFACE:${library_headers}>)
endfunction()

if(NOBOUNCE_SHARED)
  nobounce_library(nobounce_shared SHARED)
  set(symbols ${CMAKE_CURRENT_SOURCE_DIR}/api/libnobounce.map)
  target_link_libraries(nobounce_shared PRIVATE ${library_requires} Threads::Threads)
  target_link_options(nobounce_shared PRIVATE -Wl,--version-script=${symbols} -Wl,--no-undefined
                      -Wl,--as-needed)
  set_target_properties(nobounce_shared PROPERTIES EXPORT_NAME nobounce LINK_DEPENDS ${symbols}
                        VERSION ${PROJECT_VERSION} SOVERSION ${NOBOUNCE_ABI})
  add_library(nobounce::nobounce ALIAS nobounce_shared)
endif()

if(NOBOUNCE_STATIC)
  nobounce_library(nobounce_static STATIC)
  # By plain names: whoever links the archive needs these libraries, not the CMake files or the
  # headers of what was used to build it.
  target_link_libraries(nobounce_static INTERFACE ${library_requires_names})
  set_target_properties(nobounce_static PROPERTIES EXPORT_NAME static)
  add_library(nobounce::static ALIAS nobounce_static)
endif()
