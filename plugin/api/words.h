// What the body of a refusal says, and whether it is the CAD that says it. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sonoran::api {

/// The words of a refusal, fit for a console (printable(), at most 500 bytes each); "" where it has none.
struct Words {
  /// The CAD's own word: an object with `title` or `type` and a numeric `status` that is the HTTP status (RFC 9457), or
  /// with 429 the `message` and `request_id` of its gateway. Anything else comes from something on the way.
  bool verdict = false;
  std::string title;
  std::string detail;  // `detail`, or the gateway's `message`
  std::string trace_id;
};

/// Reads a body, however odd the values are that are not asked for.
Words read_words(int status, std::string_view body);

/// Whether a 404 with these words is about the path of the request and not about what was asked for. It is when they
/// name a path, a page, a route, an endpoint, a URL or a URI, or quote a path of the API, and name neither a server nor
/// a parameter: "no Route matched with those values" is, "The server '7' is not configured." is not. ("... on this
/// server", as web servers say it, names none.)
bool is_about_the_path(std::string_view words);

/// Which of the units of a request for positions a refusal names, as indices into `units` in rising order: by their
/// ids, as words of their own, or by their places in the array, as in "updates[3].coordinates". Any text in the
/// document counts but `type`, `instance` and `traceId`; of a long one the first 16 KiB.
std::vector<std::size_t> named_units(std::string_view body, std::span<const std::string> units);

/// The page's title, printable; "" when it has none.
std::string page_title(std::string_view page);

}  // namespace sonoran::api
