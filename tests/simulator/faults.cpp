#include "simulator/faults.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <utility>

#include "simulator/routes.h"

namespace sonoran::simulator {
namespace {

namespace json = boost::json;

constexpr std::size_t kHugest = std::size_t{1} << 30;
constexpr std::string_view kDate = "date";
constexpr std::string_view kDateIn = "date:";
constexpr unsigned kDateSecondsAhead = 5;
constexpr std::string_view kWhenTheWindowOpens = "window";
constexpr std::array<std::string_view, 5> kResetHeaders = {"", "RateLimit-Reset", "X-RateLimit-Reset",
                                                           "RateLimit-Reset:epoch", "X-RateLimit-Reset:epoch"};

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

constexpr std::array<std::pair<std::string_view, Stage>, 6> kStages = {{{"ACCEPT", Stage::kAccept},
                                                                        {"REQUEST", Stage::kRequest},
                                                                        {"BEFORE", Stage::kBefore},
                                                                        {"AFTER", Stage::kAfter},
                                                                        {"HEADERS", Stage::kHeaders},
                                                                        {"BODY", Stage::kBody}}};
constexpr std::array<std::pair<std::string_view, Certificate>, 10> kCertificates = {
    {{"GOOD", Certificate::kGood},
     {"EXPIRED", Certificate::kExpired},
     {"OTHER_NAME", Certificate::kOtherName},
     {"SELF_SIGNED", Certificate::kSelfSigned},
     {"COMMON_NAME", Certificate::kCommonName},
     {"WILDCARD", Certificate::kWildcard},
     {"INTERMEDIATE", Certificate::kIntermediate},
     {"MISSING_INTERMEDIATE", Certificate::kMissingIntermediate},
     {"RSA", Certificate::kRsa},
     {"WEAK_RSA", Certificate::kWeakRsa}}};
constexpr std::array<std::pair<std::string_view, Form>, 5> kForms = {{{"PROBLEM", Form::kProblem},
                                                                      {"GATEWAY", Form::kGateway},
                                                                      {"HTML", Form::kHtml},
                                                                      {"EMPTY", Form::kEmpty},
                                                                      {"TEXT", Form::kText}}};
constexpr std::array<std::pair<std::string_view, Window>, 2> kWindows = {
    {{"SLIDING", Window::kSliding}, {"FIXED", Window::kFixed}}};
constexpr std::array<std::pair<std::string_view, Endless>, 11> kEndless = {{{"STATUS_LINE", Endless::kStatusLine},
                                                                            {"HEADER", Endless::kHeader},
                                                                            {"FIELDS", Endless::kFields},
                                                                            {"INTERIM", Endless::kInterim},
                                                                            {"BODY", Endless::kBody},
                                                                            {"CHUNKS", Endless::kChunks},
                                                                            {"CHUNK_SIZE", Endless::kChunkSize},
                                                                            {"EXTENSION", Endless::kExtension},
                                                                            {"EXTENSIONS", Endless::kExtensions},
                                                                            {"TRAILER", Endless::kTrailer},
                                                                            {"TRAILERS", Endless::kTrailers}}};
constexpr std::array<std::string_view, 5> kTlsVersions = {"", "1.0", "1.1", "1.2", "1.3"};

template <typename Value, std::size_t kCount>
std::string_view name_of(const std::array<std::pair<std::string_view, Value>, kCount>& names, Value value) {
  return std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.second == value; })->first;
}

/// Throws with the sentence "'x' is no <what>; it must be A, B or C."
template <typename Value, std::size_t kCount>
Value value_of(const std::array<std::pair<std::string_view, Value>, kCount>& names, std::string_view text,
               std::string_view what) {
  std::string all;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (names[i].first == text) return names[i].second;
    if (i != 0) all += i + 1 == kCount ? " or " : ", ";
    all += names[i].first;
  }
  throw std::invalid_argument("'" + std::string(text) + "' is no " + std::string(what) + "; it must be " + all + ".");
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

std::vector<unsigned> counts_value(std::string_view name, const json::value& value) {
  if (value.is_number()) return {count_value<unsigned>(name, value)};
  if (!value.is_array()) refuse_value(name, "a whole number or an array of whole numbers");
  std::vector<unsigned> counts;
  for (const json::value& element : value.get_array()) counts.push_back(count_value<unsigned>(name, element));
  return counts;
}

