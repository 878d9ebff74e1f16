// The address of the CAD.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace sonoran {

/// The parts of the setting sonoran_bridge_url.
struct Endpoint {
  bool tls = true;
  std::string host;         // as in the URL, without brackets
  std::string port;         // always given
  std::string base_path;    // "" or "/prefix", no slash at the end
  std::string host_header;  // "api.sonorancad.com" or "localhost:8443"
  std::string text;         // "https://api.sonorancad.com", for messages; never has credentials
};

/// Parses a URL. The message is the end of a sentence: "it must ...". http:// is accepted for loopback addresses only.
Result<Endpoint> parse_endpoint(std::string_view url);

}  // namespace sonoran
