#include "api/call.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "api/arguments.h"
#include "api/json.h"
#include "api/order_keys.h"
#include "api/recording.h"
#include "api/request.h"
#include "api/text_values.h"
#include "api/uri.h"
#include "core/limits.h"
#include "core/text.h"

namespace sonoran::api {
namespace {

namespace dom = simdjson::dom;

/// Most targets fit, so that they grow once.
constexpr std::size_t kTargetBytes = 120;

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

bool has_json_body(const Operation& operation) {
  return operation.body == BodyKind::kJsonObject || operation.body == BodyKind::kObjectOrArray;
}

/// One call on its way from arguments to a request.
class Checker {
 public:
  /// `result` is filled.
  Checker(const Operation& operation, const CallRules& rules, Arguments& arguments, CheckedCall& result)
      : operation_(operation), rules_(rules), arguments_(arguments), result_(result) {
    result.clear(Arguments::kKeptBytes);
    result.operation = &operation;
  }

  Check check(std::string_view arguments, std::string attachment);

 private:
  Check superfluous();
  Check identifiers();
  Check path();
  Check query();
  Check body();
  /// Checks the body against the API's description. A message begins with `whom`.
  Check demands(dom::element body, const std::string& whom);
  Check form(std::string attachment);
  Check targets();

  [[nodiscard]] std::string id() const { return std::string(operation_.id); }
  [[nodiscard]] static Message wrong(const std::string& whom, const Parameter& parameter, const Argument& argument);
  [[nodiscard]] Message wrong(const Parameter& parameter, const Argument& argument) const {
    return wrong(id(), parameter, argument);
  }
  /// One sentence when a whole number lies outside of the published bounds.
  [[nodiscard]] static Check out_of_bounds(const std::string& whom, const Parameter& parameter,
                                           std::string_view digits);
  [[nodiscard]] Message not_one_of(const std::string& whom, const std::vector<std::string_view>& given) const;
  /// Path, query and published body fields, for suggestions.
  [[nodiscard]] std::vector<std::string_view> known_names() const;
  void append_query(const Parameter& parameter, std::string_view text);

