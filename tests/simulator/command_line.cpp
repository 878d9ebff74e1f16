#include "simulator/command_line.h"

#include <getopt.h>

#include <charconv>
#include <limits>
#include <optional>
#include <stdexcept>

namespace sonoran::simulator {
namespace {

enum Option : int {
  kHttpPort = 256,  // beyond the letters
  kHttpsPort,
  kAdminPort,
  kKey,
  kServerId,
  kAddress,
  kRequests,
  kCaFile,
  kReadyFile,
  kJitter,
  kLate,
  kDelay,
  kDrip,
  kStatus,
  kInterim,
  kInterimMs,
  kForm,
  kBody,
  kContentType,
  kServer,
  kHeader,
  kStray,
  kRefuse,
  kRefuseFor,
  kHang,
  kStillFor,
  kSilentAfter,
  kDropSyn,
  kIdleClose,
  kKeepAlive,
  kReset,
  kStall,
  kHalfClose,
  kHtml,
  kGarbage,
  kBadHttp,
  kHuge,
  kHugeHeader,
  kDeaf,
  kTruncate,
  kShortLength,
  kChunked,
  kEndless,
  kEchoKey,
  kRetryAfter,
  kResetHeader,
  kWindow,
  kRateScale,
  kOnly,
  kAt,
  kNth,
  kSkip,
  kProbability,
  kSeed,
  kTimes,
  kFor,
  kFault,
  kCertificate,
  kTlsMin,
  kCiphers,
  kTlsMax,
  kCertHost,
  kCertExpired,
  kUnknownUnit,
  kHub,
  kCommunity,
  kWithParent,
  kHelpOption,
  kVersion
};

constexpr option kOptions[] = {{"http-port", required_argument, nullptr, kHttpPort},
                               {"https-port", required_argument, nullptr, kHttpsPort},
                               {"admin-port", required_argument, nullptr, kAdminPort},
                               {"key", required_argument, nullptr, kKey},
                               {"server-id", required_argument, nullptr, kServerId},
                               {"address", required_argument, nullptr, kAddress},
                               {"requests", required_argument, nullptr, kRequests},
                               {"ca-file", required_argument, nullptr, kCaFile},
                               {"ready-file", required_argument, nullptr, kReadyFile},
                               {"jitter-ms", required_argument, nullptr, kJitter},
                               {"late-ms", required_argument, nullptr, kLate},
                               {"delay-ms", required_argument, nullptr, kDelay},
                               {"drip-ms", required_argument, nullptr, kDrip},
                               {"status", required_argument, nullptr, kStatus},
                               {"interim", required_argument, nullptr, kInterim},
                               {"interim-ms", required_argument, nullptr, kInterimMs},
                               {"form", required_argument, nullptr, kForm},
                               {"body", required_argument, nullptr, kBody},
                               {"content-type", required_argument, nullptr, kContentType},
                               {"server", required_argument, nullptr, kServer},
                               {"header", required_argument, nullptr, kHeader},
                               {"stray", no_argument, nullptr, kStray},
                               {"refuse", no_argument, nullptr, kRefuse},
                               {"refuse-for-ms", required_argument, nullptr, kRefuseFor},
                               {"hang", no_argument, nullptr, kHang},
                               {"still-for-ms", required_argument, nullptr, kStillFor},
                               {"silent-after-ms", required_argument, nullptr, kSilentAfter},
                               {"drop-syn", required_argument, nullptr, kDropSyn},
                               {"idle-close-ms", required_argument, nullptr, kIdleClose},
                               {"keep-alive", required_argument, nullptr, kKeepAlive},
                               {"reset", required_argument, nullptr, kReset},
                               {"stall", required_argument, nullptr, kStall},
                               {"half-close", required_argument, nullptr, kHalfClose},
                               {"html", no_argument, nullptr, kHtml},
                               {"garbage", no_argument, nullptr, kGarbage},
                               {"bad-http", no_argument, nullptr, kBadHttp},
                               {"huge", required_argument, nullptr, kHuge},
                               {"huge-header", required_argument, nullptr, kHugeHeader},
                               {"deaf", no_argument, nullptr, kDeaf},
                               {"truncate", no_argument, nullptr, kTruncate},
                               {"short-length", no_argument, nullptr, kShortLength},
                               {"chunked", no_argument, nullptr, kChunked},
                               {"endless", required_argument, nullptr, kEndless},
                               {"echo-key", no_argument, nullptr, kEchoKey},
                               {"retry-after", required_argument, nullptr, kRetryAfter},
                               {"reset-header", required_argument, nullptr, kResetHeader},
                               {"window", required_argument, nullptr, kWindow},
                               {"rate-scale", required_argument, nullptr, kRateScale},
                               {"only", required_argument, nullptr, kOnly},
                               {"at", required_argument, nullptr, kAt},
                               {"nth", required_argument, nullptr, kNth},
                               {"skip", required_argument, nullptr, kSkip},
                               {"probability", required_argument, nullptr, kProbability},
                               {"seed", required_argument, nullptr, kSeed},
                               {"times", required_argument, nullptr, kTimes},
                               {"for-ms", required_argument, nullptr, kFor},
                               {"fault", required_argument, nullptr, kFault},
                               {"certificate", required_argument, nullptr, kCertificate},
                               {"tls-min", required_argument, nullptr, kTlsMin},
                               {"ciphers", required_argument, nullptr, kCiphers},
                               {"tls-max", required_argument, nullptr, kTlsMax},
                               {"cert-host", required_argument, nullptr, kCertHost},
                               {"cert-expired", no_argument, nullptr, kCertExpired},
                               {"unknown-unit", required_argument, nullptr, kUnknownUnit},
                               {"hub", required_argument, nullptr, kHub},
                               {"community", required_argument, nullptr, kCommunity},
                               {"with-parent", no_argument, nullptr, kWithParent},
                               {"help", no_argument, nullptr, kHelpOption},
                               {"version", no_argument, nullptr, kVersion},
                               {nullptr, 0, nullptr, 0}};

template <typename Number>
Number number(const std::string& name, std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size())
    throw std::invalid_argument("The option --" + name + " takes a number, not '" + std::string(text) + "'.");
  return value;
}

void set(CommandLine& line, int which, const std::string& name, const std::string& text) {
  Options& options = line.options;
  Faults& faults = options.faults;
  switch (which) {
    case kHttpPort:
      options.http_port = number<std::uint16_t>(name, text);
      break;
    case kHttpsPort:
      options.https_port = number<std::uint16_t>(name, text);
      break;
    case kAdminPort:
      options.admin_port = number<std::uint16_t>(name, text);
      break;
    case kKey:
      if (line.key_given) {
        options.more_keys.insert(text);
      } else {
        options.key = text;
        line.key_given = true;
      }
      break;
    case kServerId:
      options.servers.insert(number<std::int64_t>(name, text));
      break;
    case kAddress:
      options.addresses.push_back(text);
      break;
    case kRequests:
      options.requests_file = text;
      break;
    case kCaFile:
      options.ca_file = text;
      break;
    case kReadyFile:
      line.ready_file = text;
      break;
    case kJitter:
      faults.jitter_ms = number<std::uint32_t>(name, text);
      break;
    case kLate:
      faults.late_ms = number<std::uint32_t>(name, text);
      break;
    case kDrip:
      faults.drip_ms = number<std::uint32_t>(name, text);
      break;
    case kDelay:
      faults.delay_ms = number<std::uint32_t>(name, text);
      break;
    case kStatus:
      faults.status = number<unsigned>(name, text);
      break;
    case kInterim:
      faults.interim.push_back(number<unsigned>(name, text));
      break;
    case kInterimMs:
      faults.interim_ms = number<std::uint32_t>(name, text);
      break;
    case kForm:
      faults.form = form_of(text);
      break;
    case kBody:
      faults.body = text;
      break;
    case kContentType:
      faults.content_type = text;
      break;
    case kServer:
      faults.server = text;
      break;
    case kHeader:
      faults.headers.push_back(text);
      break;
    case kStray:
      faults.stray = true;
      break;
    case kRefuse:
      faults.refuse = true;
      break;
    case kRefuseFor:
      faults.refuse = true;
      faults.refuse_for_ms = number<std::uint32_t>(name, text);
      break;
    case kHang:
      faults.hang = true;
      break;
    case kStillFor:
      faults.still_for_ms = number<std::uint32_t>(name, text);
      break;
    case kSilentAfter:
      faults.silent_after_ms = number<std::uint32_t>(name, text);
      break;
    case kDropSyn:
      faults.drop_syn.push_back(text);
      break;
    case kIdleClose:
      faults.idle_close_ms = number<std::uint32_t>(name, text);
      break;
    case kKeepAlive:
      faults.keep_alive = text;
      break;
    case kHalfClose:
      faults.half_close = stage_of(text);
      break;
    case kReset:
      faults.reset = stage_of(text);
      break;
    case kStall:
      faults.stall = stage_of(text);
      break;
    case kHtml:
      faults.html = true;
      break;
    case kGarbage:
      faults.garbage = true;
      break;
    case kBadHttp:
      faults.bad_http = true;
      break;
    case kShortLength:
      faults.short_length = true;
      break;
    case kChunked:
      faults.chunked = true;
      break;
    case kEndless:
      faults.endless = endless_of(text);
      break;
    case kEchoKey:
      faults.echo_key = true;
      break;
    case kHuge:
      faults.huge = number<std::size_t>(name, text);
      break;
    case kHugeHeader:
      faults.huge_header = number<std::size_t>(name, text);
      break;
    case kDeaf:
      faults.deaf = true;
      break;
    case kTruncate:
      faults.truncate = true;
      break;
    case kRetryAfter:
      faults.retry_after = text;
      break;
    case kResetHeader:
      faults.reset_header = text;
      break;
    case kWindow:
      faults.window = window_of(text);
      break;
    case kRateScale:
      faults.rate_scale = number<double>(name, text);
      break;
    case kOnly:
      faults.only.push_back(text);
      break;
    case kAt:
      faults.at = text;
      break;
    case kNth:
      faults.nth = number<std::uint64_t>(name, text);
      break;
    case kSkip:
      faults.skip = number<std::uint64_t>(name, text);
      break;
    case kProbability:
      faults.probability = number<double>(name, text);
      break;
    case kSeed:
      faults.seed = number<std::uint64_t>(name, text);
      break;
    case kFault:
      faults.rules.push_back(rule_of(text));
      break;
    case kCertificate:
      faults.certificate = certificate_of(text);
      break;
    case kCiphers:
      faults.ciphers = text;
      break;
    case kTlsMin:
      faults.tls_min = text;
      break;
    case kTlsMax:
      faults.tls_max = text;
      break;
    case kTimes:
      faults.times = number<std::uint64_t>(name, text);
      break;
    case kFor:
      faults.for_ms = number<std::uint32_t>(name, text);
      break;
    case kCertHost:
      options.cert_host = text;
      break;
    case kCertExpired:
      options.cert_expired = true;
      break;
    case kUnknownUnit:
      faults.unknown_units.push_back(text);
      break;
    case kHub:
      faults.hub = hub_rules_of(text);
      break;
    case kCommunity:
      options.community = text;
      break;
    case kWithParent:
      line.with_parent = true;
      break;
    case kHelpOption:
      line.help = true;
      break;
    default:
      line.version = true;
      break;
  }
}

}  // namespace