std::vector<std::string> texts_value(std::string_view name, const json::value& value) {
  if (value.is_string()) return {text_value(name, value)};
  if (!value.is_array()) refuse_value(name, "a text or an array of texts");
  std::vector<std::string> texts;
  for (const json::value& element : value.get_array()) texts.push_back(text_value(name, element));
  return texts;
}

double number_value(std::string_view name, const json::value& value) {
  if (!value.is_number()) refuse_value(name, "a number");
  return value.to_number<double>();
}

/// False if there is no such member of a single fault.
bool set_one(Fault& fault, std::string_view name, const json::value& value) {
  if (name == "jitter_ms") {
    fault.jitter_ms = count_value<std::uint32_t>(name, value);
  } else if (name == "late_ms") {
    fault.late_ms = count_value<std::uint32_t>(name, value);
  } else if (name == "delay_ms") {
    fault.delay_ms = count_value<std::uint32_t>(name, value);
  } else if (name == "drip_ms") {
    fault.drip_ms = count_value<std::uint32_t>(name, value);
  } else if (name == "status") {
    fault.status = count_value<unsigned>(name, value);
  } else if (name == "interim") {
    fault.interim = counts_value(name, value);
  } else if (name == "interim_ms") {
    fault.interim_ms = count_value<std::uint32_t>(name, value);
  } else if (name == "reset") {
    fault.reset = stage_of(text_value(name, value));
  } else if (name == "stall") {
    fault.stall = stage_of(text_value(name, value));
  } else if (name == "half_close") {
    fault.half_close = stage_of(text_value(name, value));
  } else if (name == "html") {
    fault.html = flag_value(name, value);
  } else if (name == "form") {
    fault.form = form_of(text_value(name, value));
  } else if (name == "body") {
    fault.body = text_value(name, value);
  } else if (name == "content_type") {
    fault.content_type = text_value(name, value);
  } else if (name == "server") {
    fault.server = text_value(name, value);
  } else if (name == "headers") {
    fault.headers = texts_value(name, value);
  } else if (name == "stray") {
    fault.stray = flag_value(name, value);
  } else if (name == "garbage") {
    fault.garbage = flag_value(name, value);
  } else if (name == "bad_http") {
    fault.bad_http = flag_value(name, value);
  } else if (name == "huge") {
    fault.huge = count_value<std::size_t>(name, value);
  } else if (name == "huge_header") {
    fault.huge_header = count_value<std::size_t>(name, value);
  } else if (name == "deaf") {
    fault.deaf = flag_value(name, value);
  } else if (name == "certificate") {
    fault.certificate = certificate_of(text_value(name, value));
  } else if (name == "tls_min") {
    fault.tls_min = text_value(name, value);
  } else if (name == "tls_max") {
    fault.tls_max = text_value(name, value);
  } else if (name == "ciphers") {
    fault.ciphers = text_value(name, value);
  } else if (name == "truncate") {
    fault.truncate = flag_value(name, value);
  } else if (name == "short_length") {
    fault.short_length = flag_value(name, value);
  } else if (name == "chunked") {
    fault.chunked = flag_value(name, value);
  } else if (name == "endless") {
    fault.endless = endless_of(text_value(name, value));
  } else if (name == "echo_key") {
    fault.echo_key = flag_value(name, value);
  } else if (name == "only") {
    fault.only = texts_value(name, value);
  } else if (name == "at") {
    fault.at = text_value(name, value);
  } else if (name == "nth") {
    fault.nth = count_value<std::uint64_t>(name, value);
  } else if (name == "skip") {
    fault.skip = count_value<std::uint64_t>(name, value);
  } else if (name == "probability") {
    fault.probability = number_value(name, value);
  } else if (name == "seed") {
    fault.seed = count_value<std::uint64_t>(name, value);
  } else if (name == "times") {
    fault.times = count_value<std::uint64_t>(name, value);
  } else if (name == "for_ms") {
    fault.for_ms = count_value<std::uint32_t>(name, value);
  } else {
    return false;
  }
  return true;
}

[[noreturn]] void refuse_name(std::string_view name) {
  throw std::invalid_argument("There is no fault '" + std::string(name) + "'.");
}

Fault rule_of(const json::value& value) {
  if (!value.is_object()) throw std::invalid_argument("A fault must be a JSON object.");
  Fault fault;
  for (const auto& [name, member] : value.get_object()) {
    // null is the absence of a fault, so that what the statistics show can be posted again.
    if (!member.is_null() && !set_one(fault, std::string_view(name), member)) refuse_name(name);
  }
  return fault;
}

