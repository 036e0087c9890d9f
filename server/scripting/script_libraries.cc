// The list of libraries.
// Threading: see script_libraries.h.
// See: script_libraries.h.
#include "server/scripting/script_libraries.h"

namespace corral::scripting {

void open_script_libraries(lua_State* state) {
  open_json(state);
  open_message_pack(state);
  open_struct(state);
  open_bit(state);
}

}  // namespace corral::scripting
