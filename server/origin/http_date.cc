// The three forms of a date, field by field.
// Threading: pure functions.
// See: http_date.h.
#include "server/origin/http_date.h"

#include <algorithm>
#include <cstddef>

namespace corral::origin {
namespace {

constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr int64_t kDayMs = 86'400'000;

// Days since 1970 of a date of the Gregorian calendar, by counting years from March on.
int64_t days_of(int64_t year, int64_t month, int64_t day) {
  if (month <= 2) --year;
  const int64_t era = year / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

int64_t year_of(int64_t days) {
  int64_t year = 1970 + days / 366;
  while (days_of(year + 1, 1, 1) <= days) ++year;
  return year;
}

// Takes the text apart; after the first thing that is not as expected, nothing is any more.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_ && rest_.empty(); }

  void expect(std::string_view text) {
    ok_ = ok_ && rest_.starts_with(text);
    if (ok_) rest_.remove_prefix(text.size());
  }

  // Letters of a name of a day, which says nothing that the date does not.
  void skip_name() {
    size_t length = 0;
    while (length < rest_.size() && ((rest_[length] | 0x20) >= 'a' && (rest_[length] | 0x20) <= 'z'))
      ++length;
    ok_ = ok_ && length >= 3 && length <= 9;
    rest_.remove_prefix(length);
  }

  int64_t digits(size_t count, bool space_first = false) {
    int64_t number = 0;
    ok_ = ok_ && rest_.size() >= count;
    for (size_t i = 0; ok_ && i < count; ++i) {
      const char c = i == 0 && space_first && rest_[0] == ' ' ? '0' : rest_[i];
      ok_ = c >= '0' && c <= '9';
      number = number * 10 + (c - '0');
    }
    if (ok_) rest_.remove_prefix(count);
    return number;
  }

  int64_t month() {
    const auto* found = std::find(std::begin(kMonths), std::end(kMonths), rest_.substr(0, 3));
    ok_ = ok_ && found != std::end(kMonths);
    if (ok_) rest_.remove_prefix(3);
    return found - std::begin(kMonths) + 1;
  }

  int64_t time_of_day_ms() {
    const int64_t hour = digits(2);
    expect(":");
    const int64_t minute = digits(2);
    expect(":");
    const int64_t second = digits(2);
    ok_ = ok_ && hour < 24 && minute < 60 && second <= 60;
    return ((hour * 60 + minute) * 60 + second) * 1000;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

std::optional<int64_t> parse_http_date(std::string_view text, int64_t now_ms) {
  if (text.size() < 24 || text.size() > 40) return std::nullopt;
  Reader reader(text);
  reader.skip_name();
  int64_t day = 0;
  int64_t month = 0;
  int64_t year = 0;
  int64_t time_ms = 0;
  const bool comma = text.find(',') != std::string_view::npos;
  const bool dashes = text.find('-') != std::string_view::npos;
  if (comma) {
    reader.expect(", ");
    day = reader.digits(2);
    reader.expect(dashes ? "-" : " ");
    month = reader.month();
    reader.expect(dashes ? "-" : " ");
    year = reader.digits(dashes ? 2 : 4);
    reader.expect(" ");
    time_ms = reader.time_of_day_ms();
    reader.expect(" GMT");
  } else {
    reader.expect(" ");
    month = reader.month();
    reader.expect(" ");
    day = reader.digits(2, true);
    reader.expect(" ");
    time_ms = reader.time_of_day_ms();
    reader.expect(" ");
    year = reader.digits(4);
  }
  if (!reader.ok()) return std::nullopt;
  if (dashes) {
    const int64_t this_year = year_of(std::max<int64_t>(now_ms, 0) / kDayMs);
    year += this_year / 100 * 100;
    if (year > this_year + 50) year -= 100;
    if (year <= this_year - 50) year += 100;
  }
  // The first day of the next month bounds the days of this one.
  const int64_t next = month == 12 ? days_of(year + 1, 1, 1) : days_of(year, month + 1, 1);
  if (day < 1 || day > next - days_of(year, month, 1)) return std::nullopt;
  return days_of(year, month, day) * kDayMs + time_ms;
}

}  // namespace corral::origin