void set(Faults& faults, std::string_view name, const json::value& value) {
  if (set_one(faults, name, value)) return;
  if (name == "rules") {
    if (!value.is_array()) refuse_value(name, "an array of faults");
    for (const json::value& rule : value.get_array()) faults.rules.push_back(rule_of(rule));
  } else if (name == "refuse") {
    faults.refuse = flag_value(name, value);
  } else if (name == "refuse_for_ms") {
    faults.refuse_for_ms = count_value<std::uint32_t>(name, value);
  } else if (name == "hang") {
    faults.hang = flag_value(name, value);
  } else if (name == "still_for_ms") {
    faults.still_for_ms = count_value<std::uint32_t>(name, value);
  } else if (name == "silent_after_ms") {
    faults.silent_after_ms = count_value<std::uint32_t>(name, value);
  } else if (name == "drop_syn") {
    faults.drop_syn = texts_value(name, value);
  } else if (name == "idle_close_ms") {
    faults.idle_close_ms = count_value<std::uint32_t>(name, value);
  } else if (name == "keep_alive") {
    faults.keep_alive = text_value(name, value);
  } else if (name == "retry_after") {
    faults.retry_after =
        value.is_string() ? text_value(name, value) : std::to_string(count_value<std::uint32_t>(name, value));
  } else if (name == "reset_header") {
    faults.reset_header = text_value(name, value);
  } else if (name == "window") {
    faults.window = window_of(text_value(name, value));
  } else if (name == "rate_scale") {
    faults.rate_scale = number_value(name, value);
  } else if (name == "unknown_units") {
    faults.unknown_units = texts_value(name, value);
  } else if (name == "hub") {
    faults.hub = hub_rules_of(value);
  } else {
    refuse_name(name);
  }
}

void check_one(const Fault& fault) {
  if (fault.status && (*fault.status < 200 || *fault.status > 599))
    throw std::invalid_argument("The status of an answer must be from 200 to 599.");
  if (std::any_of(fault.interim.begin(), fault.interim.end(), [](unsigned one) { return one < 100 || one > 199; }))
    throw std::invalid_argument("The status of an interim answer must be from 100 to 199.");
  if (fault.form && fault.body) throw std::invalid_argument("An answer has a 'form' or a 'body', not both.");
  if (!fault.content_type.empty() && !fault.body) throw std::invalid_argument("'content_type' goes with 'body' only.");
  if (fault.stray && !fault.status) throw std::invalid_argument("'stray' goes with 'status' only.");
  for (const std::string& value : {fault.content_type, fault.server}) {
    if (value.find_first_of("\r\n") != std::string::npos)
      throw std::invalid_argument("The value of a header must be one line.");
  }
  for (const std::string& line : fault.headers) {
    if (line.find(": ") == std::string::npos || line.starts_with(':') ||
        line.find_first_of("\r\n") != std::string::npos)
      throw std::invalid_argument("'" + line + "' is not a line of a header; it must be 'Name: value'.");
  }
  if (fault.of_connections() && (fault.late_ms != 0 || fault.nth != 0))
    throw std::invalid_argument("'late_ms' and 'nth' go with a fault of requests, not of connections.");
  if (fault.huge > kHugest || fault.huge_header > kHugest)
    throw std::invalid_argument("A huge body or header has at most " + std::to_string(kHugest) + " bytes.");
  if (fault.deaf && !fault.stall) throw std::invalid_argument("'deaf' goes with 'stall' only.");
  for (const std::string& version : {fault.tls_min, fault.tls_max}) {
    if (std::find(kTlsVersions.begin(), kTlsVersions.end(), version) == kTlsVersions.end())
      throw std::invalid_argument("'" + version + "' is no version of TLS; it must be 1.0, 1.1, 1.2 or 1.3.");
  }
  // As texts they have the order of the versions.
  if (!fault.tls_max.empty() && fault.tls_min > fault.tls_max)
    throw std::invalid_argument("'tls_min' must not be newer than 'tls_max'.");
  if (!fault.ciphers.empty()) {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    if (SSL_CTX_set_cipher_list(context.get(), fault.ciphers.c_str()) != 1)
      throw std::invalid_argument("'" + fault.ciphers + "' names no cipher that OpenSSL knows.");
  }
  if (std::isnan(fault.probability) || fault.probability < 0 || fault.probability > 1)
    throw std::invalid_argument("The probability of a fault must be from 0 to 1.");
  const auto& known = published_routes().operations();
  for (const std::string& id : fault.only) {
    if (id == "hub" || id == "negotiate") continue;
    if (std::none_of(known.begin(), known.end(), [&](const Operation& operation) { return operation.id == id; }))
      throw std::invalid_argument("There is no operation '" + id + "'.");
  }
}

