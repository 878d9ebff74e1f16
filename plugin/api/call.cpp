#include "api/call.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "api/json.h"
#include "api/raw_json.h"
#include "api/text_values.h"
#include "api/uri.h"
#include "core/limits.h"
#include "core/text.h"

namespace sonoran::api {
namespace {

namespace dom = simdjson::dom;
namespace ondemand = simdjson::ondemand;

using Complaint = std::optional<std::string>;

/// Arguments of up to so many bytes leave their buffers to the next call.
constexpr std::size_t kKeptBytes = 16384;

/// Most targets fit, so that they grow once.
constexpr std::size_t kTargetBytes = 120;

/// One argument: what it is, and how it was written.
struct Argument {
  std::string_view name;  // unescaped
  dom::element value;
  std::string_view raw;  // its JSON text
  bool used = false;     // as a parameter of the path or the query
};

std::string in_quotes(std::string_view text) {
  return "'" + printable(text) + "'";
}

/// "a, b or c"
template <class Names>
std::string list(const Names& names, std::string_view last) {
  std::string result;
  std::size_t left = std::size(names);
  for (const std::string_view name : names) {
    if (!result.empty()) result += left == 1 ? last : std::string_view(", ");
    result += name;
    --left;
  }
  return result;
}

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

/// What came instead, short enough for a message.
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

bool has_json_body(const Operation& operation) {
  return operation.body == BodyKind::kJsonObject || operation.body == BodyKind::kObjectOrArray;
}

/// A whole number with the digits it came with. Lua writes its floats as 12.0; those are whole numbers too.
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

/// The value as the text of a path, a query or a form, or nothing when it is of another type. No arrays.
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

/// A name that comes twice in one object is one too many: which of the two values counts is anybody's guess. Returns
/// it. `names` is a stack: what is above where a call found it is that call's.
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

/// Parsed arguments. Views point into it.
class Arguments {
 public:
  /// One sentence when `text` is not what arguments may be. What was parsed before is gone.
  Complaint parse(const Operation& operation, std::string_view text);

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
  [[nodiscard]] dom::element root() const { return root_; }
  /// The same, when it is an array.
  [[nodiscard]] std::optional<dom::element> array() const { return array_; }
  [[nodiscard]] std::string_view text() const { return trimmed({text_.data(), text_size_}); }

 private:
  Complaint slice(const Operation& operation);

  std::vector<char> text_;  // with the padding that simdjson reads over
  std::size_t text_size_ = 0;
  dom::parser checker_;
  ondemand::parser slicer_;
  ondemand::document document_;
  std::vector<Argument> members_;
  std::vector<std::string_view> names_;
  dom::element root_;
  std::optional<dom::element> array_;
};

Complaint Arguments::parse(const Operation& operation, std::string_view text) {
  members_.clear();
  names_.clear();
  array_.reset();
  const auto these = [&] { return "The arguments of " + std::string(operation.id); };
  if (text.size() > limits::kArgumentsBytes) {
    return these() + " are " + std::to_string(text.size()) + " bytes of JSON; " +
           std::to_string(limits::kArgumentsBytes) + " is the most.";
  }
  if (!is_utf8(text)) return these() + " are not UTF-8.";
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
      return these() + " are nested too deep; " + std::to_string(limits::kArgumentsDepth) + " levels are the most.";
    case simdjson::NUMBER_ERROR:
      return these() + " have a number that is none in JSON, or fits neither 64 bits nor a double.";
    default:
      return these() + " are not valid JSON (NaN and Infinity are not, either): " + simdjson::error_message(error);
  }
  if (const auto name = repeated_name(root_, names_)) {
    return these() + " have " + in_quotes(*name) + " twice in one object.";
  }
  if (root_.is_array() && operation.body == BodyKind::kObjectOrArray) {
    array_ = root_;
    return std::nullopt;
  }
  dom::object object;
  if (root_.get(object) != simdjson::SUCCESS) {
    return these() + " must be one JSON object" +
           (operation.body == BodyKind::kObjectOrArray ? " or an array of objects." : ".");
  }
  members_.reserve(object.size());
  for (const auto& [name, value] : object) members_.push_back({name, value, {}});
  return slice(operation);
}

/// The second pass finds how each value was written; it meets the members in the same order.
Complaint Arguments::slice(const Operation& operation) {
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
    return "The arguments of " + std::string(operation.id) + " are not valid JSON.";
  }
  return std::nullopt;
}

