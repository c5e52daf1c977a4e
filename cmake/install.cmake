# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where, in three components as distributions want them: the shared
# library, what is needed to build against it, and the command.
if(CMAKE_LIBRARY_ARCHITECTURE AND NOT DEFINED CMAKE_INSTALL_LIBDIR)
  # Where Debian's loader, pkg-config and CMake look below any prefix, /usr and /usr/local alike.
  set(CMAKE_INSTALL_LIBDIR lib/${CMAKE_LIBRARY_ARCHITECTURE})
endif()
# Installing builds nothing: `product` does, and not the tests.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/nobounce)
set(generated_dir ${CMAKE_BINARY_DIR}/package)

add_custom_target(product DEPENDS nobounce copy_meter)
foreach(kind shared static)
  if(TARGET nobounce_${kind})
    add_dependencies(product nobounce_${kind})
    install(TARGETS nobounce_${kind} EXPORT nobounceTargets
            LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library
                    NAMELINK_COMPONENT development
            ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
            INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  endif()
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/include/nobounce/nobounce.h
              ${PROJECT_SOURCE_DIR}/include/nobounce/nobounce.hpp
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/nobounce COMPONENT development)

# CMake: find_package(nobounce), nobounce::nobounce and nobounce::static.
install(EXPORT nobounceTargets NAMESPACE nobounce:: DESTINATION ${package_dir}
        COMPONENT development)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/nobounceConfig.cmake.in
                              ${generated_dir}/nobounceConfig.cmake
                              INSTALL_DESTINATION ${package_dir}
                              NO_SET_AND_CHECK_MACRO)
# Before 1.0 a new minor version may change the API; the soname says the same.
write_basic_package_version_file(${generated_dir}/nobounceConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${generated_dir}/nobounceConfig.cmake ${generated_dir}/nobounceConfigVersion.cmake
        DESTINATION ${package_dir} COMPONENT development)

# pkg-config: paths from the file's own place on, so that a moved prefix still works.
string(REGEX REPLACE "[^/]+" ".." up_from_libdir ${CMAKE_INSTALL_LIBDIR})
list(TRANSFORM library_requires_names PREPEND -l OUTPUT_VARIABLE private_libraries)
list(JOIN private_libraries " " private_libraries)
configure_file(${CMAKE_CURRENT_LIST_DIR}/nobounce.pc.in ${generated_dir}/nobounce.pc @ONLY)
install(FILES ${generated_dir}/nobounce.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT development)

install(TARGETS copy_meter LIBRARY DESTINATION lib/nobounce COMPONENT command)
install(TARGETS nobounce RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT command)

# Man pages: nobounce*(1) belong to the command, the pages of section 3 to the developer. Without
# scdoc there are none.
find_program(SCDOC scdoc)
file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/*.scd)
if(SCDOC)
  foreach(source IN LISTS pages)
    get_filename_component(name ${source} NAME_WLE)
    string(REGEX MATCH "[0-9]$" section ${name})
    set(page ${generated_dir}/man/${name})
    add_custom_command(OUTPUT ${page} DEPENDS ${source}
                       COMMAND ${CMAKE_COMMAND} -E make_directory ${generated_dir}/man
                       COMMAND ${SCDOC} < ${source} > ${page} VERBATIM)
    list(APPEND built_pages ${page})
    set(component command)
    if(section STREQUAL "3")
      set(component development)
    endif()
    install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} COMPONENT ${component})
  endforeach()
  add_custom_target(man_pages ALL DEPENDS ${built_pages})
  add_dependencies(product man_pages)
else()
  message(STATUS "no scdoc: man pages are not built")
endif()

# Completions, which the command writes of itself.
set(completions_dir ${generated_dir}/completions)
foreach(shell bash zsh fish)
  add_custom_command(OUTPUT ${completions_dir}/${shell} DEPENDS nobounce
                     COMMAND ${CMAKE_COMMAND} -E make_directory ${completions_dir}
                     COMMAND nobounce completions ${shell} > ${completions_dir}/${shell} VERBATIM)
  list(APPEND built_completions ${completions_dir}/${shell})
endforeach()
add_custom_target(completions ALL DEPENDS ${built_completions})
add_dependencies(product completions)
install(FILES ${completions_dir}/bash RENAME nobounce COMPONENT command
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${completions_dir}/zsh RENAME _nobounce COMPONENT command
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${completions_dir}/fish RENAME nobounce.fish COMPONENT command
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
