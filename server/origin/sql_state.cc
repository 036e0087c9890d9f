// Sorts SQLSTATEs into those that may work later and those that never will.
// Threading: see sql_state.h.
// See: sql_state.h.
#include "server/origin/sql_state.h"

#include <algorithm>
#include <string>

namespace corral::origin {
namespace {

struct Meaning {
  std::string_view prefix;
  Result result;
  bool hard;
  std::string_view words;
};

// The first that fits. Longer ones first within a class.
constexpr Meaning kMeanings[] = {
    {"57014", Result::kTransient, true, "the statement took longer than the timeout"},
    {"57P", Result::kTransient, true, "the server shuts down, starts or ended the connection"},
    {"57", Result::kTransient, false, "somebody intervened"},
    {"08", Result::kTransient, true, "the connection failed"},
    {"25006", Result::kTransient, true, "the server is read-only"},
    {"25P02", Result::kTransient, false, "the transaction has been aborted"},
    {"26000", Result::kTransient, false, "the prepared statement is gone"},
    {"0A000", Result::kTransient, false, "the statement's columns have changed, or it is not supported"},
    {"28", Result::kTransient, true, "the user or password was refused"},
    {"3D", Result::kTransient, true, "there is no such database"},
    {"40", Result::kTransient, false, "the transaction collided with another one"},
    {"53300", Result::kTransient, true, "the server has too many connections"},
    {"53", Result::kTransient, false, "the server lacks resources"},
    {"55P03", Result::kTransient, false, "a lock was not available"},
    {"58", Result::kTransient, false, "the server's system failed"},
    {"22", Result::kPermanent, false, "a value does not fit its type"},
    {"23", Result::kPermanent, false, "a constraint forbids it"},
    {"42", Result::kPermanent, false, "the statement is wrong or not allowed"},
};

}  // namespace

Answer failure_of_sql_state(std::string_view sql_state, bool writes) {
  Answer answer;
  if (sql_state.empty()) {
    answer.result = Result::kTransient;
    answer.hard = true;
    answer.maybe_done = writes;
    answer.reason = "the connection was lost";
    return answer;
  }
  answer.result = Result::kPermanent;
  std::string_view words = "the server refused";
  const auto* const found =
      std::find_if(std::begin(kMeanings), std::end(kMeanings),
                   [&](const Meaning& meaning) { return sql_state.starts_with(meaning.prefix); });
  if (found != std::end(kMeanings)) {
    answer.result = found->result;
    answer.hard = found->hard;
    words = found->words;
  }
  // A load may work with a new connection's plan; a write that is not supported never will.
  if (sql_state == "0A000" && writes) answer.result = Result::kPermanent;
  answer.timed_out = sql_state == "57014";
  answer.pushed_back = sql_state == "53300";
  // The session may have ended after the work was committed, but before it could say so.
  answer.maybe_done =
      writes && (sql_state.starts_with("57P") || sql_state.starts_with("08") || sql_state == "40003");
  answer.reason = std::string(words) + " (" + std::string(sql_state) + ")";
  return answer;
}

}  // namespace corral::origin
