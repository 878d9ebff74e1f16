// Takes a secret out of a text, in whatever spelling a text of JSON, a web page or a header may have it.
#pragma once

#include <string>
#include <string_view>

namespace sonoran {

/// Takes every occurrence of `secret` (if not empty) out of `text`, in place: "[redacted]" stands where it was, and
/// stars where it was shorter than that. Each of its characters may be spelled in a way of its own:
///
///   as it is; with any number of backslashes before it (JSON in JSON has three);
///   `\uXXXX`, a pair of surrogates, `\xXX`, `\n` and its like;
///   `%XX`, `%25XX` and so on; `+` for a blank;
///   `&amp;`, `&lt;`, `&gt;`, `&quot;`, `&apos;`, `&#39;`, `&#x27;`.
///
/// Hexadecimal digits in either case. What JSON the text was it still is. Linear in the text; allocates nothing for a
/// secret of up to 500 bytes, and nothing that grows with the text. Other spellings stay: docs/security.md names them.
void redact(std::string& text, std::string_view secret);

/// The same for a secret that means the same in upper and lower case, as the API key does: as it is, and all of it in
/// either.
void redact_in_either_case(std::string& text, std::string_view secret);

}  // namespace sonoran
