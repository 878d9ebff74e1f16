#include "simulator/faults.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>
#include <limits>
#include <stdexcept>

#include "simulator/routes.h"

namespace sonoran::simulator {
namespace {

namespace json = boost::json;

constexpr std::size_t kHugest = std::size_t{1} << 30;
constexpr std::string_view kDate = "date";
constexpr std::string_view kDateIn = "date:";
constexpr unsigned kDateSecondsAhead = 5;

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The seconds of "date" and "date:N"; nothing if `text` is neither.
std::optional<unsigned> seconds_of_date(std::string_view text) {
  if (text == kDate) return kDateSecondsAhead;
  if (!text.starts_with(kDateIn)) return std::nullopt;
  return number(text.substr(kDateIn.size()));
}

std::string_view name_of(Stage stage) {
  if (stage == Stage::kBefore) return "BEFORE";
  return stage == Stage::kHeaders ? "HEADERS" : "BODY";
}

[[noreturn]] void refuse_value(std::string_view name, std::string_view expected) {
  throw std::invalid_argument("The fault '" + std::string(name) + "' takes " + std::string(expected) + ".");
}

std::string text_value(std::string_view name, const json::value& value) {
  if (!value.is_string()) refuse_value(name, "a text");
  return std::string(std::string_view(value.get_string()));
}

bool flag_value(std::string_view name, const json::value& value) {
  if (!value.is_bool()) refuse_value(name, "true or false");
  return value.get_bool();
}

template <typename Count>
Count count_value(std::string_view name, const json::value& value) {
  boost::system::error_code error;
  const auto count = value.is_number() ? value.to_number<Count>(error) : Count{};
  if (error || !value.is_number()) refuse_value(name, "a whole number");
  return count;
}

std::vector<std::string> texts_value(std::string_view name, const json::value& value) {
  if (value.is_string()) return {text_value(name, value)};
  if (!value.is_array()) refuse_value(name, "a text or an array of texts");
  std::vector<std::string> texts;
  for (const json::value& element : value.get_array()) texts.push_back(text_value(name, element));
  return texts;
}

void set(Faults& faults, std::string_view name, const json::value& value) {
  if (name == "delay_ms") {
    faults.delay_ms = count_value<std::uint32_t>(name, value);
  } else if (name == "status") {
    faults.status = count_value<unsigned>(name, value);
  } else if (name == "reset") {
    faults.reset = stage_of(text_value(name, value));
  } else if (name == "stall") {
    faults.stall = stage_of(text_value(name, value));
  } else if (name == "html") {
    faults.html = flag_value(name, value);
  } else if (name == "garbage") {
    faults.garbage = flag_value(name, value);
  } else if (name == "huge") {
    faults.huge = count_value<std::size_t>(name, value);
  } else if (name == "truncate") {
    faults.truncate = flag_value(name, value);
  } else if (name == "only") {
    faults.only = texts_value(name, value);
  } else if (name == "times") {
    faults.times = count_value<std::uint64_t>(name, value);
  } else if (name == "refuse") {
    faults.refuse = flag_value(name, value);
  } else if (name == "retry_after") {
    faults.retry_after =
        value.is_string() ? text_value(name, value) : std::to_string(count_value<std::uint32_t>(name, value));
  } else if (name == "rate_scale") {
    if (!value.is_number()) refuse_value(name, "a number");
    faults.rate_scale = value.to_number<double>();
  } else if (name == "unknown_units") {
    faults.unknown_units = texts_value(name, value);
  } else {
    throw std::invalid_argument("There is no fault '" + std::string(name) + "'.");
  }
}

}  // namespace

bool Faults::concern(std::string_view operation) const {
  if (times == 0U) return false;
  return only.empty() || std::find(only.begin(), only.end(), operation) != only.end();
}

std::string retry_after_header(const Faults& faults) {
  const auto ahead = seconds_of_date(faults.retry_after);
  if (!ahead) return faults.retry_after;
  const auto then = std::chrono::system_clock::now() + std::chrono::seconds(*ahead);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(then);
  std::tm fields{};
  gmtime_r(&seconds, &fields);
  char text[64];
  // The program never sets a locale, so the names are the English ones that HTTP asks for.
  const std::size_t length = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &fields);
  return {text, length};
}

Stage stage_of(std::string_view text) {
  for (const Stage stage : {Stage::kBefore, Stage::kHeaders, Stage::kBody}) {
    if (text == name_of(stage)) return stage;
  }
  throw std::invalid_argument("'" + std::string(text) + "' is no stage; it must be BEFORE, HEADERS or BODY.");
}

void check(const Faults& faults) {
  if (faults.status && (*faults.status < 200 || *faults.status > 599))
    throw std::invalid_argument("The status of an answer must be from 200 to 599.");
  if (faults.huge > kHugest)
    throw std::invalid_argument("A huge body has at most " + std::to_string(kHugest) + " bytes.");
  if (!std::isfinite(faults.rate_scale) || faults.rate_scale < 0)
    throw std::invalid_argument("The rate scale must be 0 or more.");
  const std::string& wait = faults.retry_after;
  if (!wait.empty() && !number(wait) && !seconds_of_date(wait))
    throw std::invalid_argument("'" + wait + "' is no wait; it must be seconds, 'date' or 'date:SECONDS'.");
  const auto& known = published_routes().operations();
  for (const std::string& id : faults.only) {
    if (std::none_of(known.begin(), known.end(), [&](const Operation& operation) { return operation.id == id; }))
      throw std::invalid_argument("There is no operation '" + id + "'.");
  }
}

Faults faults_of(const json::value& value) {
  if (!value.is_object()) throw std::invalid_argument("The faults must be a JSON object.");
  Faults faults;
  for (const auto& [name, fault] : value.get_object()) {
    // null is the absence of a fault, so that what the statistics show can be posted again.
    if (!fault.is_null()) set(faults, std::string_view(name), fault);
  }
  check(faults);
  return faults;
}

json::object json_of(const Faults& faults) {
  const auto stage = [](const std::optional<Stage>& value) -> json::value {
    if (!value) return nullptr;
    return json::string(name_of(*value));
  };
  const auto count = [](const auto& value) -> json::value {
    if (!value) return nullptr;
    return *value;
  };
  json::object object;
  object["delay_ms"] = faults.delay_ms;
  object["status"] = count(faults.status);
  object["reset"] = stage(faults.reset);
  object["stall"] = stage(faults.stall);
  object["html"] = faults.html;
  object["garbage"] = faults.garbage;
  object["huge"] = faults.huge;
  object["truncate"] = faults.truncate;
  object["only"] = json::value_from(faults.only);
  object["times"] = count(faults.times);
  object["refuse"] = faults.refuse;
  object["retry_after"] = faults.retry_after;
  object["rate_scale"] = faults.rate_scale;
  object["unknown_units"] = json::value_from(faults.unknown_units);
  return object;
}

}  // namespace sonoran::simulator
