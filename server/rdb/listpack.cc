// Listpacks in and out.
// Threading: see listpack.h.
// See: listpack.h
#include "server/rdb/listpack.h"

#include <utility>

#include "server/rdb/byte_writer.h"

namespace corral::rdb {
namespace {

using types::PackedElement;

constexpr size_t kHeader = 6;  // bytes in all, elements
constexpr uint8_t kEnd = 0xFF;
constexpr uint16_t kUncounted = UINT16_MAX;

// How many bytes the length of an element takes behind it, as Redis cuts it (16,383 takes three).
size_t back_bytes(uint64_t length) {
  if (length <= 127) return 1;
  if (length < 16383) return 2;
  if (length < 2097151) return 3;
  return length < 268435455 ? 4 : 5;
}

// Seven bits a byte, the lowest last, all but the first marked.
void write_back(std::string& out, uint64_t length) {
  for (size_t left = back_bytes(length); left > 0; --left) {
    const bool first = left == back_bytes(length);
    out.push_back(static_cast<char>((length >> (7 * (left - 1)) & 0x7F) | (first ? 0 : 0x80)));
  }
}

void pack_number(std::string& out, int64_t number) {
  if (number >= 0 && number <= 127) {
    out.push_back(static_cast<char>(number));
  } else if (number >= -4096 && number <= 4095) {
    const auto bits = static_cast<uint64_t>(number) & 0x1FFF;
    out.push_back(static_cast<char>(0xC0 | bits >> 8));
    out.push_back(static_cast<char>(bits));
  } else {
    size_t bytes = 2;
    while (bytes < 8 &&
           (number >= int64_t{1} << (8 * bytes - 1) || number < -(int64_t{1} << (8 * bytes - 1)))) {
      bytes += bytes == 4 ? 4 : 1;
    }
    out.push_back(static_cast<char>(bytes == 8 ? 0xF4 : 0xF1 + bytes - 2));
    write_little(out, static_cast<uint64_t>(number), bytes);
  }
}

void pack_text(std::string& out, std::string_view text) {
  if (text.size() < 64) {
    out.push_back(static_cast<char>(0x80 | text.size()));
  } else if (text.size() < 4096) {
    out.push_back(static_cast<char>(0xE0 | text.size() >> 8));
    out.push_back(static_cast<char>(text.size()));
  } else {
    out.push_back(static_cast<char>(0xF0));
    write_little(out, text.size(), 4);
  }
  out.append(text);
}

}  // namespace

ListpackReader::ListpackReader(std::string_view block) : reader_(block) {
  const uint64_t bytes = reader_.little(4);
  announced_ = reader_.little(2);
  if (bytes != block.size()) reader_.fail();
}

PackedElement ListpackReader::number(size_t number_bytes, size_t& bytes) {
  bytes = 1 + number_bytes;
  const auto shift = static_cast<int>(64 - 8 * number_bytes);
  return PackedElement::of(static_cast<int64_t>(reader_.little(number_bytes) << shift) >> shift);
}

PackedElement ListpackReader::text(uint64_t length, size_t head, size_t& bytes) {
  bytes = head + length;
  return PackedElement::of(reader_.take(length));
}

PackedElement ListpackReader::element(uint8_t first, size_t& bytes) {
  if (first < 0x80) {
    bytes = 1;
    return PackedElement::of(int64_t{first});
  }
  if (first < 0xC0) return text(first & 0x3F, 1, bytes);
  if (first < 0xE0) {
    bytes = 2;
    const int64_t bits = (int64_t{first & 0x1F} << 8) | reader_.byte();
    return PackedElement::of(bits >= 4096 ? bits - 8192 : bits);
  }
  if (first < 0xF0) {
    const uint64_t high = uint64_t{first & 0x0FU} << 8;
    return text(high | reader_.byte(), 2, bytes);
  }
  switch (first) {
    case 0xF0:
      return text(reader_.little(4), 5, bytes);
    case 0xF1:
    case 0xF2:
    case 0xF3:
      return number(first - 0xEFU, bytes);
    case 0xF4:
      return number(8, bytes);
    default:
      reader_.fail();
      return PackedElement::of(int64_t{0});
  }
}

void ListpackReader::end() {
  complete_ = true;
  if (reader_.left() != 0 || (announced_ != kUncounted && announced_ != seen_)) reader_.fail();
}

std::optional<PackedElement> ListpackReader::next() {
  if (complete_ || failed()) return std::nullopt;
  const uint8_t first = reader_.byte();
  if (failed()) return std::nullopt;
  if (first == kEnd) {
    end();
    return std::nullopt;
  }
  size_t bytes = 0;
  const PackedElement element = this->element(first, bytes);
  if (failed()) return std::nullopt;
  std::string back;
  write_back(back, bytes);
  if (reader_.take(back.size()) != back) reader_.fail();
  ++seen_;
  return failed() ? std::nullopt : std::optional(element);
}

int64_t ListpackReader::integer() {
  const auto element = next();
  if (element && element->is_number()) return element->number();
  reader_.fail();
  return 0;
}

void ListpackWriter::append(const PackedElement& element) {
  const size_t before = body_.size();
  if (element.is_number()) {
    pack_number(body_, element.number());
  } else {
    PackedElement::Buffer unused;
    pack_text(body_, element.text(unused));
  }
  write_back(body_, body_.size() - before);
  ++count_;
}

void ListpackWriter::append_all(ListpackWriter& other) {
  body_.append(other.body_);
  count_ += other.count_;
  other = ListpackWriter();
}

std::string ListpackWriter::take() {
  std::string block;
  block.reserve(kHeader + body_.size() + 1);
  write_little(block, kHeader + body_.size() + 1, 4);
  write_little(block, count_ < kUncounted ? count_ : kUncounted, 2);
  block.append(body_).push_back(static_cast<char>(kEnd));
  body_.clear();
  count_ = 0;
  return block;
}

}  // namespace corral::rdb
