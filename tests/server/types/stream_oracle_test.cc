// What a real redis-server says of a stream after the same random commands: nodes, trimming, counters, lag.
// Threading: one thread.
// See: server/types/stream_value.h.
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "server/base/random.h"
#include "server/types/stream_value.h"
#include "tests/support/raw_connection.h"
#include "tests/support/redis_server.h"

namespace corral::types {
namespace {

using protocol::Reply;
using protocol::ReplyKind;
using test_support::RawConnection;
using test_support::RedisServer;
using Request = std::vector<std::string>;

std::string text(StreamId id) {
  return std::to_string(id.ms) + "-" + std::to_string(id.sequence);
}

std::string text(std::optional<int64_t> number) {
  return number ? std::to_string(*number) : "(nil)";
}

class StreamOracle : public testing::Test {
 protected:
  Reply ask(const Request& request) {
    connection_.send(test_support::encode_request(request));
    auto reply = connection_.next();
    EXPECT_TRUE(reply) << "redis-server closed the connection";
    return reply.value_or(Reply{});
  }
  void apply(const Thresholds& thresholds) {
    ask({"CONFIG", "SET", "stream-node-max-bytes", std::to_string(thresholds.stream_node_max_bytes)});
    ask({"CONFIG", "SET", "stream-node-max-entries", std::to_string(thresholds.stream_node_max_entries)});
  }
  /// Scalar facts by name; a nested aggregate's are left out.
  static std::map<std::string, std::string> facts(const Reply& reply) {
    std::map<std::string, std::string> all;
    for (size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
      const Reply& value = reply.elements[i + 1];
      if (value.kind == ReplyKind::kInteger) all[reply.elements[i].text] = std::to_string(value.integer);
      if (value.kind == ReplyKind::kBulk) all[reply.elements[i].text] = value.text;
      if (value.kind == ReplyKind::kNull) all[reply.elements[i].text] = "(nil)";
    }
    return all;
  }

  void add(base::Random& random);
  void erase(base::Random& random);
  void trim(base::Random& random);
  void read(base::Random& random);
  void set_back(base::Random& random);
  void set_id(base::Random& random);
  void compare();

  void start() {
    ask({"DEL", "s"});
    stream_ = std::make_unique<StreamValue>();
    next_ms_ = 1;
  }
  StreamId some_id(base::Random& random) { return {random.below(stream_->last_id().ms + 3), 0}; }
  StreamGroup* group(base::Random& random) {
    return stream_->groups().find(random.below(2) == 0 ? "g1" : "g2");
  }

