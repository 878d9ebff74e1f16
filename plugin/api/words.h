// Reads the body of a refusal, and decides whether the CAD wrote it. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sonoran::api {

/// The texts of a refusal, fit for a console (printable(), at most 500 bytes each); "" where it has none.
struct Words {
  /// The CAD's own word: an object with `title` or `type` and a numeric `status` that is the HTTP status (RFC 9457), or
  /// with 429 the `message` and `request_id` of its gateway. Anything else comes from the road.
  bool verdict = false;
  std::string title;
  std::string detail;  // `detail`, or the gateway's `message`
  std::string trace_id;
};

/// Reads a body. Odd values in other fields do no harm.
Words read_words(int status, std::string_view body);

/// Whether a 404 with these words is about the path of the request and not about its target. It is if the words name a
/// path, a page, a route, an endpoint, a URL or a URI, or quote a path of the API, and name neither a server nor a
/// parameter. Example: "no Route matched with those values" is, "The server '7' is not configured." is not. ("... on
/// this server", a phrase of web servers, does not name a server.)
bool is_about_the_path(std::string_view words);

/// The units of a request for positions that a refusal names, as indices into `units` in rising order. A unit is named
/// by its id as a separate word, or by its index in the array, as in "updates[3].coordinates". All texts in the
/// document count except `type`, `instance` and `traceId`; of a long text only the first 16 KiB.
std::vector<std::size_t> named_units(std::string_view body, std::span<const std::string> units);

/// The page's title, printable; "" when it has none.
std::string page_title(std::string_view page);

}  // namespace sonoran::api
