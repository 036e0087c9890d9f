// Requests to commands, their replies to answers.
// Threading: see redis_call.h.
// See: redis_call.h.
#include "server/origin/redis_call.h"

#include <algorithm>
#include <array>
#include <utility>

namespace corral::origin {
namespace {

using base::Error;
using protocol::Reply;
using protocol::ReplyKind;

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool has_word(const RedisTemplate& of, std::string_view word) {
  for (size_t i = 0; i < of.size(); ++i) {
    if (of.word_is(i, word)) return true;
  }
  return false;
}

base::Result<RedisTemplate> parse(Operation operation, std::string_view word, const std::string& text,
                                  std::string_view otherwise) {
  base::Result<RedisTemplate> parsed = RedisTemplate::parse(operation, text.empty() ? otherwise : text);
  if (!parsed) return Error{std::string(word) + ": " + parsed.error()};
  return parsed;
}

std::string expiry_text(const Request& request) {
  return std::to_string(std::max<int64_t>(*request.expires_at_ms, 1));
}

std::string key_of(const RedisWords& words) {
  return words.size() > 1 ? words[1] : std::string();
}

}  // namespace

bool RedisCall::live() const {
  return std::any_of(members.begin(), members.end(), [](const RedisMember& member) { return member.live; });
}

// Inside of MULTI the flag that ASKING sets stays; otherwise each command needs its own.
std::string RedisCall::wire() const {
  std::string out;
  for (size_t i = 0; i < commands.size(); ++i) {
    if (asking && (i == 0 || !transaction)) append_command(out, {"ASKING"});
    append_command(out, commands[i]);
  }
  return out;
}

size_t RedisCall::replies_due() const {
  return commands.size() + (asking ? (transaction ? 1 : commands.size()) : 0);
}

std::optional<RedisRedirect> RedisCall::redirect() const {
  for (const Reply& reply : replies) {
    if (std::optional<RedisRedirect> found = redirect_of(reply)) return found;
  }
  return std::nullopt;
}

RedisCommands::RedisCommands(RedisTemplate load, RedisTemplate store, RedisTemplate remove)
    : load_(std::move(load)), store_(std::move(store)), remove_(std::move(remove)) {
  const std::string& command = load_.command();
  plain_get_ = command == "GET" && load_.size() == 2;
  life_ = load_.size() >= 2 && one_of(command, {"GET", "HGETALL", "HGET", "GETRANGE", "SUBSTR"});
  pairs_ = one_of(command, {"HGETALL", "EVAL", "EVAL_RO", "EVALSHA", "EVALSHA_RO", "FCALL", "FCALL_RO"});
  plain_set_ = store_.command() == "SET" && store_.size() == 3 && store_.word_is(2, "{value}");
  const bool own_expiry = has_word(store_, "{expires}") || [&] {
    for (const std::string_view word :
         {"EX", "PX", "EXAT", "PXAT", "KEEPTTL", "ex", "px", "exat", "pxat", "keepttl"}) {
      if (has_word(store_, word)) return true;
    }
    return false;
  }();
  adds_expiry_ = store_.command() == "SET" && !own_expiry;
}

base::Result<RedisCommands> RedisCommands::make(const Definition& definition) {
  base::Result<RedisTemplate> load = parse(Operation::kLoad, "load", definition.load, "GET {0}");
  if (!load) return Error{load.error()};
  base::Result<RedisTemplate> store = parse(Operation::kStore, "store", definition.store, "SET {0} {value}");
  if (!store) return Error{store.error()};
  base::Result<RedisTemplate> remove = parse(Operation::kRemove, "remove", definition.remove, "DEL {0}");
  if (!remove) return Error{remove.error()};
  RedisCommands made(std::move(load.value()), std::move(store.value()), std::move(remove.value()));
  if (!definition.load_many.empty()) {
    base::Result<RedisTemplate> many = parse(Operation::kLoad, "load-many", definition.load_many, "");
    if (!many) return Error{many.error()};
    const bool fits = many.value().command() == "MGET" && many.value().size() == 2 && made.plain_get_ && [&] {
      Request request;
      for (char c = '0'; c <= '9'; ++c) request.captures.emplace_back(1, c);
      return many.value().fill(request).value()[1] == made.load_.fill(request).value()[1];
    }();
    if (!fits)
      return Error{"load-many: is MGET with the key of load; leave it out, and it is used by itself"};
  }
  return made;
}

RedisCall RedisCommands::load(RedisMember member) const {
  RedisCall call;
  call.key = key_of(member.load);
  if (life_) call.commands.push_back({"PTTL", call.key});
  call.commands.push_back(member.load);
  call.members.push_back(std::move(member));
  return call;
}

RedisCall RedisCommands::hash(RedisMember member) {
  RedisCall call;
  call.kind = RedisCall::Kind::kHash;
  call.key = key_of(member.load);
  call.commands = {{"PTTL", call.key}, {"HGETALL", call.key}};
  call.members.push_back(std::move(member));
  return call;
}

RedisCall RedisCommands::load_many(std::vector<RedisMember> members) {
  RedisCall call;
  call.kind = RedisCall::Kind::kLoadMany;
  RedisWords many = {"MGET"};
  for (const RedisMember& member : members) {
    call.commands.push_back({"PTTL", key_of(member.load)});
    many.push_back(key_of(member.load));
  }
  call.key = many[1];
  call.commands.push_back(std::move(many));
  call.members = std::move(members);
  return call;
}

base::Result<RedisCall> RedisCommands::call(const Request& request) const {
  if (request.operation != Operation::kLoad) return write(request);
  base::Result<RedisWords> words = load_.fill(request);
  if (!words) return Error{"load: " + words.error()};
  RedisMember member;
  member.load = std::move(words.value());
  return load(std::move(member));
}

base::Result<RedisCall> RedisCommands::write(const Request& request) const {
  RedisCall call;
  call.kind = RedisCall::Kind::kWrite;
  call.members.emplace_back();
  const bool store = request.operation == Operation::kStore;
  if (store && plain_set_ && request.value.is_hash) {
    if (request.value.fields.empty()) return Error{"store: a hash without fields does not exist"};
    Request with_text = request;
    with_text.value = Value{};
    base::Result<RedisWords> words = store_.fill(with_text);
    if (!words) return Error{"store: " + words.error()};
    call.key = key_of(words.value());
    RedisWords fields = {"HSET", call.key};
    for (const auto& field : request.value.fields) fields.insert(fields.end(), {field.first, field.second});
    call.transaction = true;
    call.commands = {{"MULTI"}, {"DEL", call.key}, std::move(fields)};
    if (request.expires_at_ms) call.commands.push_back({"PEXPIREAT", call.key, expiry_text(request)});
    call.commands.push_back({"EXEC"});
    return call;
  }
  base::Result<RedisWords> words = (store ? store_ : remove_).fill(request);
  if (!words) return Error{std::string(store ? "store: " : "remove: ") + words.error()};
  call.key = key_of(words.value());
  if (store && adds_expiry_ && request.expires_at_ms) {
    words.value().insert(words.value().end(), {"PXAT", expiry_text(request)});
  }
  call.commands.push_back(std::move(words.value()));
  return call;
}

std::optional<Answer> RedisCommands::answer(RedisCall& call, size_t most_bytes) const {
  if (call.writes()) {
    for (const Reply& reply : call.replies) {
      if (is_error(reply)) return failure_of_redis_error(reply);
    }
    const Reply& last = call.replies.back();
    for (const Reply& reply : last.elements) {
      if (call.transaction && is_error(reply)) return failure_of_redis_error(reply);
    }
    Answer answer;
    answer.result = Result::kDone;
    return answer;
  }
  Reply& value = call.replies.back();
  if (call.kind == RedisCall::Kind::kLoad && plain_get_ && is_error(value) &&
      error_code(value) == "WRONGTYPE") {
    return std::nullopt;
  }
  const bool pairs = call.kind == RedisCall::Kind::kHash || pairs_;
  Answer answer = value_of_reply(std::move(value), pairs, most_bytes);
  if (call.replies.size() > 1) add_life(call.replies[0], answer);
  return answer;
}

}  // namespace corral::origin
