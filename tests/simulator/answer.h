// An answer as it goes over the wire.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sonoran::simulator {

struct Answer {
  unsigned status = 200;
  std::string content_type;  // "" with an empty body
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // beyond Content-Type, Content-Length and Connection
};

Answer json_answer(unsigned status, std::string body);

/// A failure in the form of the CAD: RFC 9457, application/problem+json. `instance` is the path of the request.
Answer problem(unsigned status, std::string_view detail, std::string_view instance);

/// A refusal in the form of the gateway in front of the CAD.
Answer rate_limited(std::vector<std::pair<std::string, std::string>> wait_headers);

/// An answer of a gateway with a message, as JSON.
Answer gateway_answer(unsigned status, std::string_view message);

/// "Not Found" for 404.
std::string_view reason_phrase(unsigned status);

}  // namespace sonoran::simulator