  const Operation& operation_;
  const CallRules& rules_;
  Arguments& arguments_;
  CheckedCall& result_;
};

Message Checker::wrong(const std::string& whom, const Parameter& parameter, const Argument& argument) {
  std::string message =
      whom + ": " + std::string(parameter.name) + " must be " + std::string(type_words(parameter.type));
  if (!parameter.secret) message += ", not " + shown(argument);
  return {message + "."};
}

Check Checker::out_of_bounds(const std::string& whom, const Parameter& parameter, std::string_view digits) {
  static constexpr auto kNoBound = std::numeric_limits<std::int64_t>::max();
  if (parameter.high == 0) return {};
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc::result_out_of_range && !digits.starts_with('-')) number = kNoBound;
  const bool known = error == std::errc() || number == kNoBound;
  if (known && number >= parameter.low && number <= parameter.high) return {};
  return Message{whom + ": " + std::string(parameter.name) + " must be " + std::to_string(parameter.low) +
                 (parameter.high == kNoBound ? std::string(" or more") : " to " + std::to_string(parameter.high)) +
                 ", not " + printable(digits) + "."};
}

std::vector<std::string_view> Checker::known_names() const {
  std::vector<std::string_view> names;
  for (const auto& parameters : {operation_.path_parameters, operation_.query, operation_.fields}) {
    for (const Parameter& parameter : parameters) names.push_back(parameter.name);
  }
  return names;
}

Check Checker::identifiers() {
  // The required fields of a JSON body are checked in the body, which may be an array.
  if (operation_.exactly_one.empty() || has_json_body(operation_)) return {};
  std::vector<std::string_view> given;
  for (const std::string_view name : operation_.exactly_one) {
    if (arguments_.present(name) != nullptr) given.push_back(name);
  }
  if (given.size() == 1) return {};
  return not_one_of(id(), given);
}

Message Checker::not_one_of(const std::string& whom, const std::vector<std::string_view>& given) const {
  return Message{whom + " takes exactly one of " + list(operation_.exactly_one, " or ") + "; " +
                 (given.empty() ? "there is none." : "there are " + list(given, " and ") + ".")};
}

Check Checker::path() {
  result_.target.reserve(kTargetBytes);
  std::string_view rest = operation_.path;
  for (;;) {
    const std::size_t open = rest.find('{');
    result_.target += rest.substr(0, open);
    if (open == std::string_view::npos) return {};
    const std::size_t close = rest.find('}', open);
    const std::string_view name = rest.substr(open + 1, close - open - 1);
    rest.remove_prefix(close + 1);

    const auto parameter = std::ranges::find(operation_.path_parameters, name, &Parameter::name);
    Argument* const argument = arguments_.present(name);
    if (argument == nullptr) {
      if (Argument* const null = arguments_.find(name)) null->used = true;
      if (name != "serverId") {
        return Message{id() + " needs " + std::string(name) + ", " + std::string(type_words(parameter->type)) + "."};
      }
      result_.target += std::to_string(rules_.server_id);
      continue;
    }
    argument->used = true;
    const auto text = scalar_text(parameter->type, argument->value, argument->raw);
    if (!text) return wrong(*parameter, *argument);
    if (text->empty()) return Message{id() + ": " + std::string(name) + " must not be empty."};
    // A server on the way may read them as steps in the path, encoded or not.
    if (*text == "." || *text == "..")
      return Message{id() + ": " + std::string(name) + " must not be '" + *text + "'."};
    append_path_segment(result_.target, *text);
  }
}

void Checker::append_query(const Parameter& parameter, std::string_view text) {
  result_.target += result_.target.find('?') == std::string::npos ? '?' : '&';
  append_percent_encoded(result_.target, parameter.name);
  result_.target += '=';
  append_percent_encoded(result_.target, text);
}

Check Checker::query() {
  for (const Parameter& parameter : operation_.query) {
    if (Argument* const argument = arguments_.find(parameter.name)) argument->used = true;
    const Argument* const argument = arguments_.present(parameter.name);
    if (argument == nullptr) {
      if (parameter.presence != Presence::kRequired) continue;
      return Message{id() + " needs " + std::string(parameter.name) + ", " + std::string(type_words(parameter.type)) +
                     "."};
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
    if (Check checked = out_of_bounds(id(), parameter, *text); !checked) return checked;
    append_query(parameter, *text);
  }
  return {};
}

/// Runs before the check for missing members: a missing one may be there under a wrong name.
Check Checker::superfluous() {
  if (operation_.body != BodyKind::kNone) return {};
  const auto names = known_names();
  for (const Argument& argument : arguments_.members()) {
    if (std::ranges::find(names, argument.name) != names.end()) continue;
    if (argument.name == "body" && operation_.method != "GET") continue;
    const std::string_view nearest = nearest_name(argument.name, names);
    std::string message = id() + " has no parameter " + in_quotes(argument.name);
    if (!nearest.empty()) {
      message += "; did you mean " + std::string(nearest) + "?";
    } else if (names.empty()) {
      message += "; it takes none.";
    } else {
      message += "; it takes " + list(names, " and ") + ".";
    }
    return Message{std::move(message)};
  }
  return {};
}

Check Checker::demands(dom::element body, const std::string& whom) {
  const auto is_there = [](dom::element value) {
    if (value.is_string()) return !value.get_string().value_unsafe().empty();
    return !value.is_null();
  };
  const auto demanded = [](const Parameter& field) { return field.insisted || field.high != 0; };
  if (operation_.exactly_one.empty() && std::ranges::none_of(operation_.fields, demanded)) return {};
  if (!body.is_object()) return Message{whom + " takes an object as its body."};
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
      return Message{whom + " needs " + std::string(field.name) + ", " + std::string(type_words(field.type)) + "."};
    }
    const std::string raw = simdjson::minify(value);
    if (field.type == ValueType::kInteger || field.type == ValueType::kString) {
      const auto text = scalar_text(field.type, value, raw);
      if (!text) return wrong(whom, field, {field.name, value, raw});
      if (text->empty()) return Message{whom + ": " + std::string(field.name) + " must not be empty."};
      if (Check checked = out_of_bounds(whom, field, *text); !checked) return checked;
    }
  }
  return {};
}

