# What a folder of src/ and of tests/unit/ says about itself.
include_guard()

add_library(oresmith_options INTERFACE)
target_compile_features(oresmith_options INTERFACE cxx_std_20)
target_compile_options(oresmith_options INTERFACE
  -Wall -Wextra -Werror -Werror=unused-result
  -Wno-restrict)  # g++ 12 reports it falsely for std::string + std::string (GCC bug 105651)
target_link_libraries(oresmith_options INTERFACE Threads::Threads)

# A file that is named but not there fails the build of its own target, not everybody's configure.
function(oresmith_sources)
  foreach(source IN LISTS ARGN)
    if(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
      message(WARNING "${CMAKE_CURRENT_SOURCE_DIR}/${source} does not exist")
      set_source_files_properties("${source}" PROPERTIES GENERATED TRUE)
    endif()
  endforeach()
endfunction()

# Links EXTERNAL targets; one that was not found is reported, and fails its own user only.
function(oresmith_link target scope)
  foreach(library IN LISTS ARGN)
    if(library MATCHES "::" AND NOT TARGET ${library})
      message(WARNING "${target}: there is no target ${library}")
    else()
      target_link_libraries(${target} ${scope} ${library})
    endif()
  endforeach()
endfunction()

# oresmith_library(<name> DEPENDS <our libraries> SOURCES <files> [EXTERNAL <outside targets>])
#
# The static library oresmith_<name> from the files of src/<name>. DEPENDS is the one place where an
# edge between two of our libraries is allowed; tools/layers.py holds every #include to it.
function(oresmith_library name)
  cmake_parse_arguments(PARSE_ARGV 1 LIB "" "" "DEPENDS;SOURCES;EXTERNAL")
  if(LIB_UNPARSED_ARGUMENTS)
    message(SEND_ERROR "oresmith_library(${name}): unknown words: ${LIB_UNPARSED_ARGUMENTS}")
  endif()
  oresmith_sources(${LIB_SOURCES})
  add_library(oresmith_${name} STATIC ${LIB_SOURCES})
  target_include_directories(oresmith_${name} PUBLIC "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(oresmith_${name} PUBLIC oresmith_options)
  list(TRANSFORM LIB_DEPENDS PREPEND oresmith_)
  oresmith_link(oresmith_${name} PUBLIC ${LIB_DEPENDS} ${LIB_EXTERNAL})
  oresmith_check_headers(${name})
endfunction()

# Every header compiles alone. Part of the target check_headers, not of all.
function(oresmith_check_headers name)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" *.h)
  set(sources)
  foreach(header IN LISTS headers)
    set(source "${CMAKE_CURRENT_BINARY_DIR}/check_headers/${header}.cc")
    file(CONFIGURE OUTPUT "${source}" CONTENT "#include \"${name}/${header}\"\n" @ONLY)
    list(APPEND sources "${source}")
  endforeach()
  if(sources)
    add_library(check_headers_${name} OBJECT EXCLUDE_FROM_ALL ${sources})
    target_link_libraries(check_headers_${name} PRIVATE oresmith_${name})
    add_dependencies(check_headers check_headers_${name})
  endif()
endfunction()

# oresmith_test(<library> SOURCES <files> [DEPENDS <our libraries>] [EXTERNAL <outside targets>]
#               [LABELS <ctest labels>] [TIMEOUT <seconds>])
#
# The GoogleTest program <library>_test, one ctest test of the same name. Includes start at src/ and
# tests/: "delta/log.h", "support/matchers.h". Label `long` keeps it out of `make test`.
function(oresmith_test name)
  cmake_parse_arguments(PARSE_ARGV 1 TEST "" "TIMEOUT" "SOURCES;DEPENDS;EXTERNAL;LABELS")
  if(TEST_UNPARSED_ARGUMENTS)
    message(SEND_ERROR "oresmith_test(${name}): unknown words: ${TEST_UNPARSED_ARGUMENTS}")
  endif()
  oresmith_sources(${TEST_SOURCES})
  add_executable(${name}_test ${TEST_SOURCES})
  target_include_directories(${name}_test PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  if(IS_DIRECTORY "${PROJECT_SOURCE_DIR}/src/${name}")
    list(PREPEND TEST_DEPENDS ${name})
  endif()
  list(TRANSFORM TEST_DEPENDS PREPEND oresmith_)
  target_link_libraries(${name}_test PRIVATE oresmith_options ${TEST_DEPENDS})
  if(TARGET oresmith_test_support)
    target_link_libraries(${name}_test PRIVATE oresmith_test_support)
  endif()
  oresmith_link(${name}_test PRIVATE ${TEST_EXTERNAL} GTest::gtest GTest::gmock GTest::gmock_main)
  oresmith_add_test(${name} COMMAND ${name}_test LABELS ${TEST_LABELS} TIMEOUT ${TEST_TIMEOUT})
endfunction()

# oresmith_add_test(<name> COMMAND <program> <arguments...> [LABELS <labels>] [TIMEOUT <seconds>])
#
# One ctest test. A GoogleTest program also reports each of its cases, in random order, to
# tools/run_tests.py; any other program counts as one test, skipped when it exits with 77.
function(oresmith_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 TEST "" "TIMEOUT" "COMMAND;LABELS")
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 300)
  endif()
  if(ORESMITH_SANITIZE)
    math(EXPR TEST_TIMEOUT "4 * ${TEST_TIMEOUT}")
  endif()
  add_test(NAME ${name} COMMAND ${TEST_COMMAND})
  set_tests_properties(${name} PROPERTIES
    TIMEOUT ${TEST_TIMEOUT}
    SKIP_RETURN_CODE 77
    ENVIRONMENT "GTEST_OUTPUT=xml:${PROJECT_BINARY_DIR}/test-results/${name}.xml;GTEST_SHUFFLE=1;GTEST_BRIEF=1;${ORESMITH_TEST_ENVIRONMENT}")
  if(TEST_LABELS)
    set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABELS}")
  endif()
endfunction()
