#include "api/push_event.h"

#include <algorithm>
#include <cctype>

#include "api/json.h"
#include "api/raw_json.h"

namespace sonoran::api {
namespace {

namespace ondemand = simdjson::ondemand;

/// The text of an array's first element, and whether it is the only element. Nothing: no array, or an empty one.
struct First {
  std::string raw;
  bool alone = true;
};
std::optional<First> first_of(std::string_view array) {
  ondemand::parser parser;
  const simdjson::padded_string padded(array);
  ondemand::document document;
  ondemand::array elements;
  if (parser.iterate(padded).get(document) || document.get_array().get(elements)) return std::nullopt;
  std::optional<First> first;
  for (auto each : elements) {
    if (first) {
      first->alone = false;
      break;
    }
    ondemand::value value;
    std::string_view raw;
    // Only a temporary can be read. NOLINTNEXTLINE(performance-move-const-arg)
    if (std::move(each).get(value) || raw_text(value, raw)) return std::nullopt;
    first.emplace().raw = trimmed(raw);
  }
  return first;
}

bool is_type(std::string_view text) {
  const auto plain = [](char c) { return c > ' ' && c <= '~'; };
  return !text.empty() && text.size() <= kEventTypeBytes && std::ranges::all_of(text, plain);
}

std::optional<PushEvent> read_envelope(std::string_view json) {
  const RawObject object(json);
  PushEvent event{.type = {}, .data = "null", .key = {}};
  for (const RawMember& member : object.members()) {
    if (member.name == "type") {
      event.type = string_of(member.raw).value_or("");
    } else if (member.name == "key") {
      event.key = string_of(member.raw);
    } else if (member.name == "data") {
      event.data = trimmed(member.raw);
    }
  }
  if (!is_type(event.type)) return std::nullopt;
  std::ranges::transform(event.type, event.type.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (event.data.starts_with('[')) {
    auto first = first_of(event.data);
    if (first && first->alone && first->raw.starts_with('{')) event.data = std::move(first->raw);
  }
  return event;
}

}  // namespace

std::optional<PushEvent> read_push_event(std::string_view json) {
  const std::string readable = readable_json(json);
  if (!readable.starts_with('"')) return read_envelope(readable);
  const auto text = string_of(readable);
  if (!text) return std::nullopt;
  return read_envelope(readable_json(*text));
}

std::optional<PushEvent> read_pushed_event(std::string_view arguments) {
  const auto first = first_of(readable_json(arguments));
  if (!first) return std::nullopt;
  return read_push_event(first->raw);
}

}  // namespace sonoran::api
