// The faults of the simulator: what it does wrong on purpose.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "simulator/hub_rules.h"
#include "simulator/rate_counter.h"

namespace sonoran::simulator {

/// How far an exchange gets before it breaks.
enum class Stage {
  kAccept,   // the connection is made, nothing is read: over TLS, the handshake does not happen
  kRequest,  // the header of the request is read, its body is not; the request has no effect
  kBefore,   // the request is read, nothing is answered; the request has no effect
  kAfter,    // the CAD has done what was asked, nothing is answered
  kHeaders,  // amid the header of the answer
  kBody      // amid its body
};

/// The certificate that the CAD shows. Only kSelfSigned does not come from the authority that the client is told to
/// trust.
enum class Certificate {
  kGood,
  kExpired,
  kOtherName,
  kSelfSigned,
  kCommonName,           // its name is the common name, and not among the alternative names
  kWildcard,             // for *.wild.test
  kIntermediate,         // by an intermediate authority, whose certificate is shown too
  kMissingIntermediate,  // the same, but only the server's own certificate is shown
  kRsa,                  // good, with an RSA key of 2,048 bits; all others have EC P-256
  kWeakRsa               // with an RSA key of 1,024 bits
};

/// The body of an answer.
enum class Form {
  kProblem,  // the CAD's problem document
  kGateway,  // JSON as a gateway writes it: a message and a request_id
  kHtml,     // a web page
  kEmpty,
  kText
};

/// How the CAD counts requests. Its description does not tell.
enum class Window {
  kSliding,  // those of the last 60 s
  kFixed     // those of this minute, by the clock of the machine
};

/// The request that a fault may strike.
struct Struck {
  Time now;
  std::string_view address;  // of the simulator, to which the client connected
  std::uint64_t number = 1;  // of the request on its connection, from 1
};

/// The part of an answer that has no end.
enum class Endless {
  kStatusLine,
  kHeader,      // a line of it
  kFields,      // whole lines of the header
  kInterim,     // interim answers
  kBody,        // one that ends with the connection
  kChunks,      // chunks of one byte
  kChunkSize,   // zeros before the size of a chunk
  kExtension,   // of a chunk
  kExtensions,  // a long one at each chunk
  kTrailer,     // a line of the trailers
  kTrailers     // whole lines of the trailers
};

/// A fault, and the requests that it strikes.
struct Fault {
  std::uint32_t jitter_ms = 0;  // at most this long, at random, on its way to the CAD, which counts it then
  // The CAD takes the request and carries it out only after this time (and jitter_ms, if there is one): it counts then,
  // even if its connection is gone. A break at kAfter happens as soon as it came.
  std::uint32_t late_ms = 0;
  std::uint32_t delay_ms = 0;
  std::uint32_t drip_ms = 0;       // the answer comes byte by byte, one each so many ms
  std::optional<unsigned> status;  // 2xx: the CAD has done what was asked
  std::vector<unsigned> interim;   // answers from 100 to 199 before the true one, in this order
  std::uint32_t interim_ms = 0;    // between the last of these and the true one; 0: all leave at once
  std::optional<Stage> reset;
  std::optional<Stage> stall;
  std::optional<Stage> half_close;   // the CAD closes its direction, and goes on reading
  bool deaf = false;                 // with `stall`: it also reads nothing more, until it is told to close
  bool html = false;                 // with `status`, or 502
  std::optional<Form> form;          // with `status`, or 200
  std::optional<std::string> body;   // with `status`, or 200: word for word
  std::string content_type;          // with `body`; "" is JSON
  std::string server;                // the header Server of the answer; "" is none
  std::vector<std::string> headers;  // more lines of the answer's header: "Retry-After: 90"
  bool stray = false;  // with `status`: something on the way answers, and the CAD does nothing, even at 200
  bool garbage = false;
  bool bad_http = false;
  std::size_t huge = 0;         // bytes
  std::size_t huge_header = 0;  // bytes of a field that the header of the answer has besides
  bool truncate = false;
  bool short_length = false;       // Content-Length is half of what is sent
  bool chunked = false;            // not a fault: the answer travels in chunks, as gateways like to send it
  std::optional<Endless> endless;  // 200, and this part until the peer closes (at most 512 MiB)
  bool echo_key = false;           // a refusal repeats the key that was sent
  Certificate certificate = Certificate::kGood;
  std::string tls_min, tls_max;  // "", "1.0", "1.1", "1.2" or "1.3": the oldest and the newest TLS that is spoken
  std::string ciphers;           // OpenSSL's list of ciphers for TLS 1.2 and older, even weak ones; "": its own

