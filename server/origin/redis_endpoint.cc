// Hands calls to connections, follows redirections, keeps time.
// Threading: see redis_endpoint.h.
// See: redis_endpoint.h; the pool is in redis_pool.cc.
#include "server/origin/redis_endpoint.h"

#include <algorithm>
#include <utility>

#include "protocol/number.h"

namespace corral::origin {
namespace {

using protocol::Reply;
using protocol::ReplyKind;

constexpr size_t kMostCalls = 16'384;
constexpr size_t kMostNodes = 1024;
constexpr int kMostHops = 5;

Answer permanent(std::string reason) {
  Answer answer;
  answer.result = Result::kPermanent;
  answer.reason = std::move(reason);
  return answer;
}

// The replies to ASKING say nothing.
void drop_asking(RedisCall& call) {
  if (!call.asking) return;
  std::vector<Reply> replies;
  for (size_t i = 0; i < call.replies.size(); ++i) {
    const bool asking = call.transaction ? i == 0 : i % 2 == 0;
    if (!asking) replies.push_back(std::move(call.replies[i]));
  }
  call.replies = std::move(replies);
}

}  // namespace

base::Result<std::unique_ptr<RedisEndpoint>> RedisEndpoint::make(OriginLoop& loop,
                                                                 const Definition& definition, const Url& url,
                                                                 const std::string& password) {
  const std::string where = "origin " + definition.name + ": ";
  base::Result<RedisCommands> commands = RedisCommands::make(definition);
  if (!commands) return base::Error{where + commands.error()};
  if (!url.user.empty() && password.empty()) {
    return base::Error{where + "a user without a password; use password-file PATH or password-env NAME"};
  }
  LinkTarget target{url.host, url.port, nullptr, static_cast<uint64_t>(definition.connect_timeout_ms)};
  if (url.tls) {
    base::Result<std::shared_ptr<const TlsClient>> tls = TlsClient::make(definition.tls_ca);
    if (!tls) return base::Error{where + tls.error()};
    target.tls = tls.value();
  }
  RedisSettings settings;
  settings.user = url.user;
  settings.password = password;
  settings.database = url.path.empty() ? 0 : protocol::parse_int64(url.path).value_or(0);
  settings.connect_timeout_ms = definition.connect_timeout_ms;
  settings.most_value_bytes = static_cast<size_t>(definition.max_value_bytes);
  return std::make_unique<RedisEndpoint>(Private{}, loop, definition, std::move(commands.value()),
                                         std::move(settings), std::move(target));
}

base::Result<std::unique_ptr<RedisEndpoint>> RedisEndpoint::make(OriginLoop& loop,
                                                                 const Definition& definition, size_t url) {
  const base::Result<std::string> password = read_password(definition);
  if (!password) return base::Error{"origin " + definition.name + ": " + password.error()};
  return make(loop, definition, definition.urls[url], password.value());
}

RedisEndpoint::RedisEndpoint(Private /*by make() only*/, OriginLoop& loop, const Definition& definition,
                             RedisCommands commands, RedisSettings settings, LinkTarget target)
    : loop_(loop),
      name_(definition.name),
      least_(definition.pool_least),
      most_(definition.pool_most),
      timeout_ms_(definition.timeout_ms),
      commands_(std::move(commands)),
      settings_(std::move(settings)),
      deadlines_(loop, [this](uint64_t id) { expired(id); }),
      idle_timer_(loop, [this] { close_idle(); }) {
  nodes_.push_back(std::make_unique<Node>());
  nodes_[0]->target = std::move(target);
}

RedisEndpoint::~RedisEndpoint() = default;

RedisMember RedisEndpoint::new_member(RedisMember member, const Request& request, Done done) {
  member.id = ++last_id_;
  member.deadline_us = loop_.now_us() + request.timeout_us;
  member.done = std::move(done);
  return member;
}

void RedisEndpoint::enter(const CallPointer& call) {
  for (const RedisMember& member : call->members) {
    const bool is_new = tickets_.find(member.id) == tickets_.end();
    tickets_[member.id] = {call, member.deadline_us};
    if (is_new) deadlines_.add(member.id, member.deadline_us);
  }
  nodes_[call->node]->waiting.push_back(call);
  pump_soon();
}

void RedisEndpoint::enter_failed(Done done, const Request& request, Answer answer) {
  auto call = std::make_shared<RedisCall>();
  call->members.push_back(new_member({}, request, std::move(done)));
  call->failure = std::move(answer);
  enter(call);
}

uint64_t RedisEndpoint::start(const Request& request, Done done) {
  base::Result<RedisCall> made = commands_.call(request);
  if (!made) {
    enter_failed(std::move(done), request, permanent(made.error()));
  } else if (tickets_.size() >= kMostCalls) {
    Answer answer;
    answer.reason = "too many calls wait for the origin";
    enter_failed(std::move(done), request, std::move(answer));
  } else {
    auto call = std::make_shared<RedisCall>(std::move(made.value()));
    call->members[0] = new_member(std::move(call->members[0]), request, std::move(done));
    if (!slots_.empty()) call->node = slots_[cluster_slot(call->key)];
    enter(call);
  }
  return last_id_;
}

bool RedisEndpoint::start_many(const std::vector<Request>& requests, const std::vector<Done>& done) {
  const bool loads = std::all_of(requests.begin(), requests.end(), [](const Request& request) {
    return request.operation == Operation::kLoad;
  });
  if (!commands_.can_load_many() || !loads) return false;
  std::vector<RedisMember> members;
  for (size_t i = 0; i < requests.size(); ++i) {
    base::Result<RedisCall> made = commands_.call(requests[i]);
    // The keys of a cluster are on many nodes, so each goes its own way.
    if (!made || !slots_.empty() || tickets_.size() + members.size() >= kMostCalls) {
      start(requests[i], done[i]);
    } else {
      members.push_back(new_member(std::move(made.value().members[0]), requests[i], done[i]));
    }
  }
  if (!members.empty()) enter(std::make_shared<RedisCall>(RedisCommands::load_many(std::move(members))));
  return true;
}

bool RedisEndpoint::take_ticket(RedisMember& member) {
  member.live = false;
  deadlines_.remove(member.id, member.deadline_us);
  return tickets_.erase(member.id) == 1;
}

RedisMember* RedisEndpoint::take_member(uint64_t id, CallPointer& call) {
  const auto found = tickets_.find(id);
  if (found == tickets_.end()) return nullptr;
  call = found->second.call;
  for (RedisMember& member : call->members) {
    if (member.id != id) continue;
    take_ticket(member);
    return &member;
  }
  return nullptr;
}

void RedisEndpoint::answer(RedisMember& member, Answer answer) {
  if (!member.live || !take_ticket(member)) return;
  const Done done = std::move(member.done);
  done(std::move(answer));
}

void RedisEndpoint::fail(RedisCall& call, const Answer& why) {
  for (RedisMember& member : call.members) answer(member, why);
}

void RedisEndpoint::cancel(uint64_t id) {
  CallPointer call;
  take_member(id, call);
}

void RedisEndpoint::expired(uint64_t id) {
  CallPointer call;
  RedisMember* const member = take_member(id, call);
  if (member == nullptr) return;
  Answer late;
  late.hard = true;
  late.timed_out = true;
  late.reason = call->connection != nullptr ? "no answer in time" : "no connection in time";
  late.maybe_done = call->connection != nullptr && call->writes();
  if (call->connection != nullptr) call->connection->doubt(timeout_ms_);
  const Done done = std::move(member->done);
  done(std::move(late));
  pump_soon();
}

// The same member in another call.
void RedisEndpoint::again(RedisMember member, RedisCall call, size_t node, int hops) {
  if (!member.live) return;
  call.node = node;
  call.hops = hops;
  call.members.clear();
  call.members.push_back(std::move(member));
  enter(std::make_shared<RedisCall>(std::move(call)));
}

void RedisEndpoint::split(RedisCall& call, int hops) {
  for (RedisMember& member : call.members) {
    RedisCall single = commands_.load(member);
    again(std::move(member), std::move(single), call.node, hops);
  }
}

void RedisEndpoint::on_replied(const CallPointer& call) {
  if (!call->live()) return;
  drop_asking(*call);
  if (const std::optional<RedisRedirect> redirect = call->redirect()) return redirected(call, *redirect);
  if (call->kind == RedisCall::Kind::kLoadMany) return replied_many(*call);
  std::optional<Answer> result = commands_.answer(*call, settings_.most_value_bytes);
  if (result) return answer(call->members[0], std::move(*result));
  RedisCall hash = RedisCommands::hash(call->members[0]);
  hash.asking = call->asking;
  again(std::move(call->members[0]), std::move(hash), call->node, call->hops);
}

void RedisEndpoint::replied_many(RedisCall& call) {
  Reply& values = call.replies.back();
  if (is_error(values) && error_code(values) == "CROSSSLOT") return split(call, call.hops);
  if (is_error(values)) return fail(call, failure_of_redis_error(values));
  if (values.kind != ReplyKind::kArray || values.elements.size() != call.members.size()) {
    return fail(call, permanent("MGET answers another number of values than were asked for"));
  }
  for (size_t i = 0; i < call.members.size(); ++i) {
    RedisMember& member = call.members[i];
    const Reply& life = call.replies[i];
    // MGET answers nil for what is no string as well.
    const bool there = life.kind == ReplyKind::kInteger && life.integer != -2;
    const bool nil =
        values.elements[i].kind == ReplyKind::kNull || values.elements[i].kind == ReplyKind::kNullArray;
    if (nil && there) {
      RedisCall hash = RedisCommands::hash(member);
      again(std::move(member), std::move(hash), call.node, call.hops);
      continue;
    }
    Answer result = value_of_reply(std::move(values.elements[i]), false, settings_.most_value_bytes);
    add_life(life, result);
    answer(member, std::move(result));
  }
}

// The node that a redirection names; the number of nodes when there are too many.
size_t RedisEndpoint::node_of(const RedisRedirect& redirect, size_t asked) {
  LinkTarget target = nodes_[asked]->target;
  if (!redirect.host.empty()) target.host = redirect.host;
  target.port = redirect.port;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i]->target.host == target.host && nodes_[i]->target.port == target.port) return i;
  }
  if (nodes_.size() >= kMostNodes) return nodes_.size();
  nodes_.push_back(std::make_unique<Node>());
  nodes_.back()->target = std::move(target);
  return nodes_.size() - 1;
}

void RedisEndpoint::redirected(const CallPointer& call, const RedisRedirect& redirect) {
  Answer lost_way;
  lost_way.reason = "the cluster sends the call from node to node";
  if (call->hops >= kMostHops) return fail(*call, lost_way);
  const size_t node = node_of(redirect, call->node);
  if (node == nodes_.size()) return fail(*call, lost_way);
  if (!redirect.ask) {
    if (slots_.empty()) slots_.resize(16'384);
    slots_[redirect.slot] = static_cast<uint16_t>(node);
  }
  if (call->kind == RedisCall::Kind::kLoadMany) return split(*call, call->hops + 1);
  const CallPointer next = std::make_shared<RedisCall>(std::move(*call));
  next->replies.clear();
  next->node = node;
  next->asking = redirect.ask;
  ++next->hops;
  enter(next);
}

}  // namespace corral::origin
