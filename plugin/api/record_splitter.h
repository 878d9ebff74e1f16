// From the hub's messages to its records.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sonoran::api {

/// Ends each record of the hub. No JSON text has it inside: control characters are escaped there.
inline constexpr char kRecordEnd = '\x1e';

/// Several records may come in one message, and one record in several. Bounded: a record whose end does not come within
/// `most` bytes is overlong, and then nothing more comes out.
class RecordSplitter {
 public:
  explicit RecordSplitter(std::size_t most) : most_(most) {}

  /// Takes the bytes of a message. What next() returned before is no longer valid.
  void add(std::string_view bytes);

  /// The next whole record without its end; nothing while there is none. Valid until add() is called. Empty records are
  /// passed over.
  std::optional<std::string_view> next();

  /// A record had more bytes than the bound. Known once next() has returned nothing.
  [[nodiscard]] bool overlong() const { return overlong_; }
  /// Bytes of the record whose end has not come. After next() has returned nothing.
  [[nodiscard]] std::size_t held() const { return bytes_.size() - begin_; }

 private:
  std::size_t most_;
  std::string bytes_;
  std::size_t begin_ = 0;     // of the next record
  std::size_t searched_ = 0;  // from here on its end may be
  bool overlong_ = false;
};

}  // namespace sonoran::api
