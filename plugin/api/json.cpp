#include "api/json.h"

#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serializer.hpp>
#include <boost/json/string_view.hpp>
#include <charconv>
#include <cmath>
#include <optional>

#include "core/text.h"

namespace sonoran::api {
namespace {

/// A handler for a parser that only has to accept or refuse.
struct Ignore {
  using Error = boost::system::error_code;
  using Text = boost::json::string_view;
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  static bool on_document_begin(Error&) { return true; }
  static bool on_document_end(Error&) { return true; }
  static bool on_object_begin(Error&) { return true; }
  static bool on_object_end(std::size_t, Error&) { return true; }
  static bool on_array_begin(Error&) { return true; }
  static bool on_array_end(std::size_t, Error&) { return true; }
  static bool on_key_part(Text, std::size_t, Error&) { return true; }
  static bool on_key(Text, std::size_t, Error&) { return true; }
  static bool on_string_part(Text, std::size_t, Error&) { return true; }
  static bool on_string(Text, std::size_t, Error&) { return true; }
  static bool on_number_part(Text, Error&) { return true; }
  static bool on_int64(std::int64_t, Text, Error&) { return true; }
  static bool on_uint64(std::uint64_t, Text, Error&) { return true; }
  static bool on_double(double, Text, Error&) { return true; }
  static bool on_bool(bool, Error&) { return true; }
  static bool on_null(Error&) { return true; }
  static bool on_comment_part(Text, Error&) { return true; }
  static bool on_comment(Text, Error&) { return true; }
};

/// The code unit of the escape "\uXXXX" that `text` begins with.
std::optional<unsigned> escaped_unit(std::string_view text) {
  if (text.size() < 6 || !text.starts_with("\\u")) return std::nullopt;
  unsigned unit = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 6, unit, 16);
  if (error != std::errc() || end != text.data() + 6) return std::nullopt;
  return unit;
}

bool is_high_surrogate(std::optional<unsigned> unit) {
  return unit && *unit >= 0xD800 && *unit <= 0xDBFF;
}
bool is_low_surrogate(std::optional<unsigned> unit) {
  return unit && *unit >= 0xDC00 && *unit <= 0xDFFF;
}

}  // namespace

std::string_view json_start(std::string_view text) {
  static constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

bool begins_as_json(std::string_view text) {
  text = json_start(text);
  if (text.empty()) return false;
  if (std::string_view("{[\"-0123456789").find(text.front()) != std::string_view::npos) return true;
  return text.starts_with("true") || text.starts_with("false") || text.starts_with("null");
}

bool is_json(std::string_view text, unsigned depth) {
  boost::json::parse_options options;
  options.max_depth = depth;
  boost::json::basic_parser<Ignore> parser(options);
  boost::system::error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  return !error && text.find_first_not_of(" \t\r\n", used) == std::string_view::npos;
}

std::string readable_json(std::string_view text) {
  std::string json = valid_utf8(json_start(text));
  for (std::size_t at = json.find('\\'); at != std::string::npos; at = json.find('\\', at)) {
    const std::string_view rest = std::string_view(json).substr(at);
    const auto unit = escaped_unit(rest);
    if (!unit) {
      at += 2;  // another escape, whose second character may be a backslash
    } else if (is_high_surrogate(unit) && is_low_surrogate(escaped_unit(rest.substr(6)))) {
      at += 12;
    } else {
      if (is_high_surrogate(unit) || is_low_surrogate(unit)) json.replace(at, 6, "\\ufffd");
      at += 6;
    }
  }
  return json;
}

void append_json(std::string& out, std::string_view text) {
  // Nearly all texts are plain, and a batch of 2,048 units has 6,000 texts.
  const auto plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  if (std::ranges::all_of(text, plain)) {
    out += '"';
    out += text;
    out += '"';
    return;
  }
  boost::json::serializer writer;
  writer.reset(boost::json::string_view(text.data(), text.size()));
  std::array<char, 256> piece{};
  while (!writer.done()) {
    const auto written = writer.read(piece.data(), piece.size());
    out.append(written.data(), written.size());
  }
}

void append_json(std::string& out, double number) {
  if (number == 0) number = 0;  // no "-0"
  std::array<char, 32> buffer{};
  char* const end = buffer.data() + buffer.size();
  // Plain digits where they fit: "100000", not "1e+05".
  auto written = std::to_chars(buffer.data(), end, number, std::chars_format::fixed);
  if (written.ec != std::errc()) written = std::to_chars(buffer.data(), end, number);
  out.append(buffer.data(), written.ptr);
}

void append_decimal(std::string& out, double number, int places) {
  static constexpr std::array<double, 4> kSteps = {1, 10, 100, 1000};
  const double scaled = std::round(number * kSteps.at(static_cast<std::size_t>(places)));
  if (!(std::abs(scaled) < 1e15)) return append_json(out, number);
  if (scaled == 0) {  // no "-0"
    out += '0';
    return;
  }
  std::array<char, 24> buffer{};
  const auto* const end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::llround(std::abs(scaled))).ptr;
  std::string_view digits(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  auto fraction = static_cast<std::size_t>(places);
  for (; fraction > 0 && digits.ends_with('0'); --fraction) digits.remove_suffix(1);
  const std::size_t whole = digits.size() - std::min(fraction, digits.size());
  if (scaled < 0) out += '-';
  out += whole == 0 ? "0" : digits.substr(0, whole);
  if (fraction == 0) return;
  out += '.';
  out.append(fraction - (digits.size() - whole), '0');  // 5 with two places is 0.05
  out += digits.substr(whole);
}

void append_json(std::string& out, bool value) {
  out += value ? "true" : "false";
}

}  // namespace sonoran::api
