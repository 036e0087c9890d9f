// Passwords as users keep them: SHA-256 in 64 lower-case hexadecimal digits.
// Threading: pure functions.
// See: README.md of this folder.
#pragma once

#include <string>
#include <string_view>

namespace corral::acl {

std::string hash_password(std::string_view password);
/// Whether it has the form of what hash_password() gives.
bool is_password_hash(std::string_view text);
/// Looks at every byte whatever it finds, so that the time tells nothing. Both must be hashes.
bool same_hash(std::string_view a, std::string_view b);
/// `bits` of the kernel's randomness, rounded up to hexadecimal digits.
std::string random_password(int64_t bits);

}  // namespace corral::acl
