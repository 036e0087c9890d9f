// Making, changing and erasing entries.
// Threading: see table.h.
// See: table.h; table_walk.cc, table_expiry.cc and table_eviction.cc have the rest.
#include "server/store/table.h"

#include <algorithm>
#include <cstring>

#include "server/base/check.h"

namespace corral::store {

Table::Table(const base::HashSecret& secret, uint32_t stagger, DeferredFrees* deferred,
             int64_t* unreported_bytes)
    : account_(deferred), index_(secret, stagger, account_), stagger_(stagger), ghosts_(account_) {
  account_.add(&MemoryFigures::table, static_cast<int64_t>(size_class(sizeof(Table))));
  account_.report_to(unreported_bytes);
}

Table::~Table() {
  account_.forget_stripe();
  while (discard(SIZE_MAX) > 0) {
  }
}

Slot Table::marks_of(const EntryShape& shape) {
  return ((shape.flags & EntryLayout::kExpiryMask) != 0 ? kExpiryBit : 0) |
         ((shape.flags & EntryLayout::kExtension) != 0 ? kExtensionBit : 0);
}

void Table::set_marks(Slot& slot, const EntryShape& shape) {
  const Slot marked = (slot & ~(kExpiryBit | kExtensionBit)) | marks_of(shape);
  if (marked != slot) slot = marked;
}

void Table::account_for(const EntryCost& before, const EntryCost& after) {
  account_.add_entry(after.payload - before.payload, after.header - before.header,
                     after.waste - before.waste);
}

Entry* Table::put(std::string_view key, uint64_t hash, const NewValue& given, const Times& times) {
  NewValue value = given;
  if (value.bytes.size() > base::Blob::kInlineLimit && value.blob == nullptr) value.blob = base::Blob::copy_of(value.bytes);
  const Index::Place place = index_.find(key, hash);
  if (!place) return insert(key, hash, value, times);
  age_.touch(place.word());
  const bool is_inline = value.blob == nullptr && value.container == nullptr;
  if (is_inline && overwrite(place.entry(), hash, value, times)) return place.entry();
  return replace(place, hash, value, times);
}

void Table::write_value(Entry* entry, const EntryShape& shape, const NewValue& value) {
  if (value.container != nullptr) {
    EntryLayout::write_container(entry, shape, value.container);
  } else if (value.blob != nullptr) {
    EntryLayout::write_blob(entry, shape, value.blob);
  } else {
    EntryLayout::write_value(entry, shape, value.bytes);
  }
}

Entry* Table::insert(std::string_view key, uint64_t hash, const NewValue& value, const Times& times) {
  const EntryShape shape = EntryLayout::shape(key.size(), value, times);
  Entry* const entry = EntryLayout::allocate(shape);
  EntryLayout::write_header(entry, shape, times);
  if (!key.empty()) std::memcpy(EntryLayout::bytes(entry) + shape.key_offset, key.data(), key.size());
  write_value(entry, shape, value);
  Slot slot = slot_for(entry) | marks_of(shape) | age_.birth();
  const GhostOf ghost = ghosts_.recall(hash);
  if (ghost != GhostOf::kNobody) {
    slot |= kMainBit;
    ++main_count_;
    adapt_probation(ghost);
  }
  index_.insert(slot, hash);
  age_.count_insertion(index_.size());
  account_for({}, cost_of(shape, value));
  if (times.expiry_ms != kNoExpiry) track_expiry(kNoExpiry, times.expiry_ms, hash);
  if (value.container != nullptr && value.container->next_due_ms() != types::Value::kNeverDue) {
    track_fields(index_.place_of(entry, hash), hash);
  }
  return entry;
}

// The common case of replace(), kept short: a short key and value before and after, the same kind of expiry, no
// extension, the same size class. Returns false when it is something else.
bool Table::overwrite(Entry* entry, uint64_t hash, const NewValue& value, const Times& times) {
  using Layout = EntryLayout;
  // A container has kValueBlob.
  constexpr uint16_t kOther =
      Layout::kLongKey | Layout::kValueLong | Layout::kValueBlob | Layout::kExpiryLong | Layout::kExtension;
  const uint16_t flags = Layout::flags(entry);
  const size_t size = value.bytes.size();
  const bool expires = times.expiry_ms != kNoExpiry;
  if ((flags & kOther) != 0 || size > 255 || times.extension != nullptr) return false;
  if (expires != ((flags & Layout::kExpiryShort) != 0) ||
      (expires && !Layout::short_expiry(times.expiry_ms))) {
    return false;
  }
  char* const at = Layout::bytes(entry);
  const auto key_size = static_cast<uint8_t>(at[2]);
  const auto before = static_cast<uint8_t>(at[3]);
  const size_t value_offset = size_t{expires ? 9u : 4u} + key_size;
  if (before != size) {
    if (size_class(value_offset + before) != size_class(value_offset + size)) return false;
    const auto change = static_cast<int64_t>(size) - before;
    account_.add_entry(change, 0, -change);
    at[3] = static_cast<char>(size);
  }
  copy_bytes(at + value_offset, value.bytes.data(), size);
  Layout::set_flags(entry,
                    static_cast<uint16_t>((flags & ~Layout::kEncodingMask) |
                                          (static_cast<uint16_t>(value.encoding) << Layout::kEncodingShift)));
  return !expires || overwrite_expiry(entry, hash, times.expiry_ms);
}

bool Table::overwrite_expiry(Entry* entry, uint64_t hash, int64_t expiry_ms) {
  const int64_t before = entry->expiry_ms();
  if (before == expiry_ms) return true;
  EntryLayout::write_times(entry, {expiry_ms, nullptr});
  track_expiry(before, expiry_ms, hash);
  return true;
}

Entry* Table::replace(Index::Place place, uint64_t hash, const NewValue& value, const Times& times) {
  Entry* entry = place.entry();
  const EntryShape from = EntryLayout::shape_of(entry);
  const EntryShape to = EntryLayout::shape(from.key_size, value, times);
  const int64_t expiry_before = entry->expiry_ms();
  const bool inline_both = ((from.flags | to.flags) & EntryLayout::kValueBlob) == 0;
  if (inline_both && rewrite(entry, from, to, value.bytes, times)) {
    set_marks(place.word(), to);
  } else {
    base::Blob* const old_blob = entry->blob();
    types::Value* const old_container = entry->container();
    entry = renew(place, to, value, times);
    forget_fields(place);
    if (value.container != nullptr) track_fields(place, hash);
    if (old_blob != nullptr) account_.free_later(old_blob);
    if (old_container != nullptr) account_.free_later(old_container);
  }
  if (expiry_before != times.expiry_ms) track_expiry(expiry_before, times.expiry_ms, hash);
  return entry;
}

// In place, when the size class stays. Returns false when a new allocation is needed.
bool Table::rewrite(Entry* entry, const EntryShape& from, const EntryShape& to, std::string_view bytes,
                    const Times& times) {
  const size_t capacity = size_class(from.bytes());
  if (capacity != size_class(to.bytes())) return false;
  char* const at = EntryLayout::bytes(entry);
  if (from.key_offset != to.key_offset) {
    // The key moves; a value taken from the entry itself would be overwritten on the way.
    if (bytes.data() >= at && bytes.data() < at + capacity && !bytes.empty()) return false;
    std::memmove(at + to.key_offset, at + from.key_offset, from.key_size);
  }
  EntryLayout::write_value(entry, to, bytes);
  EntryLayout::write_header(entry, to, times);
  const int64_t payload = static_cast<int64_t>(to.inline_size) - from.inline_size;
  const int64_t header = static_cast<int64_t>(to.key_offset) - from.key_offset;
  if (payload != 0 || header != 0) account_.add_entry(payload, header, -payload - header);
  return true;
}

// Into a new allocation. What lies outside is adopted; what the old entry had outside is left to the caller.
Entry* Table::renew(Index::Place place, const EntryShape& shape, const NewValue& value, const Times& times) {
  Entry* const old = place.entry();
  const EntryShape old_shape = EntryLayout::shape_of(old);
  Entry* const entry = EntryLayout::allocate(shape);
  EntryLayout::write_header(entry, shape, times);
  const std::string_view key = old->key();
  if (!key.empty()) std::memcpy(EntryLayout::bytes(entry) + shape.key_offset, key.data(), key.size());
  write_value(entry, shape, value);
  account_for(EntryLayout::cost(old), cost_of(shape, value));
  EntryLayout::release(old, old_shape);
  place.word() = (place.word() & kBelowAddress) | slot_for(entry);
  set_marks(place.word(), shape);
  return entry;
}

Entry* Table::set_times(Entry* entry, uint64_t hash, const Times& times) {
  const EntryShape from = EntryLayout::shape_of(entry);
  const int64_t expiry_before = entry->expiry_ms();
  const bool outside = (from.flags & EntryLayout::kValueBlob) != 0;
  EntryShape to =
      EntryLayout::shape(from.key_size, from.inline_size, outside, entry->encoding(), times, entry->type());
  if (from.flags == to.flags && from.key_offset == to.key_offset) {
    EntryLayout::write_times(entry, times);
  } else if (size_class(from.bytes()) == size_class(to.bytes())) {
    char* const at = EntryLayout::bytes(entry);
    std::memmove(at + to.key_offset, at + from.key_offset, size_t{from.key_size} + from.inline_size);
    EntryLayout::write_header(entry, to, times);
    const int64_t header = static_cast<int64_t>(to.key_offset) - from.key_offset;
    account_.add_entry(0, header, -header);
    set_marks(index_.place_of(entry, hash).word(), to);
  } else {
    const NewValue same{outside ? std::string_view{} : entry->string(), entry->blob(), entry->encoding(), entry->container()};
    entry = renew(index_.place_of(entry, hash), to, same, times);
  }
  if (expiry_before != times.expiry_ms) track_expiry(expiry_before, times.expiry_ms, hash);
  return entry;
}

char* Table::writable_string(Entry*& entry, uint64_t hash, size_t size) {
  const Index::Place place = index_.place_of(entry, hash);
  if (entry->blob() != nullptr || size > base::Blob::kInlineLimit) {
    char* const bytes = writable_blob(place, size);
    entry = place.entry();
    return bytes;
  }
  const size_t before = entry->string().size();
  Extension extension;
  Times times{entry->expiry_ms(), nullptr};
  if (entry->has_extension()) {
    extension = entry->extension();
    times.extension = &extension;
  }
  const EntryShape from = EntryLayout::shape_of(entry);
  const EntryShape to = EntryLayout::shape(from.key_size, size, false, StringEncoding::kRaw, times);
  const std::string_view kept = entry->string().substr(0, size);
  if (size_class(from.bytes()) == size_class(to.bytes())) {
    char* const at = EntryLayout::bytes(entry);
    if (from.key_offset != to.key_offset) {
      std::memmove(at + to.key_offset, at + from.key_offset, from.key_size + kept.size());
    }
    EntryLayout::write_header(entry, to, times);
    const int64_t payload = static_cast<int64_t>(to.inline_size) - from.inline_size;
    const int64_t header = static_cast<int64_t>(to.key_offset) - from.key_offset;
    account_.add_entry(payload, header, -payload - header);
  } else {
    entry = renew(place, to, {kept}, times);
  }
  char* const bytes = EntryLayout::value_data(entry);
  if (size > before) std::memset(bytes + before, 0, size - before);
  return bytes;
}

// The string becomes a blob or is one.
char* Table::writable_blob(Index::Place place, size_t size) {
  constexpr size_t kDoubling = size_t{1} << 20;
  Entry* entry = place.entry();
  base::Blob* blob = entry->blob();
  const std::string_view old = entry->string();
  const size_t before = old.size();
  const EntryCost cost = EntryLayout::cost(entry);
  if (blob != nullptr && blob->unshared() && blob->capacity() >= size) {
    EntryLayout::set_flags(entry,
                           EntryLayout::flags(entry) & static_cast<uint16_t>(~EntryLayout::kEncodingMask));
    blob->set_size(size);
    account_for(cost, EntryLayout::cost(entry));
  } else {
    const size_t capacity = size <= before ? size : size + std::min(size, kDoubling);
    base::Blob* const fresh = base::Blob::make(size, capacity);
    std::memcpy(fresh->data(), old.data(), std::min(before, size));
    Extension extension;
    Times times{entry->expiry_ms(), nullptr};
    if (entry->has_extension()) {
      extension = entry->extension();
      times.extension = &extension;
    }
    const EntryShape to = EntryLayout::shape(entry->key().size(), size, true, StringEncoding::kRaw, times);
    renew(place, to, {{}, fresh}, times);
    if (blob != nullptr) account_.free_later(blob);
    blob = fresh;
  }
  if (size > before) std::memset(blob->data() + before, 0, size - before);
  return blob->data();
}

void Table::erase(Entry* entry, uint64_t hash, metrics::MissCause why) {
  remove(index_.place_of(entry, hash), hash, why);
}

void Table::remove(Index::Place place, uint64_t hash, metrics::MissCause why) {
  Entry* const entry = place.entry();
  unlink(place, hash, why);
  release_entry(entry);
}

// Out of the index and the expiry figures; the entry itself stays.
void Table::unlink(Index::Place place, uint64_t hash, metrics::MissCause why) {
  removals_.remember(hash, why);
  const Slot slot = place.word();
  if ((slot & kExpiryBit) != 0) track_expiry(place.entry()->expiry_ms(), kNoExpiry, hash);
  if ((slot & kMainBit) != 0) --main_count_;
  if ((slot & kFieldsBit) != 0) --with_fields_;
  index_.erase(place, hash);
}

void Table::release_entry(Entry* entry) {
  const EntryShape shape = EntryLayout::shape_of(entry);
  base::Blob* const blob = entry->blob();
  types::Value* const container = entry->container();
  account_for(EntryLayout::cost(entry), {});
  if (blob != nullptr) account_.free_later(blob);
  if (container != nullptr) account_.free_later(container);
  EntryLayout::release(entry, shape);
}

void Table::container_changed(const Entry* entry, size_t bytes_before) {
  const auto now = static_cast<int64_t>(entry->container()->memory_bytes());
  account_.add(&MemoryFigures::payload, now - static_cast<int64_t>(bytes_before));
  if (entry->container()->next_due_ms() < entry->container()->recorded_due_ms()) {
    const uint64_t hash = index_.hash_of(entry);
    track_fields(index_.place_of(entry, hash), hash);
  }
}

types::Value* Table::take_container(Entry* entry, uint64_t hash) {
  types::Value* const container = entry->container();
  const EntryShape shape = EntryLayout::shape_of(entry);
  account_for(EntryLayout::cost(entry), {});
  unlink(index_.place_of(entry, hash), hash, metrics::MissCause::kInvalidated);
  EntryLayout::release(entry, shape);
  container->record_due(types::Value::kNeverDue);
  return container;
}

}  // namespace corral::store