Check Checker::body() {
  const auto demands_of_each = [&](dom::element body) -> Check {
    dom::array elements;
    if (operation_.body != BodyKind::kObjectOrArray || body.get(elements) != simdjson::SUCCESS) {
      return demands(body, id());
    }
    std::size_t number = 0;
    for (const dom::element element : elements) {
      if (Check checked = demands(element, id() + " [" + std::to_string(++number) + "]"); !checked) {
        return checked;
      }
    }
    return {};
  };
  if (const auto array = arguments_.array()) {
    result_.body = arguments_.text();
    return demands_of_each(*array);
  }
  if (Argument* const whole = operation_.method == "GET" ? nullptr : arguments_.find("body")) {
    whole->used = true;
    for (const Argument& argument : arguments_.members()) {
      if (!argument.used) {
        return Message{id() + ": with body, which is the whole body, there can be no " + in_quotes(argument.name) +
                       " beside it."};
      }
    }
    append_body(result_.body, whole->raw, operation_.fields);
    return demands_of_each(whole->value);
  }
  if (operation_.body == BodyKind::kNone) return {};
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

Check Checker::form(std::string attachment) {
  if (arguments_.find("body") != nullptr) return Message{id() + " takes its parts by name, not as a body."};
  std::vector<FormField> fields;
  for (const Parameter& parameter : operation_.fields) {
    const Argument* const argument = arguments_.present(parameter.name);
    if (argument == nullptr) {
      if (parameter.presence == Presence::kRequired && parameter.type != ValueType::kFile) {
        return Message{id() + " needs " + std::string(parameter.name) + ", " + std::string(type_words(parameter.type)) +
                       "."};
      }
      continue;
    }
    const auto text = scalar_text(parameter.type, argument->value, argument->raw);
    if (!text) return wrong(parameter, *argument);
    if (Check checked = out_of_bounds(id(), parameter, *text); !checked) return checked;
    if (parameter.type != ValueType::kFile) fields.emplace_back(parameter.name, *text);
  }
  for (const Argument& argument : arguments_.members()) {
    if (argument.used || argument.value.is_null()) continue;
    if (std::ranges::find(operation_.fields, argument.name, &Parameter::name) != operation_.fields.end()) continue;
    if (!is_field_name(argument.name)) {
      return Message{id() + ": the name of the field " + in_quotes(argument.name) + " has control characters."};
    }
    // Forms are open as bodies are: a text as it is, all else as JSON.
    std::string_view text = argument.raw;
    if (argument.value.is_string()) text = argument.value.get_string().value_unsafe();
    fields.emplace_back(argument.name, text);
  }
  Result<Recording> recording = find_recording(operation_, arguments_, attachment, rules_.upload_folders);
  if (!recording) return recording.error();
  const auto file_field = std::ranges::find(operation_.fields, ValueType::kFile, &Parameter::type);
  Multipart laid_out = lay_out_form(fields, file_field->name, recording->file_name, random_boundary());
  laid_out.bytes = std::move(attachment);
  laid_out.file = std::move(recording->file);
  result_.multipart = std::make_shared<const Multipart>(std::move(laid_out));
  return {};
}

/// What the call is about: units and a value, or the keys of the calls that it must not overtake.
Check Checker::targets() {
  const bool desired = &operation_ == &set_unit_panic() || &operation_ == &set_unit_status();
  if (desired && result_.target == target(operation_, rules_.server_id)) {
    read_desired(operation_, arguments_, result_.desired);
  }
  if (result_.desired.units.empty()) {
    append_order_keys(operation_, arguments_, result_.order_keys);
  } else {
    result_.body.clear();  // the request is made when it leaves, for all units that want the same then
  }
  const std::size_t count = std::max(result_.desired.units.size(), result_.order_keys.size());
  if (count <= limits::kCallTargets) return {};
  return Message{id() + " names " + std::to_string(count) + " units, calls or records; " +
                 std::to_string(limits::kCallTargets) + " are the most in one call."};
}

Check Checker::check(std::string_view arguments, std::string attachment) {
  if (!attachment.empty() && operation_.body != BodyKind::kMultipart) {
    return Message{id() + " takes no attachment."};
  }
  if (Check checked = arguments_.parse(operation_, arguments); !checked) return checked;
  if (Check checked = superfluous(); !checked) return checked;
  if (Check checked = identifiers(); !checked) return checked;
  if (Check checked = path(); !checked) return checked;
  if (Check checked = query(); !checked) return checked;
  if (Check checked = operation_.body == BodyKind::kMultipart ? form(std::move(attachment)) : body(); !checked) {
    return checked;
  }
  return targets();
}

}  // namespace

std::size_t CheckedCall::text_bytes() const {
  return target.size() + body.size() + order_keys.bytes() + desired.units.bytes();
}

std::size_t CheckedCall::bytes() const {
  if (multipart == nullptr) return text_bytes();
  return text_bytes() + multipart->head.size() + multipart->bytes.size() + multipart->tail.size();
}

void CheckedCall::clear(std::size_t kept) {
  multipart.reset();
  if (target.capacity() + body.capacity() + order_keys.capacity() + desired.units.capacity() > kept) *this = {};
  operation = nullptr;
  target.clear();
  body.clear();
  order_keys.clear();
  desired.units.clear();
}

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

Result<CheckedCall> check_call(std::string_view operation_id, std::string_view arguments, std::string attachment,
                               const CallRules& rules) {
  CallWorkspace workspace;
  auto checked = check_call(operation_id, arguments, std::move(attachment), rules, workspace);
  if (!checked) return checked.error();
  return std::move(**checked);
}

Result<CheckedCall*> check_call(std::string_view operation_id, std::string_view arguments, std::string attachment,
                                const CallRules& rules, CallWorkspace& workspace) {
  const Operation* const operation = find_operation(operation_id);
  if (operation == nullptr) {
    const std::string_view nearest = nearest_operation(operation_id);
    return Message{"There is no operation " + in_quotes(operation_id) +
                   (nearest.empty() ? "; docs/operations.md lists those there are."
                                    : "; did you mean " + std::string(nearest) + "?")};
  }
  CallWorkspace::Parts& parts = workspace.parts();
  // Long arguments are rare, and their buffers are ten times as long as the arguments.
  std::optional<Arguments> own;
  Arguments& chosen = arguments.size() > Arguments::kKeptBytes ? own.emplace() : parts.arguments;
  Checker checker(*operation, rules, chosen, parts.result);
  if (const Check checked = checker.check(arguments, std::move(attachment)); !checked) return checked.error();
  return &parts.result;
}

}  // namespace sonoran::api
