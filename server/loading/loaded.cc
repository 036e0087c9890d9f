// From an origin's answer to what is stored, or to the reason why nothing is.
// Threading: pure functions.
// See: loaded.h.
#include "server/loading/loaded.h"

#include <algorithm>
#include <utility>

namespace corral::loading {
namespace {

using dispatch::LoadedMessage;
using resilience::Reason;
using stampede::LoadEnd;
using stampede::LoadFailure;

LoadedMessage begin_message(const dispatch::LoadRequest& request) {
  LoadedMessage message;
  message.stripe = request.stripe;
  message.database = request.database;
  message.hash = request.hash;
  message.token = request.token;
  message.key = request.key;
  return message;
}

LoadFailure failure_of(const CallEnd& end) {
  switch (end.outcome.reason) {
    case Reason::kBreaker:
    case Reason::kBudget:
    case Reason::kShed:
    case Reason::kPushback:
      // What the last attempt met says more than that there was no other.
      if (end.outcome.attempts == 0) return LoadFailure::kPaused;
      break;
    case Reason::kQueue:
    case Reason::kRate:
      return LoadFailure::kOverloaded;
    case Reason::kDeadline:
    case Reason::kCancelled:
      if (end.outcome.attempts == 0) return LoadFailure::kOverloaded;
      break;
    default:
      break;
  }
  if (end.outcome.last.timed_out || end.outcome.last.outcome == resilience::Outcome::kIgnored) return LoadFailure::kTimedOut;
  if (end.outcome.last.hard) return LoadFailure::kUnreachable;
  return LoadFailure::kRefused;
}

int64_t clamped(int64_t ttl_ms, const origin::Definition& definition) {
  if (definition.ttl_most_ms > 0) ttl_ms = std::clamp(ttl_ms, definition.ttl_least_ms, definition.ttl_most_ms);
  return ttl_ms;
}

}  // namespace

LoadedMessage failed(const dispatch::LoadRequest& request, LoadFailure failure) {
  LoadedMessage message = begin_message(request);
  message.kind = LoadEnd::Kind::kFailed;
  message.failure = failure;
  return message;
}

LoadedMessage loaded(const dispatch::LoadRequest& request, CallEnd end, const origin::Definition& definition) {
  if (!end.outcome.ok()) return failed(request, failure_of(end));
  origin::Answer& answer = end.answer;
  LoadedMessage message = begin_message(request);
  if (answer.result == origin::Result::kAbsent) {
    message.kind = LoadEnd::Kind::kAbsent;
    return message;
  }
  // No validators are sent, so that "not modified" answers nothing that was asked.
  if (answer.result != origin::Result::kValue) return failed(request, LoadFailure::kUnusable);
  message.kind = LoadEnd::Kind::kValue;
  message.is_hash = answer.value.is_hash;
  message.text = std::move(answer.value.text);
  message.fields = std::move(answer.value.fields);
  message.tags = std::move(answer.tags);
  message.keep = !answer.no_store;
  if (answer.ttl_ms) {
    message.ttl_ms = clamped(*answer.ttl_ms, definition);
    if (message.ttl_ms <= 0) message.keep = false;  // stale already: good for who asked
  }
  if (answer.stale_while_revalidate_ms || answer.stale_if_error_ms) {
    message.stale_ms = std::max(answer.stale_while_revalidate_ms.value_or(0), answer.stale_if_error_ms.value_or(0));
  }
  return message;
}

}  // namespace corral::loading
