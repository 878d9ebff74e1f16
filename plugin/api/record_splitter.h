// Splits the hub's messages into records.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sonoran::api {

/// Ends each record of the hub. It cannot be inside JSON, where control characters are escaped.
inline constexpr char kRecordEnd = '\x1e';

/// A message may have several records, and a record may be split over several messages. A record longer than `most`
/// bytes is overlong; after it no record is returned.
class RecordSplitter {
 public:
  explicit RecordSplitter(std::size_t most) : most_(most) {}

  /// Takes the bytes of a message. What next() returned before is no longer valid.
  void add(std::string_view bytes);

  /// The next whole record without its end; nothing while there is none. Valid until add() is called. Empty records are
  /// skipped.
  std::optional<std::string_view> next();

  /// A record had more bytes than the bound. Valid once next() has returned nothing.
  [[nodiscard]] bool overlong() const { return overlong_; }
  /// Bytes of the incomplete record. Valid once next() has returned nothing.
  [[nodiscard]] std::size_t held() const { return bytes_.size() - begin_; }

 private:
  std::size_t most_;
  std::string bytes_;
  std::size_t begin_ = 0;     // of the next record
  std::size_t searched_ = 0;  // its end is not before this
  bool overlong_ = false;
};

}  // namespace sonoran::api
