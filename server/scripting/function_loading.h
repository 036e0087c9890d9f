// Running a library's code, which registers its functions.
// Threading: as the state.
// See: README.md of this folder, "Functions".
#pragma once

#include <string>
#include <vector>

#include "server/scripting/function_libraries.h"
#include "server/scripting/interpreter.h"

namespace corral::scripting {

/// What a library registers, in its order: descriptions, and the functions in the interpreter's registry.
struct Loading {
  Library* library;
  std::vector<int> references;
  int64_t began_us;
};

/// Makes `redis` for code that is being loaded, with register_function. Call before seal_globals().
void open_loading(lua_State* state);

/// Runs `library.code` (behind its first line of `head_length` bytes) in the interpreter of functions and fills in its
/// functions. On failure the references are given up and the error's text, without its code word, is returned.
std::string load_library(Interpreter& interpreter, Library& library, size_t head_length, std::vector<int>& references);

}  // namespace corral::scripting
