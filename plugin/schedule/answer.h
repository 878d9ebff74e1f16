// The scheduler's output: requests to send, and answers to tickets.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "api/call.h"
#include "api/operation.h"
#include "core/error.h"
#include "core/ticket.h"
#include "core/time.h"

namespace sonoran::schedule {

/// A request to send now.
struct Request {
  std::uint64_t id = 0;
  const api::Operation* operation = nullptr;
  std::string target;
  std::string body;
  std::shared_ptr<const api::Multipart> multipart;
  bool repeatable = false;  // may be sent again on a new connection when a kept one turns out to be closed
  bool hedged = false;      // a second copy may be sent when a kept connection stays silent
};

/// The answer to a ticket.
struct Answer {
  Ticket ticket = 0;
  int status = 0;             // HTTP; 0: without an answer
  Error error{};              // kind kNone: success
  bool deduplicated = false;  // another request served this ticket, or a later value replaced it
  std::string body{};         // the CAD's, as it came
  bool body_is_json = false;  // see api::Outcome
  std::optional<Duration> retry_after{};
};

}  // namespace sonoran::schedule
