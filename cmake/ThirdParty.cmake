# Outside libraries as targets: oresmith::arrow, arrow_compute, arrow_dataset, arrow_s3, parquet,
# duckdb, simdjson, and Debian's fmt::fmt, spdlog::spdlog, CLI11::CLI11, yaml-cpp, GTest, benchmark.
#
# A library of the machine wins (find_package, <Name>_ROOT); otherwise the copy that tools/setup put
# into the cache is used. Everything is an imported target, so its headers are system headers.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL 7.85 REQUIRED)
find_package(pugixml REQUIRED)
find_package(nlohmann_json REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka>=2.0)
add_library(oresmith::rdkafka ALIAS PkgConfig::RDKAFKA)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)

if(DEFINED ENV{ORESMITH_CACHE})
  set(oresmith_cache_default "$ENV{ORESMITH_CACHE}")
elseif(DEFINED ENV{XDG_CACHE_HOME})
  set(oresmith_cache_default "$ENV{XDG_CACHE_HOME}/oresmith")
else()
  set(oresmith_cache_default "$ENV{HOME}/.cache/oresmith")
endif()
set(ORESMITH_CACHE "${oresmith_cache_default}" CACHE PATH "Where tools/setup put its libraries")

# The cache folders of cmake/third_party.txt: ORESMITH_PIN_<name> = <folder>.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/cmake/third_party.txt")
file(STRINGS "${PROJECT_SOURCE_DIR}/cmake/third_party.txt" pin_lines REGEX "^[a-z]")
foreach(line IN LISTS pin_lines)
  string(REGEX MATCH "^([a-z-]+)-([0-9.]+) " unused "${line}")
  set(ORESMITH_PIN_${CMAKE_MATCH_1} "${ORESMITH_CACHE}/${CMAKE_MATCH_1}-${CMAKE_MATCH_2}")
endforeach()

function(oresmith_need_fetched name)
  if(NOT IS_DIRECTORY "${ORESMITH_PIN_${name}}")
    message(FATAL_ERROR "${name} is not installed and not in the cache: run tools/setup, or set "
      "${ARGN}")
  endif()
endfunction()

# oresmith_imported_library(<target> <library file> <include folder or ""> [<linked target>...])
function(oresmith_imported_library target library include)
  add_library(${target} SHARED IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION "${library}")
  if(include)
    target_include_directories(${target} INTERFACE "${include}")
  endif()
  target_link_libraries(${target} INTERFACE ${ARGN})
endfunction()

# --- Arrow and Parquet -----------------------------------------------------------------------------
find_package(Arrow 21 CONFIG QUIET)
if(Arrow_FOUND)
  find_package(Parquet CONFIG REQUIRED HINTS "${Arrow_DIR}/..")
  find_package(ArrowCompute CONFIG REQUIRED HINTS "${Arrow_DIR}/..")
  find_package(ArrowDataset CONFIG REQUIRED HINTS "${Arrow_DIR}/..")
  add_library(oresmith::arrow ALIAS Arrow::arrow_shared)
  add_library(oresmith::arrow_compute ALIAS ArrowCompute::arrow_compute_shared)
  add_library(oresmith::arrow_dataset ALIAS ArrowDataset::arrow_dataset_shared)
  add_library(oresmith::arrow_s3 ALIAS Arrow::arrow_shared)
  add_library(oresmith::parquet ALIAS Parquet::parquet_shared)
  set(ORESMITH_ARROW_SOURCE "${Arrow_DIR}")