const char kHelp[] = R"(cad_simulator [OPTION...]: a Sonoran CAD for tests, on the loopback interface

Ports (0, the default, takes a free one):
  --http-port N  --https-port N  --admin-port N
  --address ADDRESS   a further loopback address where the CAD's ports are (repeatable); always: 127.0.0.1 and ::1
Community:
  --key TEXT          the API key (repeatable: each has limits and counters of its own); default sim-key, or
                      CAD_SIMULATOR_KEY of the environment
  --server-id N       a known server (repeatable); default 1
  --community TEXT    the community's id, which the hub wants; default simcad
Files:
  --requests FILE     takes each request as a line of JSON
  --ca-file FILE      takes the certificate of the authority; default: a temporary file
  --ready-file FILE   takes the line that is printed when the simulator is ready
Faults, for the requests that --only, --nth, --skip, --probability, --times and --for-ms leave:
  --jitter-ms N       each request takes up to N ms on its way here, and counts then
  --late-ms N         is taken, and counts and is done N ms later, also when its connection is gone by then
  --delay-ms N        waits before each answer
  --drip-ms N         sends an answer byte by byte, one each N ms
  --status N          answers with this status; beyond 2xx without having done what was asked
  --interim N         first answers with this status, 100 to 199 (repeatable); --interim-ms N waits before the answer
  --form FORM         answers with this body: PROBLEM, GATEWAY, HTML, EMPTY or TEXT
  --body TEXT         answers with this body, word for word; --content-type TEXT, or JSON
  --server TEXT       the header Server of the answer
  --header 'NAME: VALUE'  a line more in the header of the answer (repeatable)
  --stray             with --status: something on the way answers, and the CAD does nothing
  --reset STAGE       resets the connection; STAGE is ACCEPT, REQUEST, BEFORE, AFTER, HEADERS or BODY
  --stall STAGE       does not go on
  --half-close STAGE  closes one direction
  --html              answers with a page of HTML, and --status or 502
  --garbage           answers 200 with broken JSON
  --bad-http          answers with what is no HTTP
  --huge BYTES        answers 200 with a body of this size
  --huge-header BYTES has a field of this size in the header of each answer
  --deaf              with --stall: reads nothing more, either
  --truncate          closes before the announced end of the body
  --short-length      announces half of the body
  --chunked           sends answers in chunks (which is no fault)
  --endless PART      answers with this without an end: STATUS_LINE, HEADER, FIELDS, INTERIM, BODY, CHUNKS, CHUNK_SIZE,
                      EXTENSION, EXTENSIONS, TRAILER or TRAILERS
  --echo-key          repeats the API key in what --status refuses
  --certificate KIND  GOOD, EXPIRED, OTHER_NAME, SELF_SIGNED, COMMON_NAME, WILDCARD (*.wild.test), INTERMEDIATE,
                      MISSING_INTERMEDIATE, RSA or WEAK_RSA
  --ciphers LIST      of TLS 1.2 and older takes these only, as OpenSSL lists them, however weak
  --tls-min VERSION   speaks no older TLS than 1.0, 1.1, 1.2 or 1.3; --tls-max VERSION no newer
  --only OPERATION    for this operation only (repeatable)
  --at ADDRESS        for what comes in at this address only
  --nth N             for the N-th request of each connection only
  --skip N            not for the first N requests
  --probability P     with this chance, 0 to 1; --seed N starts it
  --times N           for the next N requests only
  --for-ms N          for N ms from the first that is struck
  --fault JSON        a further fault, which goes before the above (repeatable): names as on /_sim/faults
