// From a call by name, with its arguments as one JSON object, to the request that goes over the wire; or to the reason
// why it cannot.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/desired_call.h"
#include "api/multipart.h"
#include "api/operation.h"
#include "core/result.h"
#include "core/text_list.h"

namespace sonoran::api {

/// What the settings say about calls.
struct CallRules {
  std::int64_t server_id = 1;                   // fills {serverId} when the arguments have none
  std::span<const std::string> upload_folders;  // absolute folders that a `file` may lie in; empty: none is allowed
};

/// A call that may be sent.
struct CheckedCall {
  const Operation* operation = nullptr;
  std::string target;                          // path and query, percent-encoded
  std::string body;                            // JSON text as it goes over the wire; "" none
  std::shared_ptr<const Multipart> multipart;  // null: none
  TextList order_keys;                         // "call:12", "unit:abc": what the command is about, each once
  DesiredCall desired;                         // units are named: these want the value, and there is no body

  /// That it holds: texts alone, and with a form.
  [[nodiscard]] std::size_t text_bytes() const;
  [[nodiscard]] std::size_t bytes() const;
  /// Makes room for the next call. Memory beyond `kept` bytes is given back.
  void clear(std::size_t kept);
};

/// What check_call() works with and returns, kept from one call to the next: parsers and their buffers, so that a call
/// allocates next to nothing. Holds at most about 200 KiB: what longer arguments need is given back. One thread's at a
/// time.
class CallWorkspace {
 public:
  CallWorkspace();
  ~CallWorkspace();
  CallWorkspace(const CallWorkspace&) = delete;
  CallWorkspace& operator=(const CallWorkspace&) = delete;

  struct Parts;  // check_call()'s own
  Parts& parts();

 private:
  std::unique_ptr<Parts> parts_;
};

/// Checks a call and lays it out. `arguments` is one JSON object ("" is {}), with path parameters, query parameters and
/// body fields side by side by name; for an operation whose body may be an array it can be that array. What is neither
/// a path nor a query parameter goes into the body as it is written, numbers with all their digits; an argument `body`
/// is the whole body, as it is written. Only the values of fields that are marked `texts` become texts, in both. A
/// query parameter that is null counts as absent. `attachment`: the bytes of the file of a form, instead of its path in
/// the arguments; "" none.
///
/// The message is one sentence. Pure, but for `file`, which is looked up (a few system calls). Any thread.
Result<CheckedCall> check_call(std::string_view operation_id, std::string_view arguments, std::string attachment,
                               const CallRules& rules);
/// The same, for who calls often: the call lies in the workspace until its next use.
Result<CheckedCall*> check_call(std::string_view operation_id, std::string_view arguments, std::string attachment,
                                const CallRules& rules, CallWorkspace& workspace);

/// The values in the JSON body of a request that no text for people may repeat: those of its `secret` fields.
std::vector<std::string> secrets_of(const Operation& operation, std::string_view body);

}  // namespace sonoran::api