json::object json_of_one(const Fault& fault) {
  const auto stage = [](const std::optional<Stage>& value) -> json::value {
    if (!value) return nullptr;
    return json::string(name_of(kStages, *value));
  };
  const auto count = [](const auto& value) -> json::value {
    if (!value) return nullptr;
    return *value;
  };
  json::object object;
  object["jitter_ms"] = fault.jitter_ms;
  object["late_ms"] = fault.late_ms;
  object["delay_ms"] = fault.delay_ms;
  object["drip_ms"] = fault.drip_ms;
  object["status"] = count(fault.status);
  object["interim"] = json::value_from(fault.interim);
  object["interim_ms"] = fault.interim_ms;
  object["reset"] = stage(fault.reset);
  object["stall"] = stage(fault.stall);
  object["half_close"] = stage(fault.half_close);
  object["html"] = fault.html;
  if (fault.form) object["form"] = json::string(name_of(kForms, *fault.form));
  if (fault.body) object["body"] = *fault.body;
  object["content_type"] = fault.content_type;
  object["server"] = fault.server;
  object["headers"] = json::value_from(fault.headers);
  object["stray"] = fault.stray;
  object["garbage"] = fault.garbage;
  object["bad_http"] = fault.bad_http;
  object["deaf"] = fault.deaf;
  object["huge"] = fault.huge;
  object["huge_header"] = fault.huge_header;
  object["certificate"] = json::string(name_of(kCertificates, fault.certificate));
  object["tls_min"] = fault.tls_min;
  object["tls_max"] = fault.tls_max;
  object["ciphers"] = fault.ciphers;
  object["truncate"] = fault.truncate;
  object["short_length"] = fault.short_length;
  object["chunked"] = fault.chunked;
  if (fault.endless) object["endless"] = json::string(name_of(kEndless, *fault.endless));
  object["echo_key"] = fault.echo_key;
  object["only"] = json::value_from(fault.only);
  object["at"] = fault.at;
  object["nth"] = fault.nth;
  object["skip"] = fault.skip;
  object["probability"] = fault.probability;
  object["seed"] = fault.seed;
  object["times"] = count(fault.times);
  object["for_ms"] = fault.for_ms;
  return object;
}

}  // namespace

bool Fault::does_something() const {
  return jitter_ms != 0 || late_ms != 0 || !headers.empty() || delay_ms != 0 || drip_ms != 0 || status || reset ||
         stall || half_close || html || garbage || form || body || !interim.empty() || !server.empty() || bad_http ||
         huge != 0 || huge_header != 0 || truncate || short_length || chunked || endless;
}

// SplitMix64: all of its state is the seed, so that the statistics show it and posting them goes on with the sequence.
std::uint64_t Fault::draw() {
  std::uint64_t value = seed += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31U);
}

bool Fault::strikes(Time now) {
  if (times == 0U) return false;
  if (for_ms != 0 && began_ && now - *began_ >= std::chrono::milliseconds(for_ms)) return false;
  if (skip != 0) {
    --skip;
    return false;
  }
  // 53 bits: what a double holds exactly.
  if (probability < 1 && static_cast<double>(draw() >> 11U) * 0x1.0p-53 >= probability) return false;
  if (times) --*times;
  if (!began_) began_ = now;
  return true;
}

std::optional<Fault> Fault::strike_request(std::string_view operation, const Struck& struck) {
  if (of_connections() || !comes_in_at(struck.address)) return std::nullopt;
  if (nth != 0 && nth != struck.number) return std::nullopt;
  if (!only.empty() && std::find(only.begin(), only.end(), operation) == only.end()) return std::nullopt;
  if (!strikes(struck.now)) return std::nullopt;
  Fault one = *this;
  if (jitter_ms != 0) one.jitter_ms = static_cast<std::uint32_t>(draw() % (std::uint64_t{jitter_ms} + 1));
  return one;
}

std::optional<Fault> Fault::strike_connection(bool tls, std::string_view address, Time now) {
  if ((!at_accept() && !(tls && of_tls())) || !comes_in_at(address)) return std::nullopt;
  if (!strikes(now)) return std::nullopt;
  return *this;
}

