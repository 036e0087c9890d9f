// Options that are more than one number or text: lists, classes, and values with rules of their own.
// Threading: every call with Settings::text_mutex held.
// See: option_table.h, whose rows name these functions.
#pragma once

#include <string>

#include "server/config/option_table.h"

namespace corral::config {

// set_x() takes the words of the value and answers in Redis' words what is wrong with them; get_x() is CONFIG GET's text.
base::Status set_bind(Settings& settings, Words words);
std::string get_bind(const Settings& settings);
base::Status set_output_limits(Settings& settings, Words words);  ///< changes only the classes that are named
std::string get_output_limits(const Settings& settings);
base::Status set_events(Settings& settings, Words words);
std::string get_events(const Settings& settings);
base::Status set_percentiles(Settings& settings, Words words);
std::string get_percentiles(const Settings& settings);
base::Status set_stripes(Settings& settings, Words words);
std::string get_stripes(const Settings& settings);
base::Status set_hz(Settings& settings, Words words);  ///< takes any number and brings it into 1 to 500, as Redis does
std::string get_hz(const Settings& settings);
base::Status set_dir(Settings& settings, Words words);
std::string get_dir(const Settings& settings);  ///< the process' working directory

/// A whole decimal number with optional sign, nothing around it.
base::Result<int64_t> parse_whole(std::string_view text);
/// Redis' text for a number outside its bounds.
base::Error bounds_error(int64_t least, int64_t most);

}  // namespace corral::config