/// One call on its way from arguments to a request.
class Call {
 public:
  /// `result` is filled.
  Call(const Operation& operation, const CallRules& rules, Arguments& arguments, CheckedCall& result)
      : operation_(operation), rules_(rules), arguments_(arguments), result_(result) {
    if (result.body.capacity() > kKeptBytes || result.target.capacity() > kKeptBytes) result = {};
    result.operation = &operation;
    result.target.clear();
    result.body.clear();
    result.multipart.reset();
    result.order_key.clear();
    result.more_order_keys.clear();
  }

  Complaint check(std::string_view arguments, std::string attachment);

 private:
  Complaint superfluous();
  Complaint identifiers();
  Complaint path();
  Complaint query();
  Complaint body();
  /// What the API's description demands of a body: one sentence, which begins with `whom`, when it is not met.
  Complaint demands(dom::element body, const std::string& whom);
  Complaint form(std::string attachment);
  Complaint recording(std::string& file_name, UploadFile& file, std::string& attachment);
  void order();

  [[nodiscard]] std::string id() const { return std::string(operation_.id); }
  [[nodiscard]] static std::string wrong(const std::string& whom, const Parameter& parameter, const Argument& argument);
  [[nodiscard]] std::string wrong(const Parameter& parameter, const Argument& argument) const {
    return wrong(id(), parameter, argument);
  }
  /// One sentence when a whole number lies outside of the published bounds.
  [[nodiscard]] static Complaint out_of_bounds(const std::string& whom, const Parameter& parameter,
                                               std::string_view digits);
  [[nodiscard]] std::string not_one_of(const std::string& whom, const std::vector<std::string_view>& given) const;
  /// Path, query and published body fields, for suggestions.
  [[nodiscard]] std::vector<std::string_view> known_names() const;
  Complaint append_query(const Parameter& parameter, std::string_view text);

  const Operation& operation_;
  const CallRules& rules_;
  Arguments& arguments_;
  CheckedCall& result_;
};

std::string Call::wrong(const std::string& whom, const Parameter& parameter, const Argument& argument) {
  std::string sentence =
      whom + ": " + std::string(parameter.name) + " must be " + std::string(type_words(parameter.type));
  if (!parameter.secret) sentence += ", not " + shown(argument);
  return sentence + ".";
}

Complaint Call::out_of_bounds(const std::string& whom, const Parameter& parameter, std::string_view digits) {
  static constexpr auto kNoBound = std::numeric_limits<std::int64_t>::max();
  if (parameter.high == 0) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc::result_out_of_range && !digits.starts_with('-')) number = kNoBound;
  const bool known = error == std::errc() || number == kNoBound;
  if (known && number >= parameter.low && number <= parameter.high) return std::nullopt;
  return whom + ": " + std::string(parameter.name) + " must be " + std::to_string(parameter.low) +
         (parameter.high == kNoBound ? std::string(" or more") : " to " + std::to_string(parameter.high)) + ", not " +
         printable(digits) + ".";
}

std::vector<std::string_view> Call::known_names() const {
  std::vector<std::string_view> names;
  for (const auto& parameters : {operation_.path_parameters, operation_.query, operation_.fields}) {
    for (const Parameter& parameter : parameters) names.push_back(parameter.name);
  }
  return names;
}

Complaint Call::identifiers() {
  // Those of a JSON body are demanded of the body, which may be an array.
  if (operation_.exactly_one.empty() || has_json_body(operation_)) return std::nullopt;
  std::vector<std::string_view> given;
  for (const std::string_view name : operation_.exactly_one) {
    if (arguments_.present(name) != nullptr) given.push_back(name);
  }
  if (given.size() == 1) return std::nullopt;
  return not_one_of(id(), given);
}

