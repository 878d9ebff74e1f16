// JSON as written: the text of each value, with its original digits and order.
#pragma once

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonoran::api {

/// Without JSON's white space at either end.
std::string_view trimmed(std::string_view text);

/// The text of a value of a document that is being read.
simdjson::error_code raw_text(simdjson::ondemand::value value, std::string_view& raw);

/// The text of a JSON string, unescaped; nothing where `raw` is another value, or has an unpaired surrogate.
std::optional<std::string> string_of(std::string_view raw);

/// One member of an object.
struct RawMember {
  std::string name;      // unescaped
  std::string_view raw;  // the text of its value
};

/// The members of an object, in their order. Holds a copy of the text.
class RawObject {
 public:
  /// `text` is valid JSON.
  explicit RawObject(std::string_view text);

  /// False: it is another value, without members.
  [[nodiscard]] bool is_object() const { return is_object_; }
  [[nodiscard]] const std::vector<RawMember>& members() const { return members_; }

 private:
  simdjson::error_code read();

  simdjson::padded_string text_;
  std::vector<RawMember> members_;
  bool is_object_ = false;
};

}  // namespace sonoran::api
