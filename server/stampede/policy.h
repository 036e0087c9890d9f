// Policies: what a key pattern is entitled to. Parsing, the ordered table, the times of a write.
// Threading: a PolicyTable is immutable once built; a new one replaces it (workers take a snapshot per turn).
// See: README.md of this folder, "Policy".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.h"
#include "server/stampede/policy_stats.h"
#include "server/store/entry.h"
#include "server/store/key.h"

namespace corral::stampede {

/// One policy. Durations in ms.
struct Policy {
  std::string name;
  std::string pattern;            // Redis glob; first match in the table's order wins
  uint16_t number = 0;            // stable for the life of the server; kept in entries
  double jitter = 0.10;           // 0..0.9: soft expiry lies in [1-jitter, 1] of soft × TTL, by key hash
  bool exact = false;             // no jitter at all
  double soft = 1.0;              // 0.1..1: share of the TTL after which one reader is elected
  int64_t stale_ms = 0;           // how long past its TTL a value may be served while being refreshed
  int64_t wait_ms = 500;          // how long a read may wait for somebody's fill; 0 = never
  int64_t negative_ms = 1000;     // first hit-for-miss memory, doubles to 60 s
  int64_t ttl_ms = 0;             // TTL of a write that brings none; 0 = leave it without
  bool delete_soft = false;       // `del soft`: DEL and UNLINK mark stale instead of removing
  std::string origin;             // `load NAME`: who is asked for a missing or stale value; empty: nobody
  bool guard = false;             // a SET that may carry a value from before a DEL is stored stale
  std::vector<std::string> tags;  // templates: "product:{1}", {n} = the n-th * of the pattern
  std::vector<std::string>
      prefixes;  // declared prefixes, same templates; each expands to a prefix of the key
  std::shared_ptr<PolicyStats> stats;

  bool loads() const { return !origin.empty(); }

  /// The words after the name, as a configuration line or CACHE.POLICY SET takes them:
  /// match PATTERN [jitter 10%] [stale 60s] [wait 500ms] [negative 1s] [soft 90%] [ttl 300s] [del soft|hard]
  /// [guard on|off] [tag TEMPLATE]... [prefix TEMPLATE]... [exact] [load ORIGIN]
  /// Errors say which word, what is wrong and the nearest valid word. write (through, behind) is refused as not
  /// built.
  static base::Result<Policy> parse(std::string_view name, const std::vector<std::string_view>& words);
  /// The line that parse() would read back, `match` first, defaults left out.
  std::string words() const;
};

/// When a write came with an expiry: relative ones are cache hints and are jittered, absolute ones are
/// promises. kKeep (SET KEEPTTL): the time that is left counts as the TTL, and the policy's ttl does not
/// apply.
enum class ExpiryKind : uint8_t { kNone, kRelative, kAbsolute, kKeep };

/// The policies in order. Cheap to match: most patterns are `literal*`, compared by their first bytes.
class PolicyTable {
 public:
  PolicyTable() = default;
  explicit PolicyTable(std::vector<Policy> policies);

  bool empty() const { return policies_.empty(); }
  const std::vector<Policy>& all() const { return policies_; }
  const Policy* match(std::string_view key) const;  ///< first match or null. O(policies)
  const Policy* by_name(std::string_view name) const;
  const Policy* by_number(uint16_t number) const;  ///< null when it was deleted meanwhile

  /// A copy with the policy added, or replaced in its place when the name exists (keeping number and
  /// statistics).
  PolicyTable with(Policy policy) const;
  PolicyTable without(std::string_view name) const;

 private:
  // How a pattern is compared: most are `literal*`.
  struct Matcher {
    enum Kind : uint8_t { kLiteral, kPrefix, kGlob } kind = kGlob;
    size_t literal_bytes = 0;  // the pattern's first bytes that stand for themselves
  };
  static Matcher matcher_of(const Policy& policy);

  std::vector<Policy> policies_;
  std::vector<Matcher> matchers_;  // one for each policy
  uint16_t next_number_ = 1;
};

/// The share of the jitter that this key gets: uniform in [0, 1), a function of the key alone (and of the
/// cluster's salt), from its own hash, so that it is the same on every replica and independent of stripes and
/// buckets.
double jitter_of_key(std::string_view key, uint64_t salt);

/// Hard expiry and extension for a write under `policy`. `nominal_ms` is the expiry the client asked for
/// (absolute unix ms, or kNoExpiry). See README "Times". kAbsolute: neither jitter nor stale.
struct PolicyTimes {
  int64_t expiry_ms = store::kNoExpiry;
  store::Extension extension;
};
PolicyTimes times_for_write(const Policy& policy, std::string_view key, uint64_t salt, int64_t now_ms,
                            int64_t nominal_ms, ExpiryKind kind);

/// Expands a tag or prefix template with the pattern's captures of this key: {n} is what the n-th star stands
/// for, every star but the last as short as can be. Empty when the pattern does not match.
std::string expand_template(std::string_view pattern, std::string_view text, std::string_view key);

}  // namespace corral::stampede
