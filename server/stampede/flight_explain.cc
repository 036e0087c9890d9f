// What is known of a key, in one line of plain words, for CACHE.EXPLAIN.
// Threading: under the lock of the stripe.
// See: flights.h.
#include <algorithm>
#include <string>

#include "server/stampede/flights_impl.h"

namespace corral::stampede {
namespace {

std::string lease_text(const Lease& lease, int64_t now_us) {
  return "client " + std::to_string(lease.client) + " has been filling it for " +
         std::to_string((now_us - lease.granted_us) / 1000) + " ms, its lease ends in " +
         std::to_string(std::max<int64_t>(lease.deadline_ms - now_us / 1000, 0)) + " ms";
}

std::string waiters_text(const Generation& generation, int64_t now_us) {
  if (generation.waiters == 0) return {};
  const int64_t left_ms = std::max<int64_t>(generation.oldest->until_ms - now_us / 1000, 0);
  return ", " + std::to_string(generation.waiters) +
         (generation.waiters == 1 ? " read waits" : " reads wait") + ", the first for " +
         std::to_string(left_ms) + " ms more";
}

std::string generation_text(const Generation& generation, int64_t now_us) {
  std::string text = lease_text(generation.first, now_us);
  if (generation.hedge != nullptr) text += "; as a second filler " + lease_text(*generation.hedge, now_us);
  return text + waiters_text(generation, now_us);
}

std::string mark_text(const Record& record, int64_t now_us) {
  const std::string failed =
      std::to_string(record.failures) + (record.failures == 1 ? " fill" : " fills in a row");
  const int64_t left_us = record.mark->until_us - now_us;
  if (left_us <= 0) return record.failures == 0 ? std::string() : failed + " failed lately";
  const std::string pause = "no lease for " + std::to_string((left_us + 999) / 1000) + " ms more";
  if (record.failures == 0) return pause + ": a filler said that there is nothing";
  return pause + ": " + failed + " failed";
}

}  // namespace

std::string Flights::explain(const FlightKey& key, int64_t now_us) const {
  const Record* record = impl_->table.find(key);
  if (record == nullptr) return {};
  std::string text;
  const auto add = [&text](const std::string& part) {
    if (part.empty()) return;
    if (!text.empty()) text += "; ";
    text += part;
  };
  if (record->current != nullptr) add(generation_text(*record->current, now_us));
  if (record->tainted != nullptr)
    add("from before the last removal: " + generation_text(*record->tainted, now_us));
  if (record->mark != nullptr) add(mark_text(*record, now_us));
  return text;
}

}  // namespace corral::stampede
