// Builds the parts in order of need.
// Threading: see parts.h.
// See: parts.h.
#include "server/parts.h"

#include <unistd.h>

#include "server/commands/key_uses.h"
#include "server/commands/tables.h"
#include "server/dispatch/permissions.h"

namespace corral {
namespace {

std::string hex_digits(uint64_t seed, size_t count) {
  base::Random random(seed);
  std::string text;
  for (size_t i = 0; i < count; ++i) text += "0123456789abcdef"[random.below(16)];
  return text;
}

std::string own_path() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<size_t>(length)) : std::string();
}

}  // namespace

Parts::Parts(const base::Clock& clock, base::Log& log, config::Settings& settings, config::OptionTable& options,
             const base::HashSecret& secret, uint64_t seed, uint32_t workers)
    : commands_(commands::all_tables()),
      keyspace_(secret, static_cast<uint32_t>(static_cast<int64_t>(settings.stripes)),
                static_cast<int>(static_cast<int64_t>(settings.databases))),
      budget_(keyspace_.stripe_count()),
      watches_(keyspace_.stripe_count()),
      cache_(settings, keyspace_.stripe_count(), seed),
      blocked_(keyspace_.stripe_count()),
      pubsub_(workers),
      tracking_(keyspace_.stripe_count()),
      hot_keys_(workers),
      users_(dispatch::acl_catalog(commands_)) {
  state_.run_id = hex_digits(seed, 40);
  state_.executable = own_path();
  state_.started_ms = clock.wall_ms();
  state_.cycles_per_us = base::measure_cycles_per_us(clock);
  state_.workers = workers;
  services_ = std::make_unique<dispatch::Services>(
      dispatch::Services{clock, log, settings, options, keyspace_, budget_, clients_, command_logs_, latency_, state_,
                         commands_, watches_, cache_, blocked_, thresholds_, pubsub_, scripts_, tracking_, hot_keys_,
                         users_, refusals_, commands::find_key_uses, {}});
  for (uint32_t i = 0; i < workers; ++i) {
    stats_.push_back(std::make_unique<metrics::WorkerStats>(commands_.id_count()));
    services_->stats.push_back(stats_.back().get());
  }
  follow_settings(options, settings, log);
}

void Parts::follow_thresholds(config::OptionTable& options, const config::Settings& settings) {
  using types::Thresholds;
  struct Source {
    std::initializer_list<const char*> names;
    types::Threshold Thresholds::*threshold;
    config::Setting config::Settings::*setting;
  };
  static const Source kSources[] = {
      {{"hash-max-listpack-entries", "hash-max-ziplist-entries"},
       &Thresholds::hash_max_listpack_entries,
       &config::Settings::hash_max_listpack_entries},
      {{"hash-max-listpack-value", "hash-max-ziplist-value"},
       &Thresholds::hash_max_listpack_value,
       &config::Settings::hash_max_listpack_value},
      {{"list-max-listpack-size", "list-max-ziplist-size"},
       &Thresholds::list_max_listpack_size,
       &config::Settings::list_max_listpack_size},
      {{"set-max-intset-entries"}, &Thresholds::set_max_intset_entries, &config::Settings::set_max_intset_entries},
      {{"zset-max-listpack-entries", "zset-max-ziplist-entries"},
       &Thresholds::zset_max_listpack_entries,
       &config::Settings::zset_max_listpack_entries},
      {{"zset-max-listpack-value", "zset-max-ziplist-value"},
       &Thresholds::zset_max_listpack_value,
       &config::Settings::zset_max_listpack_value},
      {{"stream-node-max-bytes"}, &Thresholds::stream_node_max_bytes, &config::Settings::stream_node_max_bytes},
      {{"stream-node-max-entries"}, &Thresholds::stream_node_max_entries, &config::Settings::stream_node_max_entries},
  };
  for (const Source& source : kSources) {
    const auto take_over = [this, &settings, source]() -> base::Status {
      thresholds_.*source.threshold = int64_t{settings.*source.setting};
      return base::Ok{};
    };
    (void)take_over();
    for (const char* name : source.names) options.on_change(name, take_over);
  }
}

void Parts::follow_settings(config::OptionTable& options, config::Settings& settings, base::Log& log) {
  follow_thresholds(options, settings);
  budget_.set_limit(settings.maxmemory);
  options.on_change("maxmemory", [this, &settings]() -> base::Status {
    budget_.set_limit(settings.maxmemory);
    return base::Ok{};
  });
  for (const char* limit : {"cache-max-leases", "cache-max-waiters", "cache-max-hit-for-miss"}) {
    options.on_change(limit, [this]() -> base::Status {
      cache_.limits_changed();
      return base::Ok{};
    });
  }
  follow_user_settings(options, settings);
  options.on_change("loglevel", [&settings, &log]() -> base::Status {
    log.set_level(static_cast<base::LogLevel>(static_cast<int64_t>(settings.loglevel)));
    return base::Ok{};
  });
}

void Parts::follow_user_settings(config::OptionTable& options, config::Settings& settings) {
  const auto note_password = [this, &settings]() -> base::Status {
    const std::lock_guard lock(settings.text_mutex);
    users_.set_default_password(settings.requirepass);
    return base::Ok{};
  };
  if (!settings.requirepass.empty()) (void)note_password();
  options.on_change("requirepass", note_password);
  const auto note_channels = [this, &settings]() -> base::Status {
    users_.set_all_channels(settings.acl_pubsub_all_channels != 0);
    return base::Ok{};
  };
  (void)note_channels();
  options.on_change("acl-pubsub-default", note_channels);
}

}  // namespace corral
