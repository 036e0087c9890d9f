// Splits and quotes words.
// Threading: pure functions.
// See: words.h.
#include "server/config/words.h"

namespace corral::config {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
// Fewer than the spaces between words: a form feed inside a word belongs to it.
bool ends_word(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\0'; }
bool is_printable(char c) { return c >= ' ' && c <= '~'; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The letter behind a backslash to what it stands for, and back.
struct Escape {
  char letter;
  char meaning;
};
constexpr Escape kEscapes[] = {{'n', '\n'}, {'r', '\r'}, {'t', '\t'}, {'b', '\b'}, {'a', '\a'}};

char meaning_of(char letter) {
  for (const Escape& escape : kEscapes) {
    if (escape.letter == letter) return escape.meaning;
  }
  return letter;
}

char letter_for(char meaning) {
  for (const Escape& escape : kEscapes) {
    if (escape.meaning == meaning) return escape.letter;
  }
  return '\0';
}

// Reads "…" or '…' from its opening quote on; false when it does not end as it must.
bool take_quotes(std::string_view line, size_t& at, std::string& word) {
  const char quote = line[at++];
  for (; at < line.size(); ++at) {
    const char c = line[at];
    if (c == quote) {
      ++at;
      return at == line.size() || is_space(line[at]);
    }
    if (c != '\\' || at + 1 == line.size()) {
      word += c;
    } else if (quote == '\'') {
      if (line[at + 1] == '\'') ++at;
      word += line[at];
    } else if (line[at + 1] == 'x' && at + 3 < line.size() && hex_value(line[at + 2]) >= 0 &&
               hex_value(line[at + 3]) >= 0) {
      word += static_cast<char>(hex_value(line[at + 2]) * 16 + hex_value(line[at + 3]));
      at += 3;
    } else {
      word += meaning_of(line[++at]);
    }
  }
  return false;
}

}  // namespace

std::optional<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  for (size_t at = 0;;) {
    while (at < line.size() && is_space(line[at])) ++at;
    if (at == line.size() || line[at] == '\0') return words;
    std::string& word = words.emplace_back();
    while (at < line.size() && !ends_word(line[at])) {
      if (line[at] != '"' && line[at] != '\'') {
        word += line[at++];
        continue;
      }
      if (!take_quotes(line, at, word)) return std::nullopt;
      break;
    }
  }
}

std::string quoted(std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() + 2);
  out += '"';
  for (const char c : bytes) {
    if (c == '\\' || c == '"') {
      out += '\\';
      out += c;
    } else if (is_printable(c)) {
      out += c;
    } else if (const char letter = letter_for(c); letter != '\0') {
      out += '\\';
      out += letter;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  out += '"';
  return out;
}

std::string word_text(std::string_view word) {
  bool plain = !word.empty();
  for (const char c : word) plain &= is_printable(c) && c != ' ' && c != '"' && c != '\'' && c != '\\' && c != '#';
  return plain ? std::string(word) : quoted(word);
}

}  // namespace corral::config
