// An origin back to words, and what it names outside of itself: passwords and variables.
// Threading: see definition.h.
// See: definition.h.
#include "server/origin/definition.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>

#include "server/base/duration.h"
#include "server/config/words.h"
#include "server/origin/header_rules.h"
#include "server/origin/http_template.h"
#include "server/origin/placeholders.h"

namespace corral::origin {

using base::Error;
using base::Status;
using config::quoted;

std::string Definition::text(bool mask) const {
  std::string out;
  const auto add = [&out](std::string_view word, std::string_view value) {
    out += ' ';
    out += word;
    out += ' ';
    out += config::word_text(value);
  };
  for (const Url& url : urls) {
    if (!out.empty()) out += ' ';
    out += config::word_text(url.text);
  }
  const auto add_text = [&add](std::string_view word, const std::string& value) {
    if (!value.empty()) add(word, value);
  };
  add_text("load", load);
  add_text("load-many", load_many);
  add_text("store", store);
  add_text("remove", remove);
  for (const std::string& header : headers) add("header", mask ? masked_header(header) : header);
  const Definition plain;
  // Defaults of times follow from other times, so that each is said once one of them is.
  if (timeout_ms != plain.timeout_ms || connect_timeout_ms != plain.connect_timeout_ms ||
      total_timeout_ms != plain.total_timeout_ms) {
    add("timeout", base::duration_text(timeout_ms));
    add("connect-timeout", base::duration_text(connect_timeout_ms));
    add("total-timeout", base::duration_text(total_timeout_ms));
  }
  if (pool_least != plain.pool_least || pool_most != plain.pool_most) {
    add("pool", std::to_string(pool_least) + "-" + std::to_string(pool_most));
  }
  if (max_value_bytes != plain.max_value_bytes) add("max-value", std::to_string(max_value_bytes));
  if (concurrency != 0) add("concurrency", std::to_string(concurrency));
  if (rate_per_s != 0) add("rate", std::to_string(rate_per_s) + "/s");
  if (retries != plain.retries) add("retries", std::to_string(retries));
  if (ttl_most_ms != 0)
    add("ttl", base::duration_text(ttl_least_ms) + "-" + base::duration_text(ttl_most_ms));
  add_text("password-file", password_file);
  add_text("password-env", password_env);
  add_text("tls-ca", tls_ca);
  return out;
}

Status Definition::check_captures(size_t stars) const {
  struct Given {
    std::string_view word;
    const std::string& text;
    size_t more;  // parameters behind the captures
  };
  // A store's statement also has the value and the version, a remove's the version.
  const bool sql = kind == Kind::kPostgres;
  for (const Given& given : {Given{"load", load, 0}, Given{"store", store, sql ? 2u : 0u},
                             Given{"remove", remove, sql ? 1u : 0u}}) {
    const size_t most = sql ? most_parameter(given.text) : most_placeholder(given.text);
    if (most <= stars + given.more) continue;
    std::string place(sql ? "$" : "{");
    place += std::to_string(most);
    if (!sql) place += '}';
    return Error{"origin " + name + ": " + std::string(given.word) + " " + quoted(given.text) + ": " + place +
                 " has nothing to stand for: the pattern has " + std::to_string(stars) +
                 (stars == 1 ? " star" : " stars") +
                 (given.more == 0 ? std::string()
                                  : ", and a " + std::string(given.word) + " has $1 to $" +
                                        std::to_string(stars + given.more))};
  }
  return base::Ok{};
}

base::Result<std::string> read_password(const Definition& definition) {
  constexpr size_t kLongest = 4096;
  std::string password;
  if (!definition.password_env.empty()) {
    const char* value = std::getenv(definition.password_env.c_str());
    if (value == nullptr)
      return Error{"password-env: the variable " + quoted(definition.password_env) + " is not set"};
    password = value;
  } else if (!definition.password_file.empty()) {
    std::ifstream file(definition.password_file, std::ios::binary);
    password.resize(kLongest + 1);
    file.read(password.data(), static_cast<std::streamsize>(password.size()));
    if (!file.is_open() || file.bad())
      return Error{"password-file: " + quoted(definition.password_file) + " cannot be read"};
    password.resize(static_cast<size_t>(file.gcount()));
    password.resize(std::min(password.find('\n'), password.size()));
    if (password.ends_with('\r')) password.pop_back();
    if (password.empty())
      return Error{"password-file: the first line of " + quoted(definition.password_file) + " is empty"};
  }
  if (password.size() > kLongest) return Error{"the password has more than 4096 bytes"};
  return password;
}

base::Result<std::string> expand_header(std::string_view line) {
  std::string out;
  for (size_t at = 0; at < line.size();) {
    const size_t begin = std::min(line.find("${", at), line.size());
    out += line.substr(at, begin - at);
    if (begin == line.size()) break;
    const size_t end = line.find('}', begin);
    if (end == std::string_view::npos)
      return Error{"header " + quoted(masked_header(line)) + " has a ${ without its }"};
    const std::string variable(line.substr(begin + 2, end - begin - 2));
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr) return Error{"header: the variable " + quoted(variable) + " is not set"};
    out += value;
    at = end + 1;
  }
  if (Status status = check_header(out); !status)
    return Error{"header " + quoted(masked_header(line)) + ": " + status.error()};
  return out;
}

}  // namespace corral::origin
