// Fuzz target of the reply reader. Byte 0 of the input chooses how the rest is cut into pieces.
// Threading: none.
// See: README.md of this folder.
#include <string>
#include <vector>

#include "protocol/reply_reader.h"
#include "protocol/reply_writer.h"
#include "tests/fuzz/property.h"
#include "tests/support/reply_encoding.h"

namespace corral::fuzz {
namespace {

using protocol::Bytes;
using protocol::Reply;
using protocol::ReplyKind;

constexpr int64_t kMaxBulkBytes = 500;

struct Outcome {
  std::vector<Reply> replies;
  std::string encoded;  // of all replies
  std::string error;
  bool operator==(const Outcome&) const = default;
};

Outcome read(const std::vector<Bytes>& pieces) {
  protocol::ReplyReader reader(kMaxBulkBytes);
  Outcome outcome;
  for (const Bytes piece : pieces) {
    reader.feed(piece);
    while (auto reply = reader.next()) {
      outcome.replies.push_back(std::move(*reply));
      outcome.encoded += reader.last_encoded();
    }
  }
  outcome.error = reader.error();
  return outcome;
}

// Reply as it comes back after being written in RESP3: there is one null, and errors are one line.
Reply rewritten(Reply reply) {
  if (reply.kind == ReplyKind::kNullArray) reply.kind = ReplyKind::kNull;
  if (reply.kind == ReplyKind::kError) std::replace(reply.text.begin(), reply.text.end(), '\r', ' ');
  for (Reply& element : reply.elements) element = rewritten(std::move(element));
  return reply;
}

void check_round_trip(const std::vector<Reply>& replies, Bytes input) {
  protocol::ReplyBuffer buffer;
  protocol::ReplyWriter writer(buffer, 3);
  std::vector<Reply> expected;
  for (const Reply& reply : replies) {
    test_support::write_reply(reply, writer);
    expected.push_back(rewritten(reply));
    require(!reply.describe().empty(), "a reply has a description", input);
  }
  const std::string bytes = test_support::bytes_of(buffer);
  require(bytes.size() == buffer.size(), "the pieces are the whole buffer", input);
  const Outcome again = read({bytes});
  require(again.replies == expected && again.error.empty(), "replies survive a round trip", input);
}

}  // namespace
}  // namespace corral::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corral::fuzz;
  if (size < 1) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view stream = input.substr(1);
  const Outcome whole = read({stream});
  Dice dice(data[0]);
  require(read(random_pieces(stream, dice)) == whole, "pieces give the same as the whole", input);
  require(stream.starts_with(whole.encoded), "replies cover the stream without gaps", input);
  check_round_trip(whole.replies, input);
  return 0;
}
