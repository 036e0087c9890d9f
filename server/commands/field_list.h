// The form that later commands on hashes have: FIELDS numfields field [field ...], and times to live of fields.
// Threading: values of one command.
// See: README.md of this folder, "Times of fields".
#pragma once

#include "server/commands/hash_fields.h"

namespace corral::commands {

/// Fields among the arguments.
struct FieldList {
  size_t first = 0;
  size_t end = 0;
  size_t size() const { return end - first; }
};

/// The word FIELDS at argument `at`, a number, and as many fields up to the end. `bad_number` is the error when it is none
/// from 1 on. On failure the error is answered.
bool read_field_list(dispatch::CommandContext& ctx, size_t at, protocol::Bytes bad_number, FieldList& fields);

inline constexpr protocol::Bytes kFieldsNotPositive = "ERR Number of fields must be a positive integer";

/// How a time to live is given.
struct TimeForm {
  bool seconds = false;
  bool absolute = false;
};
/// Argument `at` as absolute milliseconds, no later than Redis allows for a field. On failure the error is answered.
bool read_field_time(dispatch::CommandContext& ctx, size_t at, TimeForm form, int64_t& at_ms);
/// EX, PX, EXAT, PXAT; nothing for any other word.
std::optional<TimeForm> parse_time_form(protocol::Bytes word);

/// Gives a field of the hash its time; one that has come removes it. Returns true when it was removed. The field must be
/// there.
inline bool expire_or_remove(types::HashValue& hash, protocol::Bytes field, int64_t at_ms, int64_t now_ms) {
  if (at_ms <= now_ms) return hash.erase(field, now_ms);
  hash.set_expiry(field, at_ms, now_ms);
  return false;
}

}  // namespace corral::commands
