# make install: bin/oresmith and, beside it, the shared libraries that are not the system's, found by
# their place relative to the program. The whole prefix can be moved.
if(NOT TARGET oresmith)
  return()
endif()
include(GNUInstallDirs)

# RPATH, not RUNPATH: the former also serves the libraries that our libraries need.
set_target_properties(oresmith PROPERTIES INSTALL_RPATH "$ORIGIN/../lib")
target_link_options(oresmith PRIVATE -Wl,--disable-new-dtags)
install(TARGETS oresmith RUNTIME DESTINATION bin)
set(documents "${CMAKE_INSTALL_DATADIR}/doc/oresmith")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/NOTICE"
  DESTINATION "${documents}")
# The licences of the libraries that are installed with the program; absent if they are the system's.
install(DIRECTORY "${ORESMITH_PIN_arrow}/licence/licenses/" DESTINATION "${documents}/arrow" OPTIONAL)
install(FILES "${ORESMITH_PIN_duckdb}/LICENSE" DESTINATION "${documents}/duckdb" OPTIONAL)
install(FILES "${ORESMITH_PIN_simdjson}/LICENSE" DESTINATION "${documents}/simdjson" OPTIONAL)
install(CODE "
  file(GET_RUNTIME_DEPENDENCIES
    EXECUTABLES \"$<TARGET_FILE:oresmith>\"
    RESOLVED_DEPENDENCIES_VAR needed
    UNRESOLVED_DEPENDENCIES_VAR missing
    PRE_EXCLUDE_REGEXES \"ld-linux\" \"libc\\\\.so\" \"libm\\\\.so\" \"libpthread\" \"libdl\\\\.so\"
      \"librt\\\\.so\" \"libgcc_s\" \"libstdc\\\\+\\\\+\" \"linux-vdso\")
  if(missing)
    message(FATAL_ERROR \"not found: \${missing}\")
  endif()
  foreach(library IN LISTS needed)
    file(INSTALL \"\${library}\" DESTINATION \"\${CMAKE_INSTALL_PREFIX}/lib\" FOLLOW_SYMLINK_CHAIN)
  endforeach()
")
