// Replies to answers, errors to failures.
// Threading: see redis_answer.h.
// See: redis_answer.h; Redis' documentation, "Cluster specification" and "Redis serialization protocol".
#include "server/origin/redis_answer.h"

#include <algorithm>
#include <utility>

#include "protocol/number.h"

namespace corral::origin {
namespace {

using protocol::Reply;
using protocol::ReplyKind;

// Errors that pass by themselves or on another node.
constexpr std::string_view kTransient[] = {"LOADING",   "TRYAGAIN",  "CLUSTERDOWN", "MASTERDOWN", "READONLY",
                                           "BUSY",      "OOM",       "NOREPLICAS",  "MISCONF",    "NOAUTH",
                                           "WRONGPASS", "UNBLOCKED", "MOVED",       "ASK"};

// Texts behind ERR that quote nothing of the request up to where they are cut here.
constexpr std::string_view kKnownTexts[] = {"max number of clients reached", "unknown command",
                                            "wrong number of arguments",     "syntax error",
                                            "value is not an integer",       "invalid expire time",
                                            "DB index is out of range",      "operation not permitted"};

Answer permanent(std::string reason) {
  Answer answer;
  answer.result = Result::kPermanent;
  answer.reason = std::move(reason);
  return answer;
}

bool is_null(const Reply& reply) {
  return reply.kind == ReplyKind::kNull || reply.kind == ReplyKind::kNullArray;
}

// The text of a reply that has one; a view, valid as long as the reply, unless it is a number, which goes to `number`.
std::optional<std::string_view> text_of(const Reply& reply, std::string& number) {
  switch (reply.kind) {
    case ReplyKind::kSimple:
    case ReplyKind::kBulk:
    case ReplyKind::kDouble:
    case ReplyKind::kBigNumber:
      return reply.text;
    case ReplyKind::kVerbatim:
      return std::string_view(reply.text).substr(std::min<size_t>(4, reply.text.size()));
    case ReplyKind::kInteger:
    case ReplyKind::kBoolean:
      number = std::to_string(reply.integer);
      return number;
    default:
      return std::nullopt;
  }
}

Answer hash_of(const Reply& reply, size_t most_bytes) {
  Answer answer;
  answer.result = Result::kValue;
  answer.value.is_hash = true;
  size_t bytes = 0;
  for (size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
    if (is_null(reply.elements[i + 1])) continue;
    std::string number;
    const auto field = text_of(reply.elements[i], number);
    std::string other;
    const auto value = text_of(reply.elements[i + 1], other);
    if (!field || !value) return permanent("a field or its value is not a text");
    bytes += field->size() + value->size();
    answer.value.fields.emplace_back(*field, *value);
  }
  if (bytes > most_bytes) return permanent("the value is larger than max-value");
  if (answer.value.fields.empty()) answer.result = Result::kAbsent;
  return answer;
}

}  // namespace

bool is_error(const Reply& reply) {
  return reply.kind == ReplyKind::kError || reply.kind == ReplyKind::kBulkError;
}

std::string_view error_code(const Reply& reply) {
  return std::string_view(reply.text).substr(0, reply.text.find(' '));
}

std::optional<RedisRedirect> redirect_of(const Reply& reply) {
  if (!is_error(reply)) return std::nullopt;
  RedisRedirect redirect;
  redirect.ask = error_code(reply) == "ASK";
  if (!redirect.ask && error_code(reply) != "MOVED") return std::nullopt;
  std::string_view rest =
      std::string_view(reply.text).substr(std::min(error_code(reply).size() + 1, reply.text.size()));
  const size_t space = rest.find(' ');
  const auto slot = protocol::parse_int64(rest.substr(0, space));
  if (!slot || *slot < 0 || *slot > 16'383 || space == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(space + 1);
  const size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = protocol::parse_int64(rest.substr(colon + 1));
  if (!port || *port < 1 || *port > 65'535) return std::nullopt;
  redirect.slot = static_cast<uint16_t>(*slot);
  redirect.port = static_cast<uint16_t>(*port);
  redirect.host = rest.substr(0, colon);
  // A name that is one, or an address; a slash would be a path of this machine.
  const bool good =
      redirect.host.size() <= 255 && std::all_of(redirect.host.begin(), redirect.host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '-' || c == '_' || c == ':';
      });
  if (!good) return std::nullopt;
  return redirect;
}

Answer failure_of_redis_error(const Reply& error) {
  const std::string_view code = error_code(error);
  Answer answer;
  answer.result = Result::kPermanent;
  if (std::find(std::begin(kTransient), std::end(kTransient), code) != std::end(kTransient)) {
    answer.result = Result::kTransient;
  }
  const bool plain = !code.empty() && code.size() <= 32 &&
                     std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  answer.reason = "the server answers " + (plain ? std::string(code) : std::string("an error"));
  const std::string_view text =
      std::string_view(error.text).substr(std::min(code.size() + 1, error.text.size()));
  for (const std::string_view known : kKnownTexts) {
    if (code == "ERR" && text.starts_with(known)) answer.reason += ": " + std::string(known);
  }
  if (code == "ERR" && text.starts_with(kKnownTexts[0])) {
    answer.result = Result::kTransient;
    answer.hard = true;
    answer.pushed_back = true;
  }
  return answer;
}

Answer value_of_reply(Reply reply, bool pairs, size_t most_bytes) {
  Answer answer;
  answer.result = Result::kAbsent;
  if (is_null(reply)) return answer;
  if (is_error(reply)) return failure_of_redis_error(reply);
  if (reply.kind == ReplyKind::kMap ||
      (reply.kind == ReplyKind::kArray && pairs && reply.elements.size() % 2 == 0)) {
    return hash_of(reply, most_bytes);
  }
  std::string number;
  const auto text = text_of(reply, number);
  if (!text) return permanent("the load answers a list, which is neither a string nor a hash");
  if (text->size() > most_bytes) return permanent("the value is larger than max-value");
  answer.result = Result::kValue;
  if (reply.kind == ReplyKind::kBulk) {
    answer.value.text = std::move(reply.text);
  } else {
    answer.value.text = *text;
  }
  return answer;
}

// PTTL goes first: between the two the value may have been replaced, and an old life with a new value does no harm.
void add_life(const Reply& pttl, Answer& answer) {
  if (answer.result != Result::kValue || pttl.kind != ReplyKind::kInteger) return;
  if (pttl.integer == -1) return;
  answer.ttl_ms = std::max<int64_t>(pttl.integer, 0);
}

}  // namespace corral::origin
