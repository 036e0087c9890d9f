// Eviction: a sample of two buckets, and who of it goes.
// Threading: see table.h.
// See: README.md of this folder, "Eviction".
#include <algorithm>
#include <bit>

#include "server/base/check.h"
#include "server/base/prefetch.h"
#include "server/store/table.h"

namespace corral::store {

struct Table::Candidate {
  Index::Place place;
  explicit operator bool() const { return static_cast<bool>(place); }
  Slot& slot() const { return place.word(); }
  Entry* entry() const { return place.entry(); }
};

struct Table::Candidates {
  Candidate at[4 * Bucket::kSlots];  // two buckets, and two more if need be
  uint32_t count = 0;
  void add(Bucket* bucket, bool only_volatile) {
    if (bucket == nullptr) return;
    for (uint64_t set = bucket->occupied(); set != 0; set &= set - 1) {
      const uint32_t i = Bucket::first_of(set);
      if (only_volatile && (bucket->slots[i] & kExpiryBit) == 0) continue;
      at[count++] = {{bucket, i}};
    }
  }
  const Candidate* begin() const { return at; }
  const Candidate* end() const { return at + count; }
};

namespace {

constexpr int kSamples = 16;        // until one has something eligible
constexpr double kMostProbation = 0.9;
constexpr double kMainWeight = 4;   // few are evicted from the main part, so one of them that is missed says more
constexpr int kWalkedRanges = 128;  // then the table is walked this far

struct PolicyTraits {
  bool only_volatile;
  bool by_access;  // age is the time of the last access, else of the insertion
};

PolicyTraits traits_of(EvictionPolicy policy) {
  switch (policy) {
    case EvictionPolicy::kAllkeysCorral:
      return {false, false};
    case EvictionPolicy::kVolatileCorral:
      return {true, false};
    case EvictionPolicy::kVolatileLru:
    case EvictionPolicy::kVolatileLfu:
    case EvictionPolicy::kVolatileRandom:
    case EvictionPolicy::kVolatileTtl:
      return {true, true};
    case EvictionPolicy::kAllkeysLru:
    case EvictionPolicy::kAllkeysLfu:
    case EvictionPolicy::kAllkeysRandom:
    case EvictionPolicy::kNoEviction:
      break;
  }
  return {false, true};
}

uint32_t frequency_of(Slot slot) {
  return static_cast<uint32_t>((slot & kFrequencyMask) >> kFrequencyShift);
}

bool is_stale(const Entry& entry, int64_t now_ms) {
  if (!entry.has_extension()) return false;
  const Extension extension = entry.extension();
  const bool soft_over = extension.soft_ms != kNoExpiry && extension.soft_ms <= now_ms;
  const bool nominal_over = extension.nominal_ms != kNoExpiry && extension.nominal_ms <= now_ms;
  return extension.stale || (soft_over && nominal_over);
}

}  // namespace

bool Table::evict_one(EvictionPolicy policy, int64_t now_ms, base::Random& random, Gone gone, void* context) {
  if (policy == EvictionPolicy::kNoEviction || size() == 0) return false;
  const PolicyTraits traits = traits_of(policy);
  if (traits.only_volatile && expires_ == 0) return false;
  age_.set_order(traits.by_access);
  Candidates sample;
  gather(sample, traits.only_volatile, random);
  if (sample.count == 0) return false;
  if (take_dead(sample, now_ms, gone, context)) return true;
  take(choose(policy, sample, random), metrics::MissCause::kEvicted, gone, context);
  return true;
}

void Table::gather(Candidates& out, bool only_volatile, base::Random& random) const {
  for (int i = 0; i < kSamples && out.count == 0; ++i) {
    const Index::Sample sample = index_.sample(random);
    out.add(sample.bucket[0], only_volatile);
    out.add(sample.bucket[1], only_volatile);
  }
  auto at = static_cast<uint32_t>(random.next());
  for (int i = 0; i < kWalkedRanges && out.count == 0; ++i) {
    Index::Range range = index_.range_at(at);
    while (range.segment_live == 0) range = index_.range_at(static_cast<uint32_t>(range.segment_end));
    Index::for_each_in(range, [&](Index::Place place) {
      if (!only_volatile || (place.word() & kExpiryBit) != 0) out.at[out.count++] = {place};
      return out.count < 2 * Bucket::kSlots;
    });
    at = static_cast<uint32_t>(range.end);  // behind the last range comes the first
  }
  for (const Candidate& candidate : out) age_.pull_up(candidate.slot());
}

void Table::take(const Candidate& victim, metrics::MissCause why, Gone gone, void* context) {
  const uint64_t hash = index_.hash_of(victim.entry());
  if (gone != nullptr) gone(context, *victim.entry(), hash);
  remove(victim.place, hash, why);
}

// Expired entries go first, then stale ones: nobody misses them.
bool Table::take_dead(const Candidates& sample, int64_t now_ms, Gone gone, void* context) {
  constexpr Slot kMarked = kExpiryBit | kExtensionBit;
  bool any = false;
  for (const Candidate& candidate : sample) {
    if ((candidate.slot() & kMarked) == 0) continue;
    base::prefetch(candidate.entry());
    any = true;
  }
  if (!any) return false;
  for (const Candidate& candidate : sample) {
    if ((candidate.slot() & kExpiryBit) == 0 || candidate.entry()->expiry_ms() > now_ms) continue;
    take(candidate, metrics::MissCause::kExpired, gone, context);
    return true;
  }
  for (const Candidate& candidate : sample) {
    if ((candidate.slot() & kExtensionBit) == 0 || !is_stale(*candidate.entry(), now_ms)) continue;
    take(candidate, metrics::MissCause::kEvicted, gone, context);
    return true;
  }
  return false;
}

Table::Candidate Table::choose(EvictionPolicy policy, Candidates& sample, base::Random& random) {
  // Equal ranks are resolved by chance, or the first slots of a bucket would never stay.
  std::swap(sample.at[0], sample.at[random.below(sample.count)]);
  const auto largest = [&sample](auto rank) {
    Candidate best = sample.at[0];
    int64_t best_rank = rank(best);
    for (uint32_t i = 1; i < sample.count; ++i) {
      const int64_t its = rank(sample.at[i]);
      if (its > best_rank) {
        best = sample.at[i];
        best_rank = its;
      }
    }
    return best;
  };
  switch (policy) {
    case EvictionPolicy::kAllkeysLru:
    case EvictionPolicy::kVolatileLru:
      return largest([this](const Candidate& c) { return int64_t{age_.age_of(c.slot())}; });
    case EvictionPolicy::kAllkeysLfu:
    case EvictionPolicy::kVolatileLfu: {
      // Who was not read for a quarter of the table's turnover loses one of its reads.
      for (const Candidate& c : sample) {
        if (age_.age_of(c.slot()) < 4 || frequency_of(c.slot()) == 0) continue;
        c.slot() -= kFrequencyOne;
        age_.renew(c.slot());
      }
      return largest([this](const Candidate& c) {
        return int64_t{3 - frequency_of(c.slot())} * 32 + age_.age_of(c.slot());
      });
    }
    case EvictionPolicy::kVolatileTtl:
      return largest([](const Candidate& c) { return -c.entry()->expiry_ms(); });
    case EvictionPolicy::kAllkeysRandom:
    case EvictionPolicy::kVolatileRandom:
    case EvictionPolicy::kNoEviction:
      return sample.at[0];
    case EvictionPolicy::kAllkeysCorral:
    case EvictionPolicy::kVolatileCorral:
      break;
  }
  Candidate victim = choose_by_cost(sample);
  if (!victim) victim = choose_corral(sample, traits_of(policy).only_volatile, random);
  ghosts_.remember(index_.hash_of(victim.entry()), (victim.slot() & kMainBit) != 0, size());
  return victim;
}

// S3-FIFO on a sample: newcomers are on probation, a tenth of the entries at least; who is read there moves to the main part, who is not goes and is
// remembered. In the main part reads buy another round.
Table::Candidate Table::choose_corral(Candidates& sample, bool only_volatile, base::Random& random) {
  bool widened = false;
  while (true) {
    const auto on_probation = static_cast<double>(size() - main_count_);
    const bool from_probation = on_probation > probation_share_ * static_cast<double>(size());
    Candidate oldest;
    bool oldest_fits = false;
    for (const Candidate& c : sample) {
      const bool fits = ((c.slot() & kMainBit) == 0) == from_probation;
      if (oldest && (oldest_fits && !fits)) continue;
      if (oldest && oldest_fits == fits && age_.age_of(c.slot()) <= age_.age_of(oldest.slot())) continue;
      oldest = c;
      oldest_fits = fits;
    }
    if (!oldest_fits && !widened) {
      // Nobody of the part that has to give: look at two buckets more before the other part pays.
      widened = true;
      const Index::Sample more = index_.sample(random);
      sample.add(more.bucket[0], only_volatile);
      sample.add(more.bucket[1], only_volatile);
      for (const Candidate& c : sample) age_.pull_up(c.slot());
      continue;
    }
    Slot& slot = oldest.slot();
    if (frequency_of(slot) == 0) return oldest;
    if ((slot & kMainBit) == 0) {
      slot = (slot & ~kFrequencyMask) | kMainBit;
      ++main_count_;
    } else {
      slot -= kFrequencyOne;
    }
    age_.renew(slot);
  }
}

// A newcomer missed soon after it went asks for a longer probation, one missed from the main part for a shorter one:
// as in ARC, by a few entries each.
void Table::adapt_probation(GhostOf ghost) {
  const double step = 1.0 / static_cast<double>(size() + 1);
  probation_share_ += ghost == GhostOf::kProbation ? step : -kMainWeight * step;
  probation_share_ = std::clamp(probation_share_, kLeastProbation, kMostProbation);
}

// When it is known what a value cost to make: the least (reads + 1) * cost / size goes, by powers of two; a quarter of
// the table's turnover halves it. None when no cost is known.
Table::Candidate Table::choose_by_cost(const Candidates& sample) const {
  Candidate worst;
  int64_t worst_worth = INT64_MAX;
  bool known = false;
  for (const Candidate& c : sample) {
    if ((c.slot() & kExtensionBit) != 0 && c.entry()->extension().cost_log2 > 0) known = true;
  }
  if (!known) return {};
  for (const Candidate& c : sample) {
    const Entry& entry = *c.entry();
    const int64_t cost = entry.has_extension() ? entry.extension().cost_log2 : 0;
    const int64_t reads = std::bit_width(frequency_of(c.slot()) + 1);
    const int64_t size = std::bit_width(entry.memory_bytes());
    const int64_t worth = 4 * (cost + reads - size) - int64_t{age_.age_of(c.slot())};
    if (worth >= worst_worth) continue;
    worst = c;
    worst_worth = worth;
  }
  return worst;
}

Table::AccessFigures Table::access_figures(std::string_view key, uint64_t hash) const {
  const Index::Place place = index_.find(key, hash);
  if (!place) return {0, 0};
  return {static_cast<int>(frequency_of(place.word()) * 85), int64_t{age_.idle_seconds(place.word())}};
}

void Table::set_idle_seconds(std::string_view key, uint64_t hash, int64_t seconds) {
  age_.set_idle(index_.find(key, hash).word(), static_cast<uint64_t>(seconds));
}

void Table::set_frequency(std::string_view key, uint64_t hash, int frequency) {
  Slot& slot = index_.find(key, hash).word();
  const auto steps = static_cast<Slot>(std::clamp((frequency + 42) / 85, 0, 3));
  slot = (slot & ~kFrequencyMask) | steps << kFrequencyShift;
}

void Table::set_age_clock(uint32_t seconds) {
  const uint32_t before = age_.seconds();
  age_.set_seconds(seconds);
  if (size() == 0 || seconds <= before) return;
  // All buckets within eight ticks, so that no age wraps unseen.
  const uint64_t passed = std::min<uint64_t>(seconds - before, 8 * AgeClock::kTickSeconds);
  const uint64_t buckets = index_.bucket_count() * passed / (6 * AgeClock::kTickSeconds) + 1;
  sweep_ages(static_cast<uint32_t>(std::min<uint64_t>(buckets, 256)));
}

void Table::sweep_ages(uint32_t buckets) {
  for (uint32_t i = 0; i < buckets; ++i) {
    const Index::Range range = index_.range_at(sweep_position_);
    Index::for_each_in(range, [this](Index::Place place) {
      age_.pull_up(place.word());
      return true;
    });
    sweep_position_ = static_cast<uint32_t>(range.end);
  }
}

}  // namespace corral::store