Faults that always hold:
  --refuse            refuses connections (but for the admin port)
  --refuse-for-ms N   is back after so long
  --hang              neither takes nor refuses connections
  --still-for-ms N    reads requests, and looks at all of them when N ms have passed
  --silent-after-ms N forgets connections that were idle for so long: what is sent to them is swallowed
  --drop-syn ADDRESS  swallows what asks for a connection at this address (repeatable)
  --idle-close-ms N   closes connections that were idle for so long
  --keep-alive TEXT   the header Keep-Alive of answers, for example timeout=5
  --retry-after WAIT  adds Retry-After to each 429; WAIT is seconds, 'date', 'date:SECONDS', or 'window': until the
                      budget opens again
  --reset-header NAME adds RateLimit-Reset or X-RateLimit-Reset to each 429: seconds until the budget opens again, or
                      with ':epoch' behind the name the time in seconds since 1970
  --window KIND       SLIDING: counts the last 60 s; FIXED: each minute of the clock
  --rate-scale F      multiplies the limits; 0 is no limits
  --unknown-unit ID   answers 404 to panic and status of this unit (repeatable)
  --hub JSON          how the hub behaves; names as in README.md
Certificate:
  --cert-host NAME    is for this name only
  --cert-expired      ended yesterday
Other:
  --with-parent       ends when the standard input closes
  --help  --version
)";

CommandLine parse_command_line(int count, char* const* words, const char* key) {
  CommandLine line;
  if (key != nullptr) line.options.key = key;
  line.options.servers.clear();
  opterr = 0;
  optind = 0;  // glibc: start anew, also in the second call of a process
  for (;;) {
    int index = -1;
    const int before = optind == 0 ? 1 : optind;
    const int which = getopt_long(count, words, "+:", kOptions, &index);
    if (which == -1) break;
    const std::string word = words[before];
    if (which == ':') throw std::invalid_argument("The option " + word + " takes a value.");
    if (which == '?' || index < 0) throw std::invalid_argument("'" + word + "' is no option; see --help.");
    set(line, which, kOptions[index].name, optarg == nullptr ? "" : optarg);
  }
  if (optind < count) throw std::invalid_argument("'" + std::string(words[optind]) + "' is no option; see --help.");
  if (line.options.servers.empty()) line.options.servers = {1};
  check(line.options.faults);
  return line;
}

}  // namespace sonoran::simulator