  RedisServer server_;
  RawConnection connection_ = RawConnection::to_unix(server_.socket_path());
  std::unique_ptr<StreamValue> stream_;
  Thresholds thresholds_;
  uint64_t next_ms_ = 1;
};

void StreamOracle::add(base::Random& random) {
  const StreamId id{next_ms_, random.below(3) == 0 ? random.next() >> random.below(64) : 0};
  next_ms_ += 1 + random.below(2) * (random.next() >> (40 + random.below(24)));
  Request request = {"XADD", "s", text(id)};
  const uint64_t pairs = random.below(5) == 0 ? 3 : 2;
  for (uint64_t i = 0; i < pairs; ++i) {
    request.push_back(std::string("field") + static_cast<char>('a' + i));
    const uint64_t kind = random.below(6);
    request.push_back(kind == 0   ? std::to_string(static_cast<int64_t>(random.next() >> random.below(64)))
                      : kind == 1 ? std::to_string(-static_cast<int64_t>(random.below(9000)))
                      : kind == 2 ? std::string(random.below(300), 'x')
                                  : std::string(random.below(12), 'y'));
  }
  if (stream_->last_id() >= id) return;
  ASSERT_EQ(ask(request).text, text(id));
  const std::vector<std::string_view> fields(request.begin() + 3, request.end());
  stream_->append(id, fields, thresholds_);
}

void StreamOracle::erase(base::Random& random) {
  // Mostly from the ends, where the counters' rules are.
  StreamIterator entries(*stream_, random.below(3) == 0 ? some_id(random) : StreamId::min(), StreamId::max(),
                         random.below(3) == 0);
  if (!entries.next()) return;
  const StreamId id = entries.id();
  ASSERT_EQ(ask({"XDEL", "s", text(id)}).integer, 1);
  ASSERT_TRUE(stream_->erase(id));
}

void StreamOracle::trim(base::Random& random) {
  StreamTrim trim;
  trim.approximate = random.below(2) == 0;
  Request request = {"XTRIM", "s"};
  if (random.below(2) == 0) {
    trim.max_length = stream_->size() - random.below(std::min<uint64_t>(stream_->size(), 30) + 1);
    request.insert(request.end(), {"MAXLEN", trim.approximate ? "~" : "=", std::to_string(trim.max_length)});
  } else {
    trim.kind = StreamTrim::Kind::kMinId;
    trim.min_id = stream_->first_id();
    trim.min_id.ms += random.below(40);
    request.insert(request.end(), {"MINID", trim.approximate ? "~" : "=", text(trim.min_id)});
  }
  if (trim.approximate) {
    trim.limit = 100 * thresholds_.stream_node_max_entries;
    if (random.below(2) == 0) trim.limit = static_cast<int64_t>(random.below(30));
    request.insert(request.end(), {"LIMIT", std::to_string(trim.limit)});
  }
  ASSERT_EQ(ask(request).integer, static_cast<int64_t>(stream_->trim(trim)));
}

void StreamOracle::read(base::Random& random) {
  StreamGroup* const group = this->group(random);
  if (group == nullptr) return;
  const uint64_t count = 1 + random.below(5);
  ask({"XREADGROUP", "GROUP", std::string(group->name()), "c", "COUNT", std::to_string(count), "STREAMS", "s",
       ">"});
  StreamConsumer* consumer = group->find_consumer("c");
  if (consumer == nullptr) consumer = &group->add_consumer("c", 0);
  const auto start = group->last_id.next();
  if (!start) return;
  StreamIterator entries(*stream_, *start, StreamId::max());
  for (uint64_t i = 0; i < count && entries.next(); ++i) {
    stream_->advance(*group, entries.id());
    group->deliver(entries.id(), *consumer, 0);
  }
}

void StreamOracle::set_back(base::Random& random) {
  StreamGroup* const group = this->group(random);
  const StreamId id = random.below(4) == 0 ? stream_->last_id() : some_id(random);
  if (group == nullptr) {
    const std::string name = random.below(2) == 0 ? "g1" : "g2";
    if (stream_->groups().find(name) != nullptr) return;
    ask({"XGROUP", "CREATE", "s", name, text(id), "MKSTREAM"});
    stream_->groups().add(name, id, StreamGroup::kUnknown);
    return;
  }
  group->last_id = id;
  Request request = {"XGROUP", "SETID", "s", std::string(group->name()), text(id)};
  group->entries_read = random.below(2) == 0 ? StreamGroup::kUnknown : static_cast<int64_t>(random.below(50));
  request.insert(request.end(), {"ENTRIESREAD", std::to_string(group->entries_read)});
  ASSERT_EQ(ask(request).text, "OK");
}

void StreamOracle::set_id(base::Random& random) {
  if (stream_->entries_added() == 0) return;
  const StreamId last{stream_->last_id().ms + random.below(3), UINT64_MAX};
  const uint64_t added = stream_->entries_added() + random.below(3);
  const StreamId deleted = stream_->max_deleted_id();
  // "0-0" means that the option was not given.
  const Request request = {"XSETID",       "s",          text(last), "ENTRIESADDED", std::to_string(added),
                           "MAXDELETEDID", text(deleted)};
  ASSERT_EQ(ask(request).text, "OK");
  stream_->set_last_id(last);
  stream_->set_entries_added(added);
  next_ms_ = last.ms + 1;
}

void StreamOracle::compare() {
  auto info = facts(ask({"XINFO", "STREAM", "s"}));
  if (info.empty()) return;  // no key yet
  ASSERT_EQ(info["length"], std::to_string(stream_->size()));
  ASSERT_EQ(info["radix-tree-keys"], std::to_string(stream_->nodes()));
  ASSERT_EQ(info["last-generated-id"], text(stream_->last_id()));
  ASSERT_EQ(info["max-deleted-entry-id"], text(stream_->max_deleted_id()));
  ASSERT_EQ(info["entries-added"], std::to_string(stream_->entries_added()));
  ASSERT_EQ(info["recorded-first-entry-id"], text(stream_->first_id()));
  const Reply groups = ask({"XINFO", "GROUPS", "s"});
  ASSERT_EQ(groups.elements.size(), stream_->groups().all().size());
  size_t index = 0;
  for (auto walk = stream_->groups().all().first(); walk; walk.next()) {
    const StreamGroup& group = **walk;
    auto known = facts(groups.elements[index++]);
    ASSERT_EQ(known["name"], group.name());
    ASSERT_EQ(known["pending"], std::to_string(group.pending().size()));
    ASSERT_EQ(known["last-delivered-id"], text(group.last_id));
    const bool unknown = group.entries_read == StreamGroup::kUnknown;
    ASSERT_EQ(known["entries-read"], text(unknown ? std::nullopt : std::optional(group.entries_read)));
    ASSERT_EQ(known["lag"], text(stream_->lag(group)));
  }
}

TEST_F(StreamOracle, CountersNodesAndLagAgree) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    std::cout << "seed " << seed << '\n';
    base::Random random(seed);
    thresholds_ = Thresholds();
    if (seed % 3 != 0) {
      thresholds_.stream_node_max_bytes = seed % 3 == 1 ? 4096 : static_cast<int64_t>(random.below(2000));
      thresholds_.stream_node_max_entries = static_cast<int64_t>(5 + random.below(20));
    }
    apply(thresholds_);
    start();
    const uint64_t adds = 5 + random.below(8);
    for (int step = 0; step < 800; ++step) {
      const uint64_t choice = random.below(24);
      if (choice < adds) {
        add(random);
      } else if (choice < 15) {
        erase(random);
      } else if (choice < 16) {
        trim(random);
      } else if (choice < 22) {
        read(random);
      } else if (choice < 23 || random.below(20) > 0) {
        if (random.below(3) == 0) set_back(random);
      } else {
        set_id(random);
      }
      compare();
      ASSERT_FALSE(HasFatalFailure()) << "seed " << seed << " step " << step;
    }
  }
}

}  // namespace
}  // namespace corral::types
