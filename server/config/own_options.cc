// Setters and getters of the options with rules of their own.
// Threading: see own_options.h.
// See: own_options.h.
#include "server/config/own_options.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "server/base/duration.h"
#include "server/config/keyspace_events.h"

namespace corral::config {
namespace {

constexpr size_t kMostAddresses = 16;

struct OutputClass {
  std::string_view name;
  OutputLimit Settings::*limit;
};
// "replica" is another name for "slave", which is what Redis answers.
constexpr OutputClass kOutputClasses[] = {
    {"normal", &Settings::output_normal}, {"slave", &Settings::output_replica}, {"pubsub", &Settings::output_pubsub}};

OutputLimit Settings::*output_class(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (lower == "replica") lower = "slave";
  for (const OutputClass& known : kOutputClasses) {
    if (lower == known.name) return known.limit;
  }
  return nullptr;
}

}  // namespace

base::Result<int64_t> parse_whole(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return base::Error{"argument couldn't be parsed into an integer"};
  }
  return value;
}

base::Error bounds_error(int64_t least, int64_t most) {
  return {"argument must be between " + std::to_string(least) + " and " + std::to_string(most) + " inclusive"};
}

base::Status set_bind(Settings& settings, Words words) {
  std::vector<std::string> addresses;
  for (const std::string& word : words) {
    if (!word.empty()) addresses.push_back(word);
  }
  if (addresses.size() > kMostAddresses) return base::Error{"Too many bind addresses specified."};
  settings.bind = std::move(addresses);
  return base::Ok{};
}

std::string get_bind(const Settings& settings) {
  std::string out;
  for (const std::string& address : settings.bind) {
    if (!out.empty()) out += ' ';
    out += address;
  }
  return out;
}

base::Status set_output_limits(Settings& settings, Words words) {
  if (words.empty() || words.size() % 4 != 0) {
    return base::Error{"Wrong number of arguments in buffer limit configuration."};
  }
  struct NewLimit {
    OutputLimit Settings::*limit;
    int64_t hard, soft, seconds;
  };
  std::vector<NewLimit> limits;
  for (size_t i = 0; i < words.size(); i += 4) {
    const auto limit = output_class(words[i]);
    if (limit == nullptr) return base::Error{"Invalid client class specified in buffer limit configuration."};
    const auto hard = base::parse_size_bytes(words[i + 1]);
    const auto soft = base::parse_size_bytes(words[i + 2]);
    const auto seconds = parse_whole(words[i + 3]);
    if (!hard || !soft || !seconds || seconds.value() < 0) {
      return base::Error{"Error in hard, soft or soft_seconds setting in buffer limit configuration."};
    }
    limits.push_back({limit, hard.value(), soft.value(), seconds.value()});
  }
  for (const NewLimit& change : limits) {
    OutputLimit& limit = settings.*change.limit;
    limit.hard_bytes.set(change.hard);
    limit.soft_bytes.set(change.soft);
    limit.soft_seconds.set(change.seconds);
  }
  return base::Ok{};
}

std::string get_output_limits(const Settings& settings) {
  std::string out;
  for (const OutputClass& known : kOutputClasses) {
    const OutputLimit& limit = settings.*known.limit;
    if (!out.empty()) out += ' ';
    out += known.name;
    for (const Setting* figure : {&limit.hard_bytes, &limit.soft_bytes, &limit.soft_seconds}) {
      out += ' ';
      out += std::to_string(*figure);
    }
  }
  return out;
}

base::Status set_events(Settings& settings, Words words) {
  const auto classes = words.size() == 1 ? parse_event_classes(words[0]) : std::nullopt;
  if (!classes) return base::Error{"Invalid event class character. Use 'Ag$lshzxeKEtmdn'."};
  settings.notify_keyspace_events.set(*classes);
  return base::Ok{};
}

std::string get_events(const Settings& settings) {
  return event_class_letters(static_cast<uint32_t>(static_cast<int64_t>(settings.notify_keyspace_events)));
}

base::Status set_percentiles(Settings& settings, Words words) {
  std::vector<double> percentiles;
  if (words.size() == 1 && words[0].empty()) words = {};
  for (const std::string& word : words) {
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (word.empty() || error != std::errc() || end != word.data() + word.size()) {
      return base::Error{"Invalid latency-tracking-info-percentiles parameters"};
    }
    if (!(value >= 0 && value <= 100)) {
      return base::Error{"latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"};
    }
    percentiles.push_back(value);
  }
  settings.latency_percentiles = std::move(percentiles);
  return base::Ok{};
}

std::string get_percentiles(const Settings& settings) {
  std::string out;
  for (const double percentile : settings.latency_percentiles) {
    char text[32];
    std::snprintf(text, sizeof text, "%s%.10g", out.empty() ? "" : " ", percentile);
    out += text;
  }
  return out;
}

base::Status set_stripes(Settings& settings, Words words) {
  constexpr int64_t kMost = 4096;
  if (words.size() != 1) return base::Error{"wrong number of arguments"};
  const auto value = parse_whole(words[0]);
  if (!value) return base::Error{value.error()};
  if (value.value() < 1 || value.value() > kMost) return bounds_error(1, kMost);
  if (!std::has_single_bit(static_cast<uint64_t>(value.value()))) return base::Error{"argument must be a power of two"};
  settings.stripes.set(value.value());
  return base::Ok{};
}

std::string get_stripes(const Settings& settings) { return std::to_string(settings.stripes); }

base::Status set_hz(Settings& settings, Words words) {
  if (words.size() != 1) return base::Error{"wrong number of arguments"};
  const auto value = parse_whole(words[0]);
  if (!value) return base::Error{value.error()};
  if (value.value() < 0 || value.value() > INT32_MAX) return bounds_error(0, INT32_MAX);
  settings.hz.set(std::clamp<int64_t>(value.value(), 1, 500));
  return base::Ok{};
}

std::string get_hz(const Settings& settings) { return std::to_string(settings.hz); }

base::Status set_dir(Settings& settings, Words words) {
  if (words.size() != 1 || words[0].empty()) return base::Error{"wrong number of arguments"};
  std::error_code error;
  if (!std::filesystem::is_directory(words[0], error)) {
    return base::Error{"there is no directory \"" + words[0] + "\"" + (error ? " (" + error.message() + ")" : "")};
  }
  settings.dir = words[0];
  return base::Ok{};
}

std::string get_dir(const Settings&) {
  std::error_code error;
  return std::filesystem::current_path(error).string();
}

}  // namespace corral::config
