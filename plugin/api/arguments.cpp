#include "api/arguments.h"

#include <cstddef>

#include "api/raw_json.h"
#include "core/limits.h"
#include "core/text.h"

namespace sonoran::api {
namespace {

namespace dom = simdjson::dom;
namespace ondemand = simdjson::ondemand;

/// Returns a member name that occurs twice in one object: nobody can say which of its two values counts. `names` is a
/// stack; each call uses the part above its entry level.
std::optional<std::string> repeated_name(dom::element value, std::vector<std::string_view>& names) {
  if (value.is_array()) {
    const dom::array elements = value.get_array().value_unsafe();
    for (const dom::element element : elements) {
      if (auto name = repeated_name(element, names)) return name;
    }
  } else if (value.is_object()) {
    const dom::object members = value.get_object().value_unsafe();
    const auto begin = static_cast<std::ptrdiff_t>(names.size());
    for (const auto& [name, member] : members) names.push_back(name);
    std::sort(names.begin() + begin, names.end());
    const auto twice = std::adjacent_find(names.begin() + begin, names.end());
    if (twice != names.end()) return std::string(*twice);
    names.resize(static_cast<std::size_t>(begin));
    for (const auto& [name, member] : members) {
      if (auto inner = repeated_name(member, names)) return inner;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view type_words(ValueType type) {
  switch (type) {
    case ValueType::kString:
      return "a text";
    case ValueType::kInteger:
      return "a whole number";
    case ValueType::kNumber:
      return "a number";
    case ValueType::kBoolean:
      return "true or false";
    case ValueType::kObject:
      return "an object";
    case ValueType::kArray:
      return "an array";
    case ValueType::kStringArray:
      return "an array of texts";
    case ValueType::kIntegers:
      return "an array of whole numbers";
    case ValueType::kObjects:
      return "an array of objects";
    case ValueType::kFile:
      return "the path of a .webm file";
  }
  return {};
}

std::string shown(const Argument& argument) {
  switch (argument.value.type()) {
    case dom::element_type::OBJECT:
      return "an object";
    case dom::element_type::ARRAY:
      return "an array";
    case dom::element_type::STRING:
      return "the text " + in_quotes(argument.value.get_string().value_unsafe());
    default:
      return printable(argument.raw);
  }
}

std::optional<std::string> whole_number(std::string_view raw) {
  const std::size_t sign = raw.starts_with('-') ? 1 : 0;
  const std::size_t digits_end = std::min(raw.find_first_not_of("0123456789", sign), raw.size());
  const std::string_view fraction = raw.substr(digits_end);
  if (!fraction.empty() && (fraction.front() != '.' || fraction.find_first_not_of('0', 1) != std::string_view::npos)) {
    return std::nullopt;
  }
  const std::string_view digits = raw.substr(0, digits_end);
  return digits == "-0" ? "0" : std::string(digits);
}

std::optional<std::string> scalar_text(ValueType type, dom::element value, std::string_view raw) {
  switch (type) {
    case ValueType::kString:
    case ValueType::kFile:
      if (!value.is_string()) return std::nullopt;
      return std::string(value.get_string().value_unsafe());
    case ValueType::kInteger:
      if (!value.is_number()) return std::nullopt;
      return whole_number(raw);
    case ValueType::kNumber:
      if (!value.is_number()) return std::nullopt;
      return std::string(raw);
    case ValueType::kBoolean:
      if (!value.is_bool()) return std::nullopt;
      return std::string(raw);
    default:
      return std::nullopt;
  }
}

std::string_view Arguments::text() const {
  return trimmed({text_.data(), text_size_});
}

Check Arguments::parse(const Operation& operation, std::string_view text) {
  members_.clear();
  names_.clear();
  array_.reset();
  const auto these = [&] { return "The arguments of " + std::string(operation.id); };
  if (text.size() > limits::kArgumentsBytes) {
    return Message{these() + " are " + std::to_string(text.size()) + " bytes of JSON; " +
                   std::to_string(limits::kArgumentsBytes) + " is the most."};
  }
  if (!is_utf8(text)) return Message{these() + " are not UTF-8."};
  if (trimmed(text).empty()) text = "{}";
  text_size_ = text.size();
  text_.resize(std::max(text_.size(), text_size_ + simdjson::SIMDJSON_PADDING));
  std::ranges::copy(text, text_.begin());

  auto error = simdjson::SUCCESS;
  if (checker_.max_depth() != limits::kArgumentsDepth || checker_.capacity() < text_size_) {
    error = checker_.allocate(std::max(text_size_, kKeptBytes), limits::kArgumentsDepth);
  }
  if (!error) error = checker_.parse(text_.data(), text_size_, false).get(root_);
  switch (error) {
    case simdjson::SUCCESS:
      break;
    case simdjson::DEPTH_ERROR:
      return Message{these() + " are nested too deep; " + std::to_string(limits::kArgumentsDepth) +
                     " levels are the most."};
    case simdjson::NUMBER_ERROR:
      return Message{these() + " have a number that is none in JSON, or fits neither 64 bits nor a double."};
    default:
      return Message{these() +
                     " are not valid JSON (NaN and Infinity are not, either): " + simdjson::error_message(error)};
  }
  if (const auto name = repeated_name(root_, names_)) {
    return Message{these() + " have " + in_quotes(*name) + " twice in one object."};
  }
  if (root_.is_array() && operation.body == BodyKind::kObjectOrArray) {
    array_ = root_;
    return {};
  }
  dom::object object;
  if (root_.get(object) != simdjson::SUCCESS) {
    return Message{these() + " must be one JSON object" +
                   (operation.body == BodyKind::kObjectOrArray ? " or an array of objects." : ".")};
  }
  members_.reserve(object.size());
  for (const auto& [name, value] : object) members_.push_back({name, value, {}});
  return slice(operation);
}

/// The second pass finds the raw text of each value. It meets the members in the same order.
Check Arguments::slice(const Operation& operation) {
  ondemand::object object;
  auto error = slicer_.iterate(text_.data(), text_size_, text_.size()).get(document_);
  if (!error) error = document_.get_object().get(object);
  std::size_t index = 0;
  if (!error) {
    for (auto field : object) {
      ondemand::value value;
      error = field.value().get(value);
      if (!error && index < members_.size()) error = raw_text(value, members_[index++].raw);
      if (error) break;
    }
  }
  if (error || index != members_.size()) {
    return Message{"The arguments of " + std::string(operation.id) + " are not valid JSON."};
  }
  return {};
}

}  // namespace sonoran::api