std::string Call::not_one_of(const std::string& whom, const std::vector<std::string_view>& given) const {
  return whom + " takes exactly one of " + list(operation_.exactly_one, " or ") + "; " +
         (given.empty() ? "there is none." : "there are " + list(given, " and ") + ".");
}

Complaint Call::path() {
  result_.target.reserve(kTargetBytes);
  std::string_view rest = operation_.path;
  for (;;) {
    const std::size_t open = rest.find('{');
    result_.target += rest.substr(0, open);
    if (open == std::string_view::npos) return std::nullopt;
    const std::size_t close = rest.find('}', open);
    const std::string_view name = rest.substr(open + 1, close - open - 1);
    rest.remove_prefix(close + 1);

    const auto parameter = std::ranges::find(operation_.path_parameters, name, &Parameter::name);
    Argument* const argument = arguments_.present(name);
    if (argument == nullptr) {
      if (Argument* const null = arguments_.find(name)) null->used = true;
      if (name != "serverId") {
        return id() + " needs " + std::string(name) + ", " + std::string(type_words(parameter->type)) + ".";
      }
      result_.target += std::to_string(rules_.server_id);
      continue;
    }
    argument->used = true;
    const auto text = scalar_text(parameter->type, argument->value, argument->raw);
    if (!text) return wrong(*parameter, *argument);
    if (text->empty()) return id() + ": " + std::string(name) + " must not be empty.";
    // Whoever reads the path on the way to the CAD may take them for steps through it, encoded or not.
    if (*text == "." || *text == "..") return id() + ": " + std::string(name) + " must not be '" + *text + "'.";
    append_path_segment(result_.target, *text);
  }
}

Complaint Call::append_query(const Parameter& parameter, std::string_view text) {
  result_.target += result_.target.find('?') == std::string::npos ? '?' : '&';
  append_percent_encoded(result_.target, parameter.name);
  result_.target += '=';
  append_percent_encoded(result_.target, text);
  return std::nullopt;
}

Complaint Call::query() {
  for (const Parameter& parameter : operation_.query) {
    if (Argument* const argument = arguments_.find(parameter.name)) argument->used = true;
    const Argument* const argument = arguments_.present(parameter.name);
    if (argument == nullptr) {
      if (parameter.presence != Presence::kRequired) continue;
      return id() + " needs " + std::string(parameter.name) + ", " + std::string(type_words(parameter.type)) + ".";
    }
    if (parameter.type == ValueType::kStringArray || parameter.type == ValueType::kIntegers) {
      // OpenAPI's default for arrays in a query (style form, explode): name=a&name=b.
      const auto type = parameter.type == ValueType::kStringArray ? ValueType::kString : ValueType::kInteger;
      dom::array elements;
      if (argument->value.get(elements) != simdjson::SUCCESS) return wrong(parameter, *argument);
      for (const dom::element element : elements) {
        const auto text = scalar_text(type, element, simdjson::minify(element));
        if (!text) return wrong(parameter, *argument);
        append_query(parameter, *text);
      }
      continue;
    }
    const auto text = scalar_text(parameter.type, argument->value, argument->raw);
    if (!text) return wrong(parameter, *argument);
    if (auto complaint = out_of_bounds(id(), parameter, *text)) return complaint;
    append_query(parameter, *text);
  }
  return std::nullopt;
}

/// Before anything else is missed: what is missing may be there under a wrong name.
Complaint Call::superfluous() {
  if (operation_.body != BodyKind::kNone) return std::nullopt;
  const auto names = known_names();
  for (const Argument& argument : arguments_.members()) {
    if (std::ranges::find(names, argument.name) != names.end()) continue;
    if (argument.name == "body" && operation_.method != "GET") continue;
    const std::string_view nearest = nearest_name(argument.name, names);
    std::string sentence = id() + " has no parameter " + in_quotes(argument.name);
    if (!nearest.empty()) {
      sentence += "; did you mean " + std::string(nearest) + "?";
    } else if (names.empty()) {
      sentence += "; it takes none.";
    } else {
      sentence += "; it takes " + list(names, " and ") + ".";
    }
    return sentence;
  }
  return std::nullopt;
}

