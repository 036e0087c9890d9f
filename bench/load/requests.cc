// Building of request batches for RESP and both memcached protocols.
// Threading: one thread.
// See: bench/load/requests.h
#include "bench/load/requests.h"

#include <array>

namespace corral::bench {
namespace {

constexpr std::string_view kKeyPrefix = "key:";
constexpr size_t kMgetKeys = 10;
constexpr size_t kMixedBatches = 10;
// INCR counts on from here, so that a counter keeps ten digits however long the run is.
constexpr std::string_view kCounterStart = "1000000000";

// Every pair of digits, so that a number is written two digits at a time.
constexpr std::array<char, 200> digit_pairs() {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}

// Overwrites digits leftwards from `end`; `digits` of them are already there and hold decimals.
void overwrite_decimal(char* end, uint64_t number, size_t digits) {
  static constexpr std::array<char, 200> kPairs = digit_pairs();
  while (digits >= 2) {
    const size_t pair = static_cast<size_t>(number % 100) * 2;
    number /= 100;
    end -= 2;
    end[0] = kPairs[pair];
    end[1] = kPairs[pair + 1];
    digits -= 2;
  }
  if (digits == 1) *--end = static_cast<char>('0' + number % 10);
}

size_t digits_of(uint64_t number) {
  size_t digits = 1;
  for (; number >= 10; number /= 10) ++digits;
  return digits;
}

std::string make_value(size_t size) {
  std::string value(size, ' ');
  for (size_t i = 0; i < size; ++i) value[i] = static_cast<char>('a' + (i * 7 + i / 26) % 26);
  return value;
}

// A key of the wanted length whose trailing digits are zeros to be overwritten.
std::string blank_key(const Options& options) {
  return std::string(kKeyPrefix) + std::string(options.key_bytes - kKeyPrefix.size(), '0');
}

void append_bulk(std::string& out, std::string_view text) {
  out.append("$").append(std::to_string(text.size())).append("\r\n").append(text).append("\r\n");
}

void append_resp_key(Batch& batch, const std::string& key) {
  append_bulk(batch.bytes, key);
  batch.key_ends.push_back(batch.bytes.size() - 2);
}

void append_resp_set(Batch& batch, const Options& options, const std::string& key, const std::string& value) {
  const bool expires = options.expire_at_ms != 0;
  batch.bytes += expires ? "*5\r\n" : "*3\r\n";
  append_bulk(batch.bytes, "SET");
  append_resp_key(batch, key);
  append_bulk(batch.bytes, value);
  if (expires) {
    append_bulk(batch.bytes, "PXAT");
    append_bulk(batch.bytes, std::to_string(options.expire_at_ms));
    batch.expiry_ends.push_back(batch.bytes.size() - 2);
  }
}

void append_resp(Batch& batch, const Options& options, Command command, const std::string& key,
                 const std::string& value) {
  switch (command) {
    case Command::kPing:
      batch.bytes += "*1\r\n$4\r\nPING\r\n";
      return;
    case Command::kSet:
      append_resp_set(batch, options, key, value);
      return;
    case Command::kSetex:
      batch.bytes += "*4\r\n$5\r\nSETEX\r\n";
      append_resp_key(batch, key);
      append_bulk(batch.bytes, std::to_string(options.ttl_s));
      append_bulk(batch.bytes, value);
      return;
    case Command::kMget10:
      batch.bytes += "*11\r\n$4\r\nMGET\r\n";
      for (size_t i = 0; i < kMgetKeys; ++i) append_resp_key(batch, key);
      return;
    case Command::kDel:
      batch.bytes += "*2\r\n$3\r\nDEL\r\n";
      break;
    case Command::kIncr:
      batch.bytes += "*2\r\n$4\r\nINCR\r\n";
      break;
    case Command::kGet:
    case Command::kMixed:
      batch.bytes += "*2\r\n$3\r\nGET\r\n";
      break;
  }
  append_resp_key(batch, key);
}

// `before` key `after`, the key being one to overwrite.
void append_line(Batch& batch, std::string_view before, const std::string& key, std::string_view after) {
  batch.bytes.append(before).append(key);
  batch.key_ends.push_back(batch.bytes.size());
  batch.bytes.append(after);
}

void append_meta(Batch& batch, const Options& options, Command command, const std::string& key,
                 const std::string& value) {
  const std::string size = std::to_string(value.size());
  switch (command) {
    case Command::kPing:
      batch.bytes += "mn\r\n";
      return;
    case Command::kSet:
      append_line(batch, "ms ", key, " " + size + "\r\n" + value + "\r\n");
      return;
    case Command::kSetex:
      append_line(batch, "ms ", key,
                  " " + size + " T" + std::to_string(options.ttl_s) + "\r\n" + value + "\r\n");
      return;
    case Command::kDel:
      append_line(batch, "md ", key, "\r\n");
      return;
    case Command::kIncr:
      append_line(batch, "ma ", key, " v\r\n");
      return;
    case Command::kGet:
    case Command::kMget10:
    case Command::kMixed:
      append_line(batch, "mg ", key, " v\r\n");
      return;
  }
}

void append_text(Batch& batch, const Options& options, Command command, const std::string& key,
                 const std::string& value) {
  const std::string size = std::to_string(value.size());
  switch (command) {
    case Command::kPing:
      batch.bytes += "version\r\n";
      return;
    case Command::kSet:
    case Command::kSetex: {
      const std::string ttl = command == Command::kSetex ? std::to_string(options.ttl_s) : "0";
      append_line(batch, "set ", key, " 0 " + ttl + " " + size + "\r\n" + value + "\r\n");
      return;
    }
    case Command::kDel:
      append_line(batch, "delete ", key, "\r\n");
      return;
    case Command::kIncr:
      append_line(batch, "incr ", key, " 1\r\n");
      return;
    case Command::kMget10:
      batch.bytes += "get";
      for (size_t i = 0; i < kMgetKeys; ++i) append_line(batch, " ", key, "");
      batch.bytes += "\r\n";
      return;
    case Command::kGet:
    case Command::kMixed:
      append_line(batch, "get ", key, "\r\n");
      return;
  }
}

// The one right answer, or nothing where it depends on the key or on what happened before.
std::string make_expected(Protocol protocol, Command command, const std::string& value) {
  const bool is_set = command == Command::kSet || command == Command::kSetex;
  const std::string size = std::to_string(value.size());
  if (protocol == Protocol::kResp) {
    if (command == Command::kPing) return "+PONG\r\n";
    if (is_set) return "+OK\r\n";
    const std::string bulk = "$" + size + "\r\n" + value + "\r\n";
    if (command == Command::kGet) return bulk;
    if (command != Command::kMget10) return "";
    std::string all = "*10\r\n";
    for (size_t i = 0; i < kMgetKeys; ++i) all += bulk;
    return all;
  }
  if (protocol == Protocol::kMemcachedMeta) {
    if (command == Command::kPing) return "MN\r\n";
    if (is_set) return "HD\r\n";
    return command == Command::kGet ? "VA " + size + "\r\n" + value + "\r\n" : "";
  }
  return is_set ? "STORED\r\n" : "";
}

}  // namespace

KeyPicker::KeyPicker(uint64_t seed, uint64_t first_key, uint64_t keys, KeyOrder order)
    : state_(seed * 0x9e3779b97f4a7c15ULL | 1), first_key_(first_key), keys_(keys), order_(order) {}

Requests::Requests(const Options& options)
    : options_(options),
      picker_(options.seed, options.first_key, options.keys,
              options.mode == Mode::kPreload ? KeyOrder::kSequential : options.order),
      value_(make_value(options.value_bytes)),
      key_digits_(digits_of(options.first_key + options.keys - 1)) {
  Command command = options.command;
  if (options.mode == Mode::kPreload) {
    if (command == Command::kIncr) value_ = kCounterStart;
    if (command != Command::kSetex) command = Command::kSet;
  }
  const bool mixed = command == Command::kMixed;
  if (!mixed) expected_reply_ = make_expected(options.protocol, command, value_);
  batches_.resize(mixed ? kMixedBatches : 1);
  size_t request = 0;
  for (Batch& batch : batches_) {
    for (uint32_t i = 0; i < options.pipeline; ++i) {
      if (mixed) {
        append_request(batch, request % 10 == 9 ? Command::kSet : Command::kGet);
      } else {
        append_request(batch, command);
      }
      ++request;
    }
  }
}

void Requests::append_request(Batch& batch, Command command) {
  const std::string key = blank_key(options_);
  switch (options_.protocol) {
    case Protocol::kResp:
      append_resp(batch, options_, command, key, value_);
      break;
    case Protocol::kMemcachedMeta:
      append_meta(batch, options_, command, key, value_);
      break;
    case Protocol::kMemcachedText:
      append_text(batch, options_, command, key, value_);
      break;
  }
  batch.expected += make_expected(options_.protocol, command, value_);
}

const Batch& Requests::next() {
  Batch& batch = batches_[turn_];
  if (++turn_ == batches_.size()) turn_ = 0;
  const size_t expiry_digits = digits_of(options_.expire_at_ms);
  for (size_t i = 0; i < batch.key_ends.size(); ++i) {
    const uint64_t key = picker_.next();
    overwrite_decimal(batch.bytes.data() + batch.key_ends[i], key, key_digits_);
    if (!batch.expiry_ends.empty()) {
      const uint64_t spread = options_.expire_span_ms == 0 ? 0 : key % options_.expire_span_ms;
      overwrite_decimal(batch.bytes.data() + batch.expiry_ends[i], options_.expire_at_ms + spread,
                        expiry_digits);
    }
  }
  return batch;
}

}  // namespace corral::bench
