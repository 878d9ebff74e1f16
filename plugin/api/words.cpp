#include "api/words.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <set>

#include "api/json.h"
#include "core/text.h"

namespace sonoran::api {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kWordBytes = 500;
constexpr std::size_t kNamesBytes = std::size_t{16} * 1024;
constexpr int kNamesDepth = 16;

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// The text of a value; false when it is none.
bool read_text(ondemand::value value, std::string& into) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return false;
  into = printable(text, kWordBytes);
  return true;
}

bool is_number(ondemand::value value, int number) {
  double found = 0;
  return value.get_double().get(found) == simdjson::SUCCESS && found == number;
}

/// Appends every text of a value to `into`, one a line.
void collect(ondemand::value value, std::string& into, int depth) {
  ondemand::json_type type{};
  if (depth > kNamesDepth || into.size() > kNamesBytes || value.type().get(type) != simdjson::SUCCESS) return;
  if (type == ondemand::json_type::string) {
    std::string_view text;
    if (value.get_string().get(text) == simdjson::SUCCESS) into.append(text).push_back('\n');
  } else if (type == ondemand::json_type::array) {
    ondemand::array elements;
    if (value.get_array().get(elements) != simdjson::SUCCESS) return;
    for (auto element : elements) {
      ondemand::value inner;
      if (element.get(inner) != simdjson::SUCCESS) return;
      collect(inner, into, depth + 1);
    }
  } else if (type == ondemand::json_type::object) {
    ondemand::object fields;
    if (value.get_object().get(fields) != simdjson::SUCCESS) return;
    for (auto field : fields) {
      std::string_view name;
      if (field.unescaped_key().get(name) != simdjson::SUCCESS) return;
      if (depth == 0 && (name == "type" || name == "instance" || name == "traceId")) continue;
      into.append(name).push_back('\n');
      ondemand::value inner;
      if (field.value().get(inner) != simdjson::SUCCESS) return;
      collect(inner, into, depth + 1);
    }
  }
}

bool is_of_an_id(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Whether `word` stands in `text` as a word of its own, not as a part of a longer one. A colon or a dot makes it a
/// part when more of an id follows.
bool stands_in(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const auto joins = [&](std::size_t near, std::size_t beyond) {
      if (near >= text.size()) return false;
      if (is_of_an_id(text[near])) return true;
      return (text[near] == ':' || text[near] == '.') && beyond < text.size() && is_of_an_id(text[beyond]);
    };
    const std::size_t end = at + word.size();
    if (!joins(at - 1, at - 2) && !joins(end, end + 1)) return true;
  }
  return false;
}

/// The places in "updates[3]", as ASP.NET's validation names an element.
void find_places(std::string_view text, std::size_t most, std::set<std::size_t>& into) {
  static constexpr std::string_view kArray = "updates[";
  for (std::size_t at = text.find(kArray); at != std::string_view::npos; at = text.find(kArray, at + 1)) {
    const std::string_view rest = text.substr(at + kArray.size());
    std::size_t place = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), place);
    if (error == std::errc() && end != rest.data() + rest.size() && *end == ']' && place < most) into.insert(place);
  }
}

}  // namespace

Words read_words(int status, std::string_view body) {
  Words words;
  if (!json_start(body).starts_with('{')) return words;
  const simdjson::padded_string text(readable_json(body));
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object fields;
  if (parser.iterate(text).get(document) != simdjson::SUCCESS ||
      document.get_object().get(fields) != simdjson::SUCCESS) {
    return words;
  }
  bool named = false;
  bool same_status = false;
  bool has_message = false;
  bool has_request_id = false;
  std::string message;
  std::string request_id;
  std::string type;
  for (auto field : fields) {
    std::string_view name;
    ondemand::value value;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS || field.value().get(value) != simdjson::SUCCESS) break;
    if (name == "title") {
      named = read_text(value, words.title) || named;
    } else if (name == "type") {
      named = read_text(value, type) || named;
    } else if (name == "status") {
      same_status = is_number(value, status);
    } else if (name == "detail") {
      read_text(value, words.detail);
    } else if (name == "traceId") {
      read_text(value, words.trace_id);
    } else if (name == "message") {
      has_message = read_text(value, message);
    } else if (name == "request_id") {
      has_request_id = read_text(value, request_id);
    }
  }
  words.verdict = (named && same_status) || (status == 429 && has_message && has_request_id);
  if (words.detail.empty()) words.detail = std::move(message);
  if (words.trace_id.empty()) words.trace_id = std::move(request_id);
  return words;
}

bool is_about_the_path(std::string_view words) {
  static constexpr std::array<std::string_view, 9> kPath = {"page", "path",     "paths",     "route", "routes",
                                                            "url",  "endpoint", "endpoints", "uri"};
  std::string text = lower(words);
  for (const std::string_view phrase : {"on this server", "on the server"}) {
    if (const auto at = text.find(phrase); at != std::string::npos) text.erase(at, phrase.size());
  }
  bool path = false;
  bool other = false;
  static constexpr std::string_view kAround = "'\"`()[]<>.,;:!?";
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t size = std::min(rest.find_first_of(" \t\n"), rest.size());
    std::string_view word = rest.substr(0, size);
    rest.remove_prefix(std::min(size + 1, rest.size()));
    word.remove_prefix(std::min(word.find_first_not_of(kAround), word.size()));
    if (const auto last = word.find_last_not_of(kAround); last != std::string_view::npos)
      word = word.substr(0, last + 1);
    if (word.find('/') != std::string_view::npos) {
      path = path || word.find("v2/") != std::string_view::npos;
    } else {
      path = path || std::ranges::find(kPath, word) != kPath.end();
      other = other || word.starts_with("server") || word.starts_with("parameter");
    }
  }
  return path && !other;
}

std::vector<std::size_t> named_units(std::string_view body, std::span<const std::string> units) {
  std::string said;
  const simdjson::padded_string text(readable_json(body));
  ondemand::parser parser;
  ondemand::document document;
  ondemand::value value;
  if (json_start(body).starts_with('{') && parser.iterate(text).get(document) == simdjson::SUCCESS &&
      document.get_value().get(value) == simdjson::SUCCESS) {
    collect(value, said, 0);
  }
  const std::string_view words = std::string_view(said).substr(0, kNamesBytes);
  std::set<std::size_t> found;
  find_places(lower(words), units.size(), found);
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (stands_in(words, units[i])) found.insert(i);
  }
  return {found.begin(), found.end()};
}

std::string page_title(std::string_view page) {
  const std::string text = lower(page.substr(0, kNamesBytes));
  const auto begin = text.find("<title>");
  if (begin == std::string::npos) return {};
  const auto end = text.find("</title>", begin);
  if (end == std::string::npos) return {};
  return printable(page.substr(begin + 7, end - begin - 7), 80);
}

}  // namespace sonoran::api
