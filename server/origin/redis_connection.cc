// Handshake, pipelining, the counting of replies.
// Threading: see redis_connection.h.
// See: redis_connection.h; protocol/README.md, "Reading replies".
#include "server/origin/redis_connection.h"

#include <algorithm>
#include <utility>

#include "server/base/check.h"

namespace corral::origin {
namespace {

constexpr size_t kMostInFlight = 512;
constexpr size_t kMostUnsentBytes = 4 << 20;
// Around the bytes of a value: lengths, line ends, the other replies.
constexpr size_t kReplyOverhead = 1 << 20;

Answer lost(const std::string& reason) {
  Answer answer;
  answer.hard = true;
  answer.reason = reason;
  return answer;
}

}  // namespace

RedisConnection::RedisConnection(OriginLoop& loop, const RedisSettings& settings, const LinkTarget& target,
                                 size_t node, Owner& owner)
    : loop_(loop),
      settings_(settings),
      node_(node),
      owner_(owner),
      link_(loop, target, *this),
      // Small ones have to leave room for the texts of errors.
      reader_(static_cast<int64_t>(std::max<size_t>(settings.most_value_bytes, 65'536))),
      timer_(loop, [this] {
        if (retired_) return break_down(lost("closed"), lost("closed"));
        if (late_)
          return spoil("the connection was given up, since an earlier call got no answer",
                       Result::kTransient);
        Answer why = lost("the server took longer than connect-timeout to let us in");
        why.timed_out = true;
        break_down(why, why);
      }) {}

RedisConnection::~RedisConnection() = default;

void RedisConnection::open() {
  link_.open();
}

bool RedisConnection::usable() const {
  return life_ == Life::kReady && !late_ && !retired_ && sent_.size() < kMostInFlight &&
         link_.unsent_bytes() < kMostUnsentBytes;
}

bool RedisConnection::anybody_waits() const {
  return std::any_of(sent_.begin(), sent_.end(), [](const CallPointer& call) { return call->live(); });
}

// Nothing else is sent before these have their answers: a command in the wrong database would be worse than none.
void RedisConnection::on_open() {
  timer_.start_ms(static_cast<uint64_t>(settings_.connect_timeout_ms));
  std::string out;
  if (!settings_.password.empty()) {
    RedisWords words = {"AUTH"};
    if (!settings_.user.empty()) words.push_back(settings_.user);
    words.push_back(settings_.password);
    append_command(out, words);
    handshake_.emplace_back("AUTH");
  }
  if (settings_.database != 0) {
    append_command(out, {"SELECT", std::to_string(settings_.database)});
    handshake_.emplace_back("SELECT");
  }
  if (handshake_.empty()) return become_ready();
  link_.append(out);
  link_.flush();
}

void RedisConnection::become_ready() {
  timer_.stop();
  life_ = Life::kReady;
  was_ready_ = true;
  idle_since_us_ = loop_.now_us();
  owner_.on_ready(*this);
  owner_.on_room();
}

void RedisConnection::send(const CallPointer& call) {
  CHECK(usable());
  link_.append(call->wire());
  call->connection = this;
  call->replies.clear();
  sent_.push_back(call);
}

void RedisConnection::doubt(int64_t patience_ms) {
  if (life_ != Life::kReady || late_) return;
  late_ = true;
  timer_.start_ms(static_cast<uint64_t>(patience_ms));
}

void RedisConnection::retire() {
  retired_ = true;
  if (sent_.empty()) timer_.start_ms(0);
}

size_t RedisConnection::most_reply_bytes() const {
  const size_t values = sent_.empty() ? 1 : sent_.front()->members.size();
  return values * settings_.most_value_bytes + kReplyOverhead;
}

void RedisConnection::on_bytes(std::string_view bytes) {
  if (life_ == Life::kBroken) return;
  reader_.feed(bytes);
  reply_bytes_ += bytes.size();
  while (life_ != Life::kBroken) {
    std::optional<protocol::Reply> reply = reader_.next();
    if (!reply) break;
    // What is behind it in the buffer is less than one piece of reading.
    reply_bytes_ = 0;
    take(std::move(*reply));
  }
  if (life_ == Life::kBroken) return;
  if (!reader_.error().empty()) {
    // The reader names the length; one that is a number is a large one.
    constexpr std::string_view kLength = "invalid bulk length \"";
    const std::string_view error = reader_.error();
    const bool large = error.starts_with(kLength) && error.size() > kLength.size() &&
                       error[kLength.size()] >= '0' && error[kLength.size()] <= '9';
    return large ? spoil("the value is larger than max-value", Result::kPermanent)
                 : spoil("the server sent what is no reply", Result::kTransient);
  }
  if (reply_bytes_ > most_reply_bytes())
    return spoil("the value is larger than max-value", Result::kPermanent);
  if (sent_.empty() && life_ == Life::kReady) {
    idle_since_us_ = loop_.now_us();
    if (late_) {
      late_ = false;
      timer_.stop();
    }
    if (retired_) timer_.start_ms(0);
  }
  owner_.on_room();
}

void RedisConnection::take(protocol::Reply reply) {
  if (!handshake_.empty()) return take_handshake(reply);
  // A server that has too many clients says so to nobody in particular, and closes.
  if (sent_.empty() && is_error(reply)) {
    Answer why = failure_of_redis_error(reply);
    why.result = Result::kTransient;
    return break_down(why, why);
  }
  if (sent_.empty()) return spoil("the server sent a reply to nothing", Result::kTransient);
  const CallPointer call = sent_.front();
  call->replies.push_back(std::move(reply));
  if (call->replies.size() < call->replies_due()) return;
  sent_.pop_front();
  call->connection = nullptr;
  owner_.on_replied(call);
}

void RedisConnection::take_handshake(const protocol::Reply& reply) {
  if (is_error(reply)) {
    Answer why = failure_of_redis_error(reply);
    why.result = Result::kTransient;
    why.hard = true;
    why.reason = handshake_.front() + ": " + why.reason;
    return break_down(why, why);
  }
  handshake_.pop_front();
  if (handshake_.empty()) become_ready();
}

// The stream cannot be followed any further. Only the first call is to blame.
void RedisConnection::spoil(const std::string& reason, Result first) {
  Answer blamed = lost(reason);
  blamed.result = first;
  blamed.hard = first == Result::kTransient;
  Answer others = lost("the connection was closed: " + reason);
  others.hard = first == Result::kTransient;
  break_down(std::move(blamed), std::move(others));
}

void RedisConnection::on_closed(const std::string& reason, bool timed_out) {
  if (life_ == Life::kBroken) return;
  Answer why = lost(reason);
  why.timed_out = timed_out;
  break_down(why, why);
}

void RedisConnection::break_down(Answer first, Answer others) {
  if (life_ == Life::kBroken) return;
  life_ = Life::kBroken;
  timer_.stop();
  std::vector<CallPointer> unfinished(sent_.begin(), sent_.end());
  sent_.clear();
  for (const CallPointer& call : unfinished) call->connection = nullptr;
  link_.close_soon("closed");
  owner_.on_broken(*this, first, others, std::move(unfinished));
}

}  // namespace corral::origin
