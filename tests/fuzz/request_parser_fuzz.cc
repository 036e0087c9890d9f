// Fuzz target of the request parser. Byte 0 of the input chooses limits, byte 1 how the rest is cut into pieces.
// Threading: none.
// See: README.md of this folder.
#include <memory>
#include <string>
#include <vector>

#include "protocol/request_parser.h"
#include "tests/fuzz/property.h"

namespace corral::fuzz {
namespace {

using protocol::Bytes;
using protocol::ParseLimits;
using protocol::ParseStatus;
using Arguments = std::vector<std::string>;

struct Outcome {
  std::vector<Arguments> requests;
  std::string error;
  size_t rest = 0;  // bytes not consumed when there was no error
  bool operator==(const Outcome&) const = default;
};

// Bytes in memory that ends where they end, so that the sanitizer sees every read past them; it moves with each append.
class Memory {
 public:
  void append(Bytes more) {
    const Bytes old = bytes();
    auto data = std::make_unique<char[]>(old.size() + more.size());
    std::copy(more.begin(), more.end(), std::copy(old.begin(), old.end(), data.get()));
    data_ = std::move(data);
    size_ = old.size() + more.size();
    start_ = 0;
  }
  void consume(size_t n) { start_ += n; }
  Bytes bytes() const { return {data_.get() + start_, size_ - start_}; }

 private:
  std::unique_ptr<char[]> data_;
  size_t size_ = 0;
  size_t start_ = 0;
};

void check_result(const protocol::RequestParser& parser, const protocol::RequestParser::Result& result, Bytes have,
                  const std::vector<Bytes>& arguments, Bytes input) {
  require(arguments.at(0) == "before", "earlier arguments stay", input);
  if (result.status == ParseStatus::kRequest) {
    require(result.consumed > 0 && result.consumed <= have.size(), "consumed lies in the input", input);
    return;
  }
  require(arguments.size() == 1, "no arguments without a request", input);
  if (result.status == ParseStatus::kNeedMore) {
    require(parser.wanted() == 0 || parser.wanted() > have.size(), "wanted is more than there is", input);
  } else {
    require(parser.error().starts_with("ERR Protocol error: "), "an error has a text", input);
  }
}

Outcome parse(const std::vector<Bytes>& pieces, const ParseLimits& limits, Bytes input) {
  protocol::RequestParser parser;
  Memory memory;
  Outcome outcome;
  std::vector<Bytes> arguments;
  arguments.reserve(64);  // with room whole requests take the parser's short path
  for (const Bytes piece : pieces) {
    memory.append(piece);
    for (;;) {
      arguments.assign(1, "before");
      const size_t wanted = parser.wanted();
      const auto result = parser.parse(memory.bytes(), limits, arguments);
      check_result(parser, result, memory.bytes(), arguments, input);
      require(result.status == ParseStatus::kNeedMore || wanted <= memory.bytes().size(), "wanted is no guess", input);
      if (result.status == ParseStatus::kError) {
        outcome.error = parser.error();
        return outcome;
      }
      if (result.status == ParseStatus::kNeedMore) break;
      // Copying reads every view to its end.
      outcome.requests.emplace_back(arguments.begin() + 1, arguments.end());
      memory.consume(result.consumed);
    }
  }
  outcome.rest = memory.bytes().size();
  return outcome;
}

std::string encode(const Arguments& arguments) {
  std::string out("*");
  out.append(std::to_string(arguments.size())).append("\r\n");
  for (const std::string& argument : arguments) {
    out.append("$").append(std::to_string(argument.size())).append("\r\n").append(argument).append("\r\n");
  }
  return out;
}

// What was read, written as plain arrays, reads as the same.
void check_round_trip(const Outcome& outcome, Bytes input) {
  Outcome expected;
  std::string encoded;
  for (const Arguments& arguments : outcome.requests) {
    if (arguments.empty()) continue;
    encoded += encode(arguments);
    expected.requests.push_back(arguments);
  }
  require(parse({encoded}, {}, input) == expected, "arguments survive a round trip", input);
}

}  // namespace
}  // namespace corral::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corral::fuzz;
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view stream = input.substr(2);
  corral::protocol::ParseLimits limits;
  limits.authenticated = (data[0] & 1) == 0;
  if (data[0] & 2) limits.max_bulk_bytes = 40;

  const Outcome whole = parse({stream}, limits, input);
  Dice dice(data[1]);
  require(parse(random_pieces(stream, dice), limits, input) == whole, "pieces give the same as the whole", input);
  check_round_trip(whole, input);
  return 0;
}