Complaint Call::demands(dom::element body, const std::string& whom) {
  const auto is_there = [](dom::element value) {
    if (value.is_string()) return !value.get_string().value_unsafe().empty();
    return !value.is_null();
  };
  const auto demanded = [](const Parameter& field) { return field.insisted || field.high != 0; };
  if (operation_.exactly_one.empty() && std::ranges::none_of(operation_.fields, demanded)) return std::nullopt;
  if (!body.is_object()) return whom + " takes an object as its body.";
  const dom::object object = body.get_object().value_unsafe();
  std::vector<std::string_view> given;
  for (const std::string_view name : operation_.exactly_one) {
    dom::element value;
    if (object[name].get(value) == simdjson::SUCCESS && is_there(value)) given.push_back(name);
  }
  if (!operation_.exactly_one.empty() && given.size() != 1) return not_one_of(whom, given);
  for (const Parameter& field : operation_.fields) {
    if (!demanded(field)) continue;
    dom::element value;
    const bool present = object[field.name].get(value) == simdjson::SUCCESS && !value.is_null();
    if (!present) {
      if (!field.insisted) continue;
      return whom + " needs " + std::string(field.name) + ", " + std::string(type_words(field.type)) + ".";
    }
    const std::string raw = simdjson::minify(value);
    if (field.type == ValueType::kInteger || field.type == ValueType::kString) {
      const auto text = scalar_text(field.type, value, raw);
      if (!text) return wrong(whom, field, {field.name, value, raw});
      if (text->empty()) return whom + ": " + std::string(field.name) + " must not be empty.";
      if (auto complaint = out_of_bounds(whom, field, *text)) return complaint;
    }
  }
  return std::nullopt;
}

Complaint Call::body() {
  const auto demands_of_each = [&](dom::element body) -> Complaint {
    dom::array elements;
    if (operation_.body != BodyKind::kObjectOrArray || body.get(elements) != simdjson::SUCCESS) {
      return demands(body, id());
    }
    std::size_t number = 0;
    for (const dom::element element : elements) {
      if (auto complaint = demands(element, id() + " [" + std::to_string(++number) + "]")) return complaint;
    }
    return std::nullopt;
  };
  if (arguments_.array()) {
    result_.body = arguments_.text();
    return demands_of_each(*arguments_.array());
  }
  if (Argument* const whole = operation_.method == "GET" ? nullptr : arguments_.find("body")) {
    whole->used = true;
    for (const Argument& argument : arguments_.members()) {
      if (!argument.used) {
        return id() + ": with body, which is the whole body, there can be no " + in_quotes(argument.name) +
               " beside it.";
      }
    }
    append_body(result_.body, whole->raw, operation_.fields);
    return demands_of_each(whole->value);
  }
  if (operation_.body == BodyKind::kNone) return std::nullopt;
  result_.body.reserve(arguments_.text().size());
  result_.body = "{";
  for (const Argument& argument : arguments_.members()) {
    if (argument.used) continue;
    if (result_.body.size() > 1) result_.body += ',';
    append_json(result_.body, argument.name);
    result_.body += ':';
    const auto field = std::ranges::find(operation_.fields, argument.name, &Parameter::name);
    if (field != operation_.fields.end() && field->texts) {
      append_text_values(result_.body, argument.raw);
    } else {
      result_.body += argument.raw;
    }
  }
  result_.body += '}';
  return demands(arguments_.root(), id());
}