else()
  oresmith_need_fetched(arrow Arrow_ROOT)
  set(lib "${ORESMITH_PIN_arrow}/lib")
  set(include "${ORESMITH_PIN_arrow}/include")
  file(GLOB so "${lib}/libarrow.so.*")
  string(REGEX MATCH "[0-9]+$" so "${so}")
  oresmith_imported_library(oresmith::arrow "${lib}/libarrow.so.${so}" "${include}")
  oresmith_imported_library(oresmith::arrow_compute "${lib}/libarrow_compute.so.${so}" ""
    oresmith::arrow)
  oresmith_imported_library(oresmith::parquet "${lib}/libparquet.so.${so}" "" oresmith::arrow)
  oresmith_imported_library(oresmith::arrow_acero "${lib}/libarrow_acero.so.${so}" ""
    oresmith::arrow_compute)
  oresmith_imported_library(oresmith::arrow_dataset "${lib}/libarrow_dataset.so.${so}" ""
    oresmith::arrow_acero oresmith::parquet)
  oresmith_imported_library(oresmith::arrow_s3 "${lib}/libarrow_s3.so.${so}" "" oresmith::arrow)
  set(ORESMITH_ARROW_SOURCE "${ORESMITH_PIN_arrow}")
endif()

# --- DuckDB, its C API ------------------------------------------------------------------------------
if(NOT DUCKDB_ROOT AND DEFINED ENV{DUCKDB_ROOT})
  set(DUCKDB_ROOT "$ENV{DUCKDB_ROOT}")
endif()
if(DUCKDB_ROOT)
  find_library(DUCKDB_LIBRARY duckdb REQUIRED NO_DEFAULT_PATH PATHS "${DUCKDB_ROOT}"
    PATH_SUFFIXES lib lib64)
  find_path(DUCKDB_INCLUDE_DIR duckdb.h REQUIRED NO_DEFAULT_PATH PATHS "${DUCKDB_ROOT}"
    PATH_SUFFIXES include)
  set(ORESMITH_DUCKDB_SOURCE "${DUCKDB_ROOT}")
else()
  oresmith_need_fetched(duckdb DUCKDB_ROOT)
  oresmith_need_fetched(duckdb-header DUCKDB_ROOT)
  set(DUCKDB_LIBRARY "${ORESMITH_PIN_duckdb}/lib/libduckdb.so")
  set(DUCKDB_INCLUDE_DIR "${ORESMITH_PIN_duckdb-header}/include")
  set(ORESMITH_DUCKDB_SOURCE "${ORESMITH_PIN_duckdb}")
endif()
oresmith_imported_library(oresmith::duckdb "${DUCKDB_LIBRARY}" "${DUCKDB_INCLUDE_DIR}")

# --- simdjson ---------------------------------------------------------------------------------------
# Always from source (simdjson_ROOT: a folder with simdjson.h and simdjson.cpp), and in a namespace of
# our own: libparquet exports the symbols of another simdjson version, and two versions under one name
# in a process take each other's functions. Code goes on writing simdjson::, which the macro renames.
if(NOT simdjson_ROOT AND DEFINED ENV{simdjson_ROOT})
  set(simdjson_ROOT "$ENV{simdjson_ROOT}")
elseif(NOT simdjson_ROOT)
  oresmith_need_fetched(simdjson simdjson_ROOT)
  set(simdjson_ROOT "${ORESMITH_PIN_simdjson}")
endif()
add_library(oresmith_simdjson STATIC "${simdjson_ROOT}/simdjson.cpp")
target_compile_features(oresmith_simdjson PUBLIC cxx_std_20)
# Optimised in every preset: unoptimised, tests with large inputs would take minutes.
target_compile_options(oresmith_simdjson PRIVATE -O3 -w)
set_target_properties(oresmith_simdjson PROPERTIES
  CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON)
target_compile_definitions(oresmith_simdjson PUBLIC simdjson=oresmith_simdjson)
target_include_directories(oresmith_simdjson SYSTEM PUBLIC "${simdjson_ROOT}")
add_library(oresmith::simdjson ALIAS oresmith_simdjson)

message(STATUS "Arrow:    ${ORESMITH_ARROW_SOURCE}")
message(STATUS "DuckDB:   ${ORESMITH_DUCKDB_SOURCE}")
message(STATUS "simdjson: ${simdjson_ROOT}")
