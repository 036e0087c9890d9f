// Dead letters as lines of JSON in a new file.
// Threading: one thread at a time.
// See: README.md of this folder, "Dead letters".
#pragma once

#include <cstdint>
#include <string>

#include "server/base/result.h"
#include "server/outbox/dead_letter.h"

namespace corral::outbox {

/// One line: {"id":…,"origin":…,"key":…,"value":… or "fields":[[…,…],…],…}. Bytes that are no UTF-8 come as
/// "key_base64", "value_base64", "fields_base64".
std::string json_line(const DeadLetter& letter);

class ExportFile {
 public:
  ExportFile() = default;
  ~ExportFile();
  ExportFile(const ExportFile&) = delete;
  ExportFile& operator=(const ExportFile&) = delete;

  /// Only a file that is not there yet, readable by its owner alone: values are customers' data.
  base::Status create(const std::string& path);
  base::Status write(const DeadLetter& letter);
  /// On disk when it is Ok. A file that is not finished is removed again.
  base::Status finish();

 private:
  std::string path_;
  int fd_ = -1;
};

}  // namespace corral::outbox
