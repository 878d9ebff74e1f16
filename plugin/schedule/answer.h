// What the scheduler gives: requests that leave, and answers to tickets.
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

/// A request that leaves now.
struct Request {
  std::uint64_t id = 0;
  const api::Operation* operation = nullptr;
  std::string target;
  std::string body;
  std::shared_ptr<const api::Multipart> multipart;
  bool repeatable = false;  // may be sent again on a new connection when a kept one turns out to be gone
  bool hedged = false;      // a second copy may leave when a kept connection stays silent
};

/// The answer to a ticket.
struct Answer {
  Ticket ticket = 0;
  int status = 0;             // HTTP; 0: the CAD gave none
  Error error{};              // kind kNone: it succeeded
  bool deduplicated = false;  // another's request served this ticket, or a later value overtook it
  std::string body{};         // the CAD's, as it came
  bool body_is_json = false;  // see api::Outcome
  std::optional<Duration> retry_after{};
};

}  // namespace sonoran::schedule
