#include "core/endpoint.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/url/grammar/ci_string.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/scheme.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

namespace sonoran {
namespace {

bool is_loopback(std::string_view host) {
  if (boost::urls::grammar::ci_compare(host, "localhost") == 0) return true;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  return !error && address.is_loopback();
}

bool is_port(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 1 && number <= 65535;
}

/// Whether a part of the path names a version of the API, like v2: the operations' own paths begin with it.
bool names_version(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size());
    if (part.size() > 1 && (part[0] == 'v' || part[0] == 'V') &&
        std::ranges::all_of(part.substr(1), [](char c) { return c >= '0' && c <= '9'; })) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view value) {
  constexpr const char* kNoUrl = "it must be a URL like https://api.sonorancad.com";
  // Boost.URL 1.81 ends the process, by an assertion, at a query without a host: "http:?".
  if (const auto colon = value.find(':');
      colon == std::string_view::npos || !value.substr(colon + 1).starts_with("//")) {
    return Message{kNoUrl};
  }
  const auto parsed = boost::urls::parse_uri(value);
  if (!parsed) return Message{kNoUrl};
  const boost::urls::url_view& url = *parsed;
  // Boost.URL 1.81 ends a host that begins like an address there: 127.0.0.1.example.org would be 127.0.0.1.
  if (!url.encoded_path().empty() && url.encoded_path().front() != '/') {
    return Message{"its host must be a name or an address"};
  }
  Endpoint endpoint;
  if (url.scheme_id() == boost::urls::scheme::https) {
    endpoint.tls = true;
  } else if (url.scheme_id() == boost::urls::scheme::http) {
    endpoint.tls = false;
  } else {
    return Message{"it must begin with https:// (or http:// for a loopback address)"};
  }
  const std::string encoded_host(url.encoded_host().data(), url.encoded_host().size());
  endpoint.host = encoded_host;
  if (endpoint.host.size() > 2 && endpoint.host.front() == '[') {
    endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
  }
  if (endpoint.host.empty()) return Message{"it must name a host, like https://api.sonorancad.com"};
  if (url.has_userinfo()) return Message{"it must not have a user name or password in it"};
  if (url.has_query() || url.has_fragment()) return Message{"it must end with the host, a port or a path"};
  if (!endpoint.tls && !is_loopback(endpoint.host)) {
    return Message{
        "http:// is taken for loopback addresses only, because the API key would travel in the open; use https://"};
  }
  const char* const default_port = endpoint.tls ? "443" : "80";
  endpoint.port =
      url.has_port() && !url.port().empty() ? std::string(url.port().data(), url.port().size()) : default_port;
  if (!is_port(endpoint.port)) return Message{"its port must be 1 to 65535"};
  endpoint.base_path.assign(url.encoded_path().data(), url.encoded_path().size());
  while (!endpoint.base_path.empty() && endpoint.base_path.back() == '/') endpoint.base_path.pop_back();
  if (names_version(endpoint.base_path)) {
    return Message{
        "it must end before the version of the API, like https://api.sonorancad.com; the bridge adds /v2 itself"};
  }
  endpoint.host_header = encoded_host;
  if (endpoint.port != default_port) endpoint.host_header += ":" + endpoint.port;
  endpoint.text = (endpoint.tls ? "https://" : "http://") + endpoint.host_header + endpoint.base_path;
  return endpoint;
}

}  // namespace sonoran
