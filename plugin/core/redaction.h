// Removes a secret from a text, in every spelling that JSON, a web page or a header may use.
#pragma once

#include <string>
#include <string_view>

namespace sonoran {

/// Replaces every occurrence of `secret` (if not empty) in `text`, in place, by "[redacted]", or by stars where it is
/// shorter than that. Each of its characters may be spelled differently:
///
///   unchanged; with any number of backslashes before it (JSON in JSON has three);
///   `\uXXXX`, a pair of surrogates, `\xXX`, `\n` and its like;
///   `%XX`, `%25XX` and so on; `+` for a blank;
///   `&amp;`, `&lt;`, `&gt;`, `&quot;`, `&apos;`, `&#39;`, `&#x27;`.
///
/// Hexadecimal digits may be in either case. JSON stays valid JSON. Linear; allocates nothing for a secret of up to 500
/// bytes, and nothing that grows with the text. docs/security.md names the spellings that are not recognised.
void redact(std::string& text, std::string_view secret);

/// The same for a secret that means the same in upper and lower case, as the API key does: as it is, and all of it in
/// either.
void redact_in_either_case(std::string& text, std::string_view secret);

}  // namespace sonoran