  // It strikes requests of the operations in `only` (empty: all; "hub" and "negotiate" are two). The first `skip` of
  // these are spared, then each is struck with `probability`, until `times` were struck (none: forever). At kAccept,
  // and with a certificate or a version of TLS, connections are struck and counted in place of requests (TLS: those to
  // its port), and `only` does not matter. With `at` only requests or connections at this address of the simulator are
  // struck.
  std::vector<std::string> only;
  std::string at;
  std::uint64_t nth = 0;  // only the n-th request of each connection, counted from 1; 0: all
  std::uint64_t skip = 0;
  double probability = 1;
  std::uint64_t seed = 1;  // of the random numbers; each draw changes it
  std::optional<std::uint64_t> times;
  std::uint32_t for_ms = 0;  // how long after its first strike it ends; 0: never

  [[nodiscard]] bool at_accept() const {
    return reset == Stage::kAccept || stall == Stage::kAccept || half_close == Stage::kAccept;
  }
  [[nodiscard]] bool of_connections() const { return at_accept() || of_tls(); }
  [[nodiscard]] bool does_something() const;
  /// Whether it strikes a request of this operation ("": an unknown target), or a connection; updates its counts.
  /// Returns the fault as it strikes: `jitter_ms` is then the time for this request.
  std::optional<Fault> strike_request(std::string_view operation, const Struck& struck);
  std::optional<Fault> strike_connection(bool tls, std::string_view address, Time now);

 private:
  [[nodiscard]] bool of_tls() const {
    return certificate != Certificate::kGood || !tls_min.empty() || !tls_max.empty() || !ciphers.empty();
  }
  [[nodiscard]] bool comes_in_at(std::string_view address) const { return at.empty() || at == address; }
  bool strikes(Time now);
  std::uint64_t draw();

  std::optional<Time> began_;  // with for_ms: when it struck first
};

/// The members of Fault are one fault, `rules` are further ones. Only the first one that strikes takes effect.
struct Faults : Fault {
  std::vector<Fault> rules;

  // These hold always.
  bool refuse = false;                // down: connections are closed, and refused
  std::uint32_t refuse_for_ms = 0;    // with `refuse`: up again after so long; 0 is never
  bool hang = false;                  // connections are closed; new ones are neither taken nor refused
  std::uint32_t still_for_ms = 0;     // requests are read, and all are answered together after this time
  std::uint32_t silent_after_ms = 0;  // a connection on which nothing came for so long is forgotten; 0 is never
  std::vector<std::string> drop_syn;  // a connection to these addresses is not even refused
  std::uint32_t idle_close_ms = 0;    // a connection on which nothing came for so long is closed; 0 is never
  std::string keep_alive;             // the header Keep-Alive of each answer that is not the last; "" is none
  std::string retry_after;            // "", seconds, "date", "date:SECONDS" or "window"
  std::string reset_header;           // "RateLimit-Reset" or "X-RateLimit-Reset", with ":epoch" behind it or not
  Window window = Window::kSliding;
  double rate_scale = 1;
  std::vector<std::string> unknown_units;
  HubRules hub;
};

/// The headers of a 429 about how long to wait, when the budget opens again in `opens_in_s`; perhaps none.
std::vector<std::pair<std::string, std::string>> wait_headers(const Faults& faults, std::int64_t opens_in_s);

/// These throw std::invalid_argument, with one sentence, if their argument is wrong.
Stage stage_of(std::string_view text);
Certificate certificate_of(std::string_view text);
Form form_of(std::string_view text);
Window window_of(std::string_view text);
Endless endless_of(std::string_view text);
/// From JSON text; has no `rules`, and none of what holds always.
Fault rule_of(std::string_view text);
void check(const Faults& faults);
Faults faults_of(const boost::json::value& object);

/// In the form that faults_of() takes.
boost::json::object json_of(const Faults& faults);

}  // namespace sonoran::simulator
