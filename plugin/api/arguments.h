// The arguments of a call: one JSON text, taken apart by name, with each value as it was written.
#pragma once

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/operation.h"
#include "core/result.h"

namespace sonoran::api {

/// One argument: what it is, and how it was written.
struct Argument {
  std::string_view name;  // unescaped
  simdjson::dom::element value;
  std::string_view raw;  // its JSON text
  bool used = false;     // as a parameter of the path or the query
};

/// Parsed arguments, and the memory to parse the next ones. Views point into it. Longer texts than kKeptBytes should be
/// given an object of their own, since its buffers stay ten times as large as the text.
class Arguments {
 public:
  static constexpr std::size_t kKeptBytes = 16384;

  /// The message is one sentence: `text` is not what arguments may be. What was parsed before is gone.
  Check parse(const Operation& operation, std::string_view text);

  [[nodiscard]] Argument* find(std::string_view name) {
    const auto found = std::ranges::find(members_, name, &Argument::name);
    return found == members_.end() ? nullptr : &*found;
  }
  /// As find(), but a null counts as absent.
  [[nodiscard]] Argument* present(std::string_view name) {
    Argument* const argument = find(name);
    return argument == nullptr || argument->value.is_null() ? nullptr : argument;
  }
  [[nodiscard]] std::vector<Argument>& members() { return members_; }
  /// All of them.
  [[nodiscard]] simdjson::dom::element root() const { return root_; }
  /// The same, when it is an array.
  [[nodiscard]] std::optional<simdjson::dom::element> array() const { return array_; }
  /// As they came, without white space around them.
  [[nodiscard]] std::string_view text() const;

 private:
  Check slice(const Operation& operation);

  std::vector<char> text_;  // with the padding that simdjson reads over
  std::size_t text_size_ = 0;
  simdjson::dom::parser checker_;
  simdjson::ondemand::parser slicer_;
  simdjson::ondemand::document document_;
  std::vector<Argument> members_;
  std::vector<std::string_view> names_;
  simdjson::dom::element root_;
  std::optional<simdjson::dom::element> array_;
};

/// A whole number with the digits it came with. Lua writes its floats as 12.0; those are whole numbers too.
std::optional<std::string> whole_number(std::string_view raw);

/// The value as the text of a path, a query or a form, or nothing when it is of another type. No arrays.
std::optional<std::string> scalar_text(ValueType type, simdjson::dom::element value, std::string_view raw);

/// "a whole number", for sentences.
std::string_view type_words(ValueType type);

/// What came instead, short enough for a sentence.
std::string shown(const Argument& argument);

}  // namespace sonoran::api
