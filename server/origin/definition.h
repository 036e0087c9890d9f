// An origin as a configuration line describes it.
// Threading: a value type; pure functions, but for read_password() and expand_header().
// See: README.md of this folder, "Definition".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.h"
#include "server/origin/url.h"

namespace corral::origin {

/// One origin. Times in ms. Templates are checked, but kept as they were written.
struct Definition {
  std::string name;
  Kind kind = Kind::kHttp;      ///< of all addresses
  std::vector<Url> urls;        ///< 1 to 16
  std::string load, load_many;  ///< empty: cannot
  std::string store, remove;
  std::vector<std::string>
      headers;               ///< http: "Name: value", ${NAME} stands for a variable of the environment
  int64_t timeout_ms = 500;  ///< of one attempt
  int64_t connect_timeout_ms = 250;  ///< less than timeout_ms; unless given, at most half of it
  int64_t total_timeout_ms =
      1500;                 ///< of a call with all its attempts; unless given, at least 3 × timeout_ms
  uint32_t pool_least = 1;  ///< connections kept open, of each address
  uint32_t pool_most = 16;  ///< connections open at the same time, of each address
  int64_t max_value_bytes = 8 << 20;  ///< a load's answer is not larger
  uint32_t concurrency = 0;           ///< attempts at the same time; 0: found out
  uint32_t rate_per_s = 0;            ///< attempts; 0: any
  uint32_t retries = 2;               ///< attempts after the first
  int64_t ttl_least_ms = 0;           ///< what the origin states is brought into these bounds
  int64_t ttl_most_ms = 0;            ///< 0: no bounds
  std::string password_file, password_env;
  std::string tls_ca;  ///< PEM file; empty: the system's

  /// The words after the name, as a configuration line or CACHE.ORIGIN SET takes them:
  /// URL [URL …] [load T] [load-many T] [store T] [remove T] [header "Name: value"]… [timeout 500ms] [connect-timeout 250ms]
  /// [total-timeout 1500ms] [pool 1-16] [max-value 8mb] [concurrency auto] [rate 100/s] [retries 2] [ttl 1s-1h]
  /// [password-file PATH | password-env NAME] [tls-ca PATH]
  /// Errors begin with the origin's name and say which word, what is wrong and the nearest valid word.
  static base::Result<Definition> parse(std::string_view name, const std::vector<std::string_view>& words);

  /// The line that parse() would read back, addresses first, defaults left out.
  std::string words() const { return text(false); }
  /// The same for people to see: values of headers that carry secrets are ***, and nothing reads that back.
  std::string masked_words() const { return text(true); }

  /// Whether the templates can be filled from a pattern with so many stars. The error names template and capture.
  base::Status check_captures(size_t stars) const;

 private:
  std::string text(bool mask) const;
};

/// The password that password-file (its first line) or password-env names; empty when there is neither. Reads it anew every
/// time. The error names the file or the variable.
base::Result<std::string> read_password(const Definition& definition);

/// A header's line with every ${NAME} replaced from the environment; fails when one is not set.
base::Result<std::string> expand_header(std::string_view line);

}  // namespace corral::origin
