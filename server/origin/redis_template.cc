// Parses and fills commands.
// Threading: see redis_template.h.
// See: redis_template.h; Redis' cluster specification, "Key distribution model".
#include "server/origin/redis_template.h"

#include <algorithm>
#include <array>

#include "server/base/nearest_word.h"
#include "server/config/words.h"

namespace corral::origin {
namespace {

using base::Error;
using config::quoted;

constexpr std::string_view kRefused[] = {
    "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "MONITOR",
    "SYNC",      "PSYNC",      "MULTI",      "EXEC",        "DISCARD",      "WATCH",        "UNWATCH",
    "AUTH",      "HELLO",      "SELECT",     "QUIT",        "RESET",        "CLIENT",       "ASKING",
    "READONLY",  "READWRITE",  "BLPOP",      "BRPOP",       "BLMOVE",       "BLMPOP",       "BZPOPMIN",
    "BZPOPMAX",  "BZMPOP",     "BRPOPLPUSH", "XREAD",       "XREADGROUP",   "WAIT",         "REPLCONF"};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

// The name in the braces that begin at `at`; empty when they are no braces around a name.
std::string_view name_at(std::string_view word, size_t at) {
  const size_t end = word.find('}', at);
  if (word[at] != '{' || end == std::string_view::npos) return {};
  return word.substr(at + 1, end - at - 1);
}

bool is_capture(std::string_view name) {
  return name.size() == 1 && name[0] >= '0' && name[0] <= '9';
}

base::Status check_word(Operation operation, std::string_view word) {
  constexpr std::string_view kOfStores[] = {"value", "fields", "version", "epoch", "expires"};
  for (size_t at = 0; at < word.size(); ++at) {
    const std::string_view name = name_at(word, at);
    if (name.empty() || is_capture(name)) continue;
    const bool known = std::find(std::begin(kOfStores), std::end(kOfStores), name) != std::end(kOfStores);
    // Braces that look like no placeholder are hash tags of a cluster.
    const bool looks_like_one =
        std::all_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (!known && looks_like_one && operation == Operation::kStore && word.size() == name.size() + 2) {
      return Error{quoted(word) + " stands for nothing" + base::did_you_mean(name, kOfStores)};
    }
    if (!known) continue;
    if (name == "fields" && word != "{fields}") return Error{"{fields} has to be a word of its own"};
    const bool both = name == "version" || name == "epoch";
    if (operation == Operation::kLoad || (operation == Operation::kRemove && !both)) {
      return Error{std::string("{").append(name).append("} is for stores")};
    }
  }
  return base::Ok{};
}

std::string text_of(std::string_view name, const Request& request) {
  if (name == "value") return request.value.text;
  if (name == "version") return std::to_string(request.version);
  if (name == "epoch") return std::to_string(request.epoch);
  return std::to_string(request.expires_at_ms.value_or(0));
}

}  // namespace

base::Result<RedisTemplate> RedisTemplate::parse(Operation operation, std::string_view text) {
  std::optional<std::vector<std::string>> words = config::split_words(text);
  if (!words) return Error{"a quote is left open"};
  if (words->empty()) return Error{"is empty; write a command such as GET {0}"};
  if (words->size() > 1000) return Error{"has more than 1000 words"};
  RedisTemplate made;
  made.command_ = upper(words->front());
  if (made.command_.find('{') != std::string::npos)
    return Error{"the command's name is fixed; " + quoted(words->front()) + " is none"};
  if (std::find(std::begin(kRefused), std::end(kRefused), made.command_) != std::end(kRefused)) {
    return Error{made.command_ + " does not answer once and at once, or changes the connection"};
  }
  for (const std::string& word : *words) {
    if (base::Status status = check_word(operation, word); !status) return Error{status.error()};
  }
  made.words_ = std::move(*words);
  return made;
}

base::Result<RedisWords> RedisTemplate::fill(const Request& request) const {
  RedisWords filled;
  for (const std::string& word : words_) {
    if (word == "{fields}") {
      if (!request.value.is_hash) return Error{"{fields} is for hashes, and this is a string"};
      for (const auto& field : request.value.fields) filled.insert(filled.end(), {field.first, field.second});
      continue;
    }
    std::string out;
    for (size_t at = 0; at < word.size(); ++at) {
      const std::string_view name = name_at(word, at);
      const bool known = name == "value" || name == "version" || name == "epoch" || name == "expires";
      if (!is_capture(name) && (!known || request.operation == Operation::kLoad)) {
        out += word[at];
        continue;
      }
      if (name == "value" && request.value.is_hash)
        return Error{"{value} is for strings, and this is a hash"};
      if (is_capture(name)) {
        const auto number = static_cast<size_t>(name[0] - '0');
        if (number >= request.captures.size())
          return Error{std::string("there is no capture {").append(name).append("}")};
        out += request.captures[number];
      } else {
        out += text_of(name, request);
      }
      at += name.size() + 1;
    }
    filled.push_back(std::move(out));
  }
  return filled;
}

void append_command(std::string& out, const RedisWords& words) {
  out.append("*").append(std::to_string(words.size())).append("\r\n");
  for (const std::string& word : words) {
    out.append("$").append(std::to_string(word.size())).append("\r\n").append(word).append("\r\n");
  }
}

uint16_t cluster_slot(std::string_view key) {
  const size_t open = key.find('{');
  if (open != std::string_view::npos) {
    const size_t close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  }
  uint16_t crc = 0;  // XMODEM: polynomial 0x1021, most significant bit first
  for (const char c : key) {
    crc = static_cast<uint16_t>(crc ^ (static_cast<unsigned char>(c) << 8));
    for (int bit = 0; bit < 8; ++bit) {
      crc = static_cast<uint16_t>((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
    }
  }
  return crc & 16'383;
}

}  // namespace corral::origin
