// Fuzz target of dumped values: what is accepted can be read whole, copied, written, read again, and freed in steps.
// Threading: none.
// See: README.md of this folder; server/rdb/README.md.
#include <string_view>

#include "server/rdb/payload.h"
#include "tests/fuzz/property.h"
#include "tests/server/rdb/contents.h"

namespace corral::fuzz {
namespace {

// The first byte of an input says how soon containers become large.
types::Thresholds thresholds_of(uint8_t dice) {
  types::Thresholds thresholds;
  thresholds.hash_max_listpack_entries = thresholds.zset_max_listpack_entries = dice & 3;
  thresholds.set_max_intset_entries = thresholds.set_max_listpack_entries = dice >> 2 & 3;
  if ((dice & 0x10) != 0) thresholds.list_max_listpack_size = 2;
  return thresholds;
}

void check(std::string_view bytes, const rdb::Settings& settings, std::string_view input) {
  const auto value = rdb::restore(bytes, settings);
  if (!value) return;
  if (value->container == nullptr) {
    const std::string payload = rdb::dump(value->text);
    const auto whole = rdb::verified(payload);
    require(whole.has_value(), "a footer that is written is good", input);
    const auto again = rdb::restore(*whole, settings);
    require(again && again->container == nullptr && again->text == value->text, "a string reads back", input);
    return;
  }
  types::Value& container = *value->container;
  require(container.size() > 0 || container.type() == types::ValueType::kStream, "no empty container", input);
  const std::string contents = rdb::Contents::of(container);
  require(rdb::Contents::of(*container.clone()) == contents, "a copy holds the same", input);
  const std::string payload = rdb::dump(container, settings.thresholds, 0);
  const auto whole = rdb::verified(payload);
  require(whole.has_value(), "a footer that is written is good", input);
  const auto again = rdb::restore(*whole, settings);
  require(again && again->container != nullptr && rdb::Contents::of(*again->container) == contents,
          "a container reads back", input);
  while (container.discard(3) > 0) {
  }
}

}  // namespace
}  // namespace corral::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corral;
  if (size == 0) return 0;
  static const base::HashSecret secret = base::HashSecret::from_seed(1);
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const types::Thresholds thresholds = fuzz::thresholds_of(data[0]);
  // The footer is left out: no mutation would get past it.
  fuzz::check(input.substr(1), {secret, thresholds, 0}, input);
  return 0;
}
