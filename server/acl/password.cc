// SHA-256 by OpenSSL.
// Threading: see password.h.
// See: password.h.
#include "server/acl/password.h"

#include <openssl/sha.h>

#include <algorithm>
#include <vector>

#include "server/base/random.h"

namespace corral::acl {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

std::string hex(const unsigned char* bytes, size_t count) {
  std::string text;
  text.reserve(count * 2);
  for (size_t i = 0; i < count; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

}  // namespace

std::string hash_password(std::string_view password) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(password.data()), password.size(), digest);
  return hex(digest, sizeof digest);
}

bool is_password_hash(std::string_view text) {
  return text.size() == 2 * SHA256_DIGEST_LENGTH && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool same_hash(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

std::string random_password(int64_t bits) {
  const auto digits = static_cast<size_t>((bits + 3) / 4);
  std::vector<unsigned char> bytes((digits + 1) / 2);
  base::system_random(bytes.data(), bytes.size());
  return hex(bytes.data(), bytes.size()).substr(0, digits);
}

}  // namespace corral::acl