std::vector<std::pair<std::string, std::string>> wait_headers(const Faults& faults, std::int64_t opens_in_s) {
  const auto in_epoch = [](std::int64_t seconds) {
    return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + std::chrono::seconds(seconds));
  };
  std::vector<std::pair<std::string, std::string>> headers;
  if (const auto ahead = seconds_of_date(faults.retry_after)) {
    const std::time_t seconds = in_epoch(*ahead);
    std::tm fields{};
    gmtime_r(&seconds, &fields);
    char text[64];
    // The program never sets a locale, so the names are the English ones that HTTP asks for.
    const std::size_t length = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &fields);
    headers.emplace_back("Retry-After", std::string(text, length));
  } else if (faults.retry_after == kWhenTheWindowOpens) {
    headers.emplace_back("Retry-After", std::to_string(opens_in_s));
  } else if (!faults.retry_after.empty()) {
    headers.emplace_back("Retry-After", faults.retry_after);
  }
  if (!faults.reset_header.empty()) {
    const auto colon = faults.reset_header.find(':');
    const bool epoch = colon != std::string::npos;
    headers.emplace_back(faults.reset_header.substr(0, colon),
                         std::to_string(epoch ? std::int64_t{in_epoch(opens_in_s)} : opens_in_s));
  }
  return headers;
}

Stage stage_of(std::string_view text) {
  return value_of(kStages, text, "stage");
}

Certificate certificate_of(std::string_view text) {
  return value_of(kCertificates, text, "certificate");
}

Form form_of(std::string_view text) {
  return value_of(kForms, text, "form");
}

Window window_of(std::string_view text) {
  return value_of(kWindows, text, "window");
}

Endless endless_of(std::string_view text) {
  return value_of(kEndless, text, "endless part of an answer");
}

Fault rule_of(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error) throw std::invalid_argument("A fault must be JSON, not '" + std::string(text) + "'.");
  return rule_of(value);
}

void check(const Faults& faults) {
  check_one(faults);
  for (const Fault& rule : faults.rules) check_one(rule);
  if (!std::isfinite(faults.rate_scale) || faults.rate_scale < 0)
    throw std::invalid_argument("The rate scale must be 0 or more.");
  if (faults.keep_alive.find_first_of("\r\n") != std::string::npos)
    throw std::invalid_argument("The value of a header must be one line.");
  const std::string& wait = faults.retry_after;
  if (!wait.empty() && wait != kWhenTheWindowOpens && !number(wait) && !seconds_of_date(wait))
    throw std::invalid_argument("'" + wait + "' is no wait; it must be seconds, 'date', 'date:SECONDS' or 'window'.");
  if (std::find(kResetHeaders.begin(), kResetHeaders.end(), faults.reset_header) == kResetHeaders.end())
    throw std::invalid_argument("'" + faults.reset_header +
                                "' is no header of a reset; it must be RateLimit-Reset or X-RateLimit-Reset, with "
                                "':epoch' behind it or not.");
}

Faults faults_of(const json::value& value) {
  if (!value.is_object()) throw std::invalid_argument("The faults must be a JSON object.");
  Faults faults;
  for (const auto& [name, fault] : value.get_object()) {
    if (!fault.is_null()) set(faults, std::string_view(name), fault);
  }
  check(faults);
  return faults;
}

json::object json_of(const Faults& faults) {
  json::object object = json_of_one(faults);
  json::array rules;
  for (const Fault& rule : faults.rules) rules.emplace_back(json_of_one(rule));
  object["rules"] = std::move(rules);
  object["refuse"] = faults.refuse;
  object["refuse_for_ms"] = faults.refuse_for_ms;
  object["hang"] = faults.hang;
  object["still_for_ms"] = faults.still_for_ms;
  object["silent_after_ms"] = faults.silent_after_ms;
  object["drop_syn"] = json::value_from(faults.drop_syn);
  object["idle_close_ms"] = faults.idle_close_ms;
  object["keep_alive"] = faults.keep_alive;
  object["retry_after"] = faults.retry_after;
  object["reset_header"] = faults.reset_header;
  object["window"] = json::string(name_of(kWindows, faults.window));
  object["rate_scale"] = faults.rate_scale;
  object["unknown_units"] = json::value_from(faults.unknown_units);
  object["hub"] = json_of(faults.hub);
  return object;
}

}  // namespace sonoran::simulator
