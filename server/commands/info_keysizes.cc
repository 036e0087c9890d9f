// INFO keysizes: how large the keys are, in powers of two, as Redis 8.0 tells it.
// Threading: one stripe's lock at a time, for a few entries.
// See: README.md of this folder, "INFO".
#include <array>
#include <bit>

#include "server/commands/info_sections.h"

namespace corral::commands {
namespace {

using types::ValueType;

constexpr size_t kEntriesPerLock = 64;
constexpr std::array kFields = {
    std::pair{ValueType::kString, "strings_sizes"}, std::pair{ValueType::kList, "lists_items"},
    std::pair{ValueType::kSet, "sets_items"},       std::pair{ValueType::kZset, "zsets_items"},
    std::pair{ValueType::kHash, "hashes_items"},
};

/// counts[0]: size 0; counts[i]: sizes from 2^(i-1) to 2^i - 1.
using Histogram = std::array<uint64_t, 65>;

struct Sizes {
  std::array<Histogram, kFields.size()> by_type{};
  size_t seen = 0;

  static bool visit(void* context, const store::Entry& entry, uint64_t /*hash*/) {
    auto& sizes = *static_cast<Sizes*>(context);
    ++sizes.seen;
    const types::Value* const container = entry.container();
    const uint64_t size = container != nullptr ? container->size() : entry.string().size();
    for (size_t i = 0; i < kFields.size(); ++i) {
      if (kFields[i].first == entry.type()) ++sizes.by_type[i][static_cast<size_t>(std::bit_width(size))];
    }
    return true;
  }
};

void add_sizes(dispatch::CommandContext& ctx, int database, uint32_t stripe, Sizes& sizes) {
  uint32_t position = 0;
  bool done = false;
  while (!done) {
    ctx.walk(stripe, stripe + 1, [&](store::Stripe& held) {
      const store::Table* table = ctx.services().keyspace.table_if_any(held, database);
      if (table == nullptr) {
        done = true;
        return true;
      }
      for (sizes.seen = 0; !done && sizes.seen < kEntriesPerLock;) {
        const store::Table::ScanStep step = table->scan(position, Sizes::visit, &sizes);
        position = step.next;
        done = step.done;
      }
      return true;
    });
  }
}

// 2^exponent as 1, 2 … 512, 1K … 512K, 1M …
std::string power_text(size_t exponent) {
  constexpr std::string_view kUnits = " KMGTPE";
  std::string text = std::to_string(1u << exponent % 10);
  if (exponent >= 10) text += kUnits[exponent / 10];
  return text;
}

}  // namespace

void info_keysizes(InfoSource& source, InfoText& out) {
  out.section("Keysizes");
  store::Keyspace& keyspace = source.ctx.services().keyspace;
  for (int database = 0; database < keyspace.databases(); ++database) {
    if (source.data().databases[static_cast<size_t>(database)].keys == 0) continue;
    Sizes sizes;
    for (uint32_t stripe = 0; stripe < keyspace.stripe_count(); ++stripe) {
      add_sizes(source.ctx, database, stripe, sizes);
    }
    for (size_t i = 0; i < kFields.size(); ++i) {
      std::string text;
      for (size_t width = 0; width < sizes.by_type[i].size(); ++width) {
        const uint64_t count = sizes.by_type[i][width];
        if (count == 0) continue;
        if (!text.empty()) text += ',';
        text += (width == 0 ? "0" : power_text(width - 1)) + "=" + std::to_string(count);
      }
      if (text.empty()) continue;
      out.field("db" + std::to_string(database) + "_distrib_" + kFields[i].second, text);
    }
  }
}

}  // namespace corral::commands