/// The file's bytes: where they are, and that they are a recording the CAD takes.
Complaint Call::recording(std::string& file_name, UploadFile& file, std::string& attachment) {
  const Argument* const path = arguments_.present("file");
  if (path != nullptr && !attachment.empty()) {
    return id() + " takes file or an attachment, not both.";
  }
  std::uint64_t size = attachment.size();
  std::string head = attachment.substr(0, 4);
  if (attachment.empty()) {
    if (path == nullptr) return id() + " needs file, the path of a .webm file, or its bytes as an attachment.";
    const std::string_view wanted = path->value.get_string().value_unsafe();
    const std::size_t dot = wanted.rfind('.');
    const std::string_view suffix = dot == std::string_view::npos ? std::string_view() : wanted.substr(dot);
    static constexpr std::string_view kSuffix = ".webm";
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; };
    if (!std::ranges::equal(suffix, kSuffix, same)) {
      return id() + ": file must be a .webm file, not " + in_quotes(wanted) + ".";
    }
    auto found = find_upload_file(wanted, rules_.upload_folders);
    if (auto* reason = std::get_if<std::string>(&found)) return id() + ": " + *reason + ".";
    file = std::move(std::get<UploadFile>(found));
    size = file.size;
    UploadReader reader;
    head.resize(4);
    if (auto reason = reader.open(file); !reason.empty()) return id() + ": " + reason;
    head.resize(reader.read(head));
    file_name = wanted.substr(std::min(wanted.find_last_of("/\\") + 1, wanted.size()));
  }
  if (size > limits::kRecordingBytes) {
    return id() + ": the recording has " + std::to_string(size) + " bytes; " + std::to_string(limits::kRecordingBytes) +
           " is the most.";
  }
  if (!is_webm(head)) return id() + ": the recording is no WebM file; it does not begin with an EBML header.";
  return std::nullopt;
}

Complaint Call::form(std::string attachment) {
  if (arguments_.find("body") != nullptr) return id() + " takes its parts by name, not as a body.";
  std::vector<FormField> fields;
  for (const Parameter& parameter : operation_.fields) {
    const Argument* const argument = arguments_.present(parameter.name);
    if (argument == nullptr) {
      if (parameter.presence == Presence::kRequired && parameter.type != ValueType::kFile) {
        return id() + " needs " + std::string(parameter.name) + ", " + std::string(type_words(parameter.type)) + ".";
      }
      continue;
    }
    const auto text = scalar_text(parameter.type, argument->value, argument->raw);
    if (!text) return wrong(parameter, *argument);
    if (auto complaint = out_of_bounds(id(), parameter, *text)) return complaint;
    if (parameter.type != ValueType::kFile) fields.emplace_back(parameter.name, *text);
  }
  for (const Argument& argument : arguments_.members()) {
    if (argument.used || argument.value.is_null()) continue;
    if (std::ranges::find(operation_.fields, argument.name, &Parameter::name) != operation_.fields.end()) continue;
    // Forms are open as bodies are: a text as it is, all else as JSON.
    std::string_view text = argument.raw;
    if (argument.value.is_string()) text = argument.value.get_string().value_unsafe();
    fields.emplace_back(argument.name, text);
  }
  std::string file_name = "recording.webm";
  UploadFile file;
  if (auto complaint = recording(file_name, file, attachment)) return complaint;
  const auto file_field = std::ranges::find(operation_.fields, ValueType::kFile, &Parameter::type);
  Multipart laid_out = lay_out_form(fields, file_field->name, file_name, random_boundary());
  laid_out.bytes = std::move(attachment);
  laid_out.file = std::move(file);
  result_.multipart = std::make_shared<const Multipart>(std::move(laid_out));
  return std::nullopt;
}

