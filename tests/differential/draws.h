// What the arguments of every family are drawn from.
// Threading: pure functions of the generator.
// See: README.md of this folder, "Grammar".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/random.h"

namespace corral::differential {

/// A kind of argument: its name in the rows, and what makes one.
struct Pool {
  std::string_view name;
  std::string (*make)(base::Random&);
};

/// A share of numbers is wrong: 1 in kWrongNumberOneIn.
constexpr uint64_t kWrongNumberOneIn = 12;

const std::string& pick(base::Random& random, std::span<const std::string> pool);
/// What is no number, or none that fits.
const std::vector<std::string>& bad_numbers();
/// Now and then a bad one.
std::string integer(base::Random& random);
std::string real(base::Random& random);

/// Elements, fields, members, scores, places and identifiers of the containers.
std::span<const Pool> container_pools();

}  // namespace corral::differential
