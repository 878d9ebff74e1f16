// Makes the response of a failed step on the road to the CAD.
#pragma once

#include <boost/system/error_code.hpp>
#include <string>

#include "api/response.h"
#include "core/time.h"

namespace sonoran::net {

/// A response that failed at `stage`; `detail` is the message, one sentence.
api::Response failed_at(api::Stage stage, bool timed_out, std::string detail);

// What is said of each step. `where` is the endpoint for people. Those of the lookup are whole; of the others the full
// stop is left to the caller, who may add which address it was.
std::string slow_lookup(const std::string& host, Duration limit);
std::string failed_lookup(const std::string& host, const std::string& error);
/// Plain HTTP that leads beyond this machine.
std::string open_key(const std::string& where, const std::string& address);
std::string connect_failure(const std::string& where, const boost::system::error_code& error, Duration limit);
std::string unverifiable_name(const std::string& where);
std::string slow_handshake(const std::string& where, Duration limit);

/// A time limit for messages: "5 s", "250 ms".
std::string limit_text(Duration limit);

}  // namespace sonoran::net