void Call::order() {
  const auto add = [&](std::string_view kind, dom::element value, std::string_view raw) {
    std::string key(kind);
    key += ':';
    if (value.is_string()) {
      key += value.get_string().value_unsafe();
    } else {
      key += whole_number(raw).value_or(std::string(raw));
    }
    if (result_.order_key.empty()) {
      result_.order_key = std::move(key);
    } else if (key != result_.order_key &&
               std::ranges::find(result_.more_order_keys, key) == result_.more_order_keys.end()) {
      result_.more_order_keys.push_back(std::move(key));
    }
  };
  const auto add_argument = [&](std::string_view kind, dom::element value, std::string_view raw) {
    dom::array elements;
    if (value.get(elements) != simdjson::SUCCESS) return add(kind, value, raw);
    for (const dom::element element : elements) {
      if (!element.is_null()) add(kind, element, simdjson::minify(element));
    }
  };
  const auto find_in = [&](dom::element object, std::string_view name, dom::element& value) {
    return object.is_object() && object[name].get(value) == simdjson::SUCCESS && !value.is_null();
  };
  // A body given whole, and each element of one that is an array, is looked into as the arguments are.
  std::vector<dom::element> bodies;
  const auto look_into = [&](dom::element body) {
    dom::array elements;
    if (body.get(elements) != simdjson::SUCCESS) return bodies.push_back(body);
    bodies.insert(bodies.end(), elements.begin(), elements.end());
  };
  if (arguments_.array()) look_into(*arguments_.array());
  if (const Argument* const body = arguments_.find("body")) look_into(body->value);

  for (const OrderRule& rule : operation_.order_by) {
    if (rule.argument.empty()) {
      result_.order_key = rule.kind;
      return;
    }
    if (const Argument* const argument = arguments_.present(rule.argument)) {
      add_argument(rule.kind, argument->value, argument->raw);
    }
    for (const dom::element body : bodies) {
      dom::element value;
      if (find_in(body, rule.argument, value)) add_argument(rule.kind, value, simdjson::minify(value));
    }
    if (!result_.order_key.empty() && bodies.empty()) return;
  }
}

Complaint Call::check(std::string_view arguments, std::string attachment) {
  if (!attachment.empty() && operation_.body != BodyKind::kMultipart) {
    return id() + " takes no attachment.";
  }
  if (auto complaint = arguments_.parse(operation_, arguments)) return complaint;
  if (auto complaint = superfluous()) return complaint;
  if (auto complaint = identifiers()) return complaint;
  if (auto complaint = path()) return complaint;
  if (auto complaint = query()) return complaint;
  if (auto complaint = operation_.body == BodyKind::kMultipart ? form(std::move(attachment)) : body()) return complaint;
  order();
  return std::nullopt;
}

}  // namespace

struct CallWorkspace::Parts {
  Arguments arguments;
  CheckedCall result;
};

CallWorkspace::CallWorkspace() = default;
CallWorkspace::~CallWorkspace() = default;

CallWorkspace::Parts& CallWorkspace::parts() {
  if (!parts_) parts_ = std::make_unique<Parts>();
  return *parts_;
}

std::vector<std::string> secrets_of(const Operation& operation, std::string_view body) {
  std::vector<std::string> secrets;
  if (std::ranges::none_of(operation.fields, &Parameter::secret)) return secrets;
  dom::parser parser;
  dom::object object;
  if (parser.parse(body.data(), body.size()).get(object) != simdjson::SUCCESS) return secrets;
  for (const Parameter& field : operation.fields) {
    std::string_view text;
    if (field.secret && object[field.name].get(text) == simdjson::SUCCESS) secrets.emplace_back(text);
  }
  return secrets;
}

std::variant<CheckedCall, std::string> check_call(std::string_view operation_id, std::string_view arguments,
                                                  std::string attachment, const CallRules& rules) {
  CallWorkspace workspace;
  auto checked = check_call(operation_id, arguments, std::move(attachment), rules, workspace);
  if (auto* sentence = std::get_if<std::string>(&checked)) return std::move(*sentence);
  return std::move(*std::get<CheckedCall*>(checked));
}

std::variant<CheckedCall*, std::string> check_call(std::string_view operation_id, std::string_view arguments,
                                                   std::string attachment, const CallRules& rules,
                                                   CallWorkspace& workspace) {
  const Operation* const operation = find_operation(operation_id);
  if (operation == nullptr) {
    const std::string_view nearest = nearest_operation(operation_id);
    return "There is no operation " + in_quotes(operation_id) +
           (nearest.empty() ? "; docs/operations.md lists those there are."
                            : "; did you mean " + std::string(nearest) + "?");
  }
  CallWorkspace::Parts& parts = workspace.parts();
  // Long arguments are rare, and their buffers ten times as long as they are.
  std::optional<Arguments> own;
  Arguments& chosen = arguments.size() > kKeptBytes ? own.emplace() : parts.arguments;
  Call call(*operation, rules, chosen, parts.result);
  if (auto complaint = call.check(arguments, std::move(attachment))) return std::move(*complaint);
  return &parts.result;
}

}  // namespace sonoran::api
