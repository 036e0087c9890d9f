// Fuzz target of after-images: what is accepted is written back to the same bytes, and its views lie inside them.
// Threading: none.
// See: README.md of this folder; server/outbox/README.md, "After-image".
#include <string>
#include <string_view>

#include "server/outbox/after_image.h"
#include "tests/fuzz/property.h"

namespace corral::fuzz {
namespace {

bool is_inside(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

}  // namespace
}  // namespace corral::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corral;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto image = outbox::decode(input);
  if (!image) return 0;
  const std::string again =
      image->is_hash ? outbox::encode_hash(image->fields) : outbox::encode_string(image->text);
  fuzz::require(again == input, "an image that reads is what is written", input);
  if (!image->is_hash) {
    fuzz::require(fuzz::is_inside(image->text, input), "the text lies inside", input);
  }
  for (const auto& [name, value] : image->fields) {
    fuzz::require(fuzz::is_inside(name, input) && fuzz::is_inside(value, input), "fields lie inside", input);
  }
  return 0;
}
