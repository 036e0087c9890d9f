# corral_module(), corral_test() and the compile settings that every target shares.
include_guard()
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)

add_library(corral_settings INTERFACE)
target_include_directories(corral_settings INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(corral_settings INTERFACE -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor
  -Wno-missing-field-initializers -g1)
# Frame pointers are for the reports of sanitizers; on the path of a request they cost 2 % of its instructions.
if(CORRAL_SANITIZE)
  target_compile_options(corral_settings INTERFACE -fno-omit-frame-pointer)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(corral_settings INTERFACE -Wthread-safety)
endif()
if(CORRAL_ARCH AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  target_compile_options(corral_settings INTERFACE -march=${CORRAL_ARCH})
endif()
if(CORRAL_SANITIZE STREQUAL "address")
  target_compile_options(corral_settings INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_link_options(corral_settings INTERFACE -fsanitize=address,undefined)
elseif(CORRAL_SANITIZE STREQUAL "thread")
  target_compile_options(corral_settings INTERFACE -fsanitize=thread)
  target_link_options(corral_settings INTERFACE -fsanitize=thread)
endif()
if(CORRAL_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

# jemalloc replaces malloc in normal builds; the sanitizers bring an allocator of their own.
add_library(corral_malloc INTERFACE)
if(NOT CORRAL_SANITIZE)
  pkg_check_modules(JEMALLOC REQUIRED IMPORTED_TARGET jemalloc)
  target_link_libraries(corral_malloc INTERFACE PkgConfig::JEMALLOC)
  target_compile_definitions(corral_malloc INTERFACE CORRAL_JEMALLOC=1)
endif()

# corral_module(NAME store SOURCES a.cc DEPS base metrics LIBS PkgConfig::X)
# makes the static library corral_store. DEPS name other modules; scripts/layers.txt says which are allowed.
function(corral_module)
  cmake_parse_arguments(M "" "NAME" "SOURCES;DEPS;LIBS" ${ARGN})
  add_library(corral_${M_NAME} STATIC ${M_SOURCES})
  list(TRANSFORM M_DEPS PREPEND corral_)
  target_link_libraries(corral_${M_NAME} PUBLIC corral_settings ${M_DEPS} ${M_LIBS})
  set_property(GLOBAL APPEND PROPERTY CORRAL_MODULES corral_${M_NAME})
endfunction()

# corral_test(NAME number_test SOURCES number_test.cc DEPS protocol [LABELS slow] [ARGS ...])
# makes a GoogleTest program with its own main and one ctest entry, labelled unit if no label is given.
function(corral_test)
  cmake_parse_arguments(T "" "NAME" "SOURCES;DEPS;LIBS;LABELS;ARGS" ${ARGN})
  add_executable(${T_NAME} ${T_SOURCES})
  list(TRANSFORM T_DEPS PREPEND corral_)
  # Expectations are slow to compile and quick to run; under the sanitizers the optimiser doubles the time of a build.
  target_compile_options(${T_NAME} PRIVATE $<IF:$<CONFIG:Release>,-O1,-O0>)
  target_link_libraries(${T_NAME} PRIVATE corral_settings ${T_DEPS} ${T_LIBS} GTest::gtest GTest::gtest_main Threads::Threads)
  add_test(NAME ${T_NAME} COMMAND ${T_NAME} ${T_ARGS})
  if(NOT T_LABELS)
    set(T_LABELS unit)
  endif()
  set_tests_properties(${T_NAME} PROPERTIES LABELS "${T_LABELS}" TIMEOUT 600)
endfunction()

# corral_headers_check() compiles every header of protocol/ and server/ as the only include of a source file,
# so that none leans on what its includers happened to include before it.
function(corral_headers_check)
  file(GLOB_RECURSE HEADERS RELATIVE ${CMAKE_SOURCE_DIR} CONFIGURE_DEPENDS
    ${CMAKE_SOURCE_DIR}/protocol/*.h ${CMAKE_SOURCE_DIR}/server/*.h)
  set(SOURCES "")
  foreach(HEADER IN LISTS HEADERS)
    string(REPLACE "/" "_" SOURCE ${HEADER})
    set(SOURCE ${CMAKE_BINARY_DIR}/headers_check/${SOURCE}.cc)
    file(CONFIGURE OUTPUT ${SOURCE} CONTENT "#include \"${HEADER}\"\n")
    list(APPEND SOURCES ${SOURCE})
  endforeach()
  add_library(corral_headers_check OBJECT ${SOURCES})
  target_compile_options(corral_headers_check PRIVATE -O0)
  # Only what compiling takes: depending on the modules would hold this check up until all of them are built.
  target_link_libraries(corral_headers_check PRIVATE corral_settings corral_malloc PkgConfig::LIBUV PkgConfig::XXHASH)
  target_compile_definitions(corral_headers_check PRIVATE CORRAL_VERSION="${PROJECT_VERSION}")
endfunction()

if(CORRAL_TESTS)
  find_package(GTest REQUIRED)
endif()
