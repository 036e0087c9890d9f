// Readable forms of programs.
// Threading: pure functions.
// See: README.md of this folder.
#include "tests/differential/program.h"

#include <algorithm>

#include "protocol/bytes.h"

namespace corral::differential {

size_t Program::command_count() const {
  size_t count = 0;
  for (const Step& step : steps) count += std::max<size_t>(step.commands.size(), 1);
  return count;
}

std::string quoted(const std::string& bytes, size_t longest) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : bytes.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 32 || byte > 126) {
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += c;
    }
  }
  out += '"';
  if (bytes.size() > longest) out += "...(" + std::to_string(bytes.size()) + " bytes)";
  return out;
}

std::string describe(const Command& command) {
  std::string out;
  for (const std::string& word : command) {
    const bool is_plain = !word.empty() && word.size() < 80 && std::ranges::all_of(word, [](char c) {
      return c > 32 && c < 127 && c != '"' && c != '\\' && c != '\'';
    });
    if (!out.empty()) out += ' ';
    out += is_plain ? word : quoted(word);
  }
  return out;
}

std::string describe(const Program& program) {
  std::string out;
  for (const Step& step : program.steps) {
    const auto protocol = static_cast<size_t>(step.connection) < program.protocols.size()
                              ? program.protocols[static_cast<size_t>(step.connection)]
                              : 2;
    std::string from = "new";
    if (step.kind != Step::Kind::kDisposable) {
      from = "c";
      from += std::to_string(step.connection) + " (RESP" + std::to_string(protocol) + ")";
    }
    if (!step.raw.empty()) out += "  " + from + "> bytes " + quoted(step.raw, 1000) + "\n";
    const char* mark = "> ";
    for (const Command& command : step.commands) {
      out += "  " + from + mark + describe(command) + "\n";
      mark = "+ ";
    }
    if (step.kind == Step::Kind::kAwaitExpiry) {
      for (const std::string& key : step.keys)
        out += "  " + from + "  ... until " + quoted(key) + " is gone\n";
    }
  }
  return out;
}

std::string verb_of(const Command& command, size_t name_words) {
  std::string out;
  for (size_t i = 0; i < command.size() && i < name_words; ++i) {
    if (i > 0) out += ' ';
    for (const char c : command[i]) out += protocol::to_upper(c);
  }
  return out;
}

}  // namespace corral::differential
