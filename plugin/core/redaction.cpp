#include "core/redaction.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <vector>

namespace sonoran {
namespace {

constexpr std::string_view kMark = "[redacted]";
/// Of a longer secret only this much is searched for. Everything that follows a match is removed with it.
constexpr std::size_t kMostBytes = 4096;
/// Longer than any spelling of one character: a pair of surrogates with four backslashes between them has 14.
constexpr std::size_t kAhead = 16;
/// The places at which an occurrence with a known end may begin.
constexpr std::size_t kBegins = 64;
constexpr std::size_t kMostBackslashes = 4;
constexpr std::size_t kMostPercents = 4;
constexpr std::size_t kMostDigits = 7;

std::uint8_t byte(char c) {
  return static_cast<std::uint8_t>(c);
}

/// The value of these digits; -1 when they are no digits or too few.
int number(std::string_view text, std::size_t digits, int base) {
  if (text.size() < digits || digits == 0) return -1;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value, base);
  return error == std::errc() && end == text.data() + digits && text[0] != '-' ? value : -1;
}

/// The UTF-8 of a code point, up to four bytes.
struct Character {
  std::array<std::uint8_t, 4> bytes{};
  std::size_t size = 0;
};

Character utf8(std::uint32_t code) {
  const auto tail = [&](unsigned shift) { return static_cast<std::uint8_t>(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) return {{static_cast<std::uint8_t>(code)}, 1};
  if (code < 0x800) return {{static_cast<std::uint8_t>(0xC0U | (code >> 6U)), tail(0)}, 2};
  if (code < 0x10000) return {{static_cast<std::uint8_t>(0xE0U | (code >> 12U)), tail(6), tail(0)}, 3};
  return {{static_cast<std::uint8_t>(0xF0U | ((code >> 18U) & 7U)), tail(12), tail(6), tail(0)}, 4};
}

/// Follows, for each place of a text, how much of the secret may end there. A set of lengths is a row of bits, so that
/// all spellings of a character go on from all lengths at once (the Shift-And algorithm, with characters that are
/// spelled by several bytes).
class Search {
 public:
  explicit Search(std::string_view secret)
      : size_(secret.size()), words_(secret.size() / 64 + 1), masks_(256 * words_), ahead_(kAhead * words_) {
    for (std::size_t at = 0; at < size_; ++at) mask(byte(secret[at]))[at / 64] |= std::uint64_t{1} << (at % 64);
    work_.resize(words_);
    first_ = secret[0];
    if (size_ > 1) second_ = secret[1];
  }

  /// The first occurrence that begins at `from` or later: [begin, end) of `text`; false when there is none.
  bool find(std::string_view text, std::size_t from, std::size_t& begin, std::size_t& end) {
    text_ = text;
    if (!run(from, true)) return false;
    begin = begin_;
    end = end_;
    // A partial match had begun there and may have failed, so this finds the place where the occurrence really begins.
    const std::size_t last = std::min(end, begin + kBegins);
    for (std::size_t at = begin; at < last; ++at) {
      if (!run(at, false)) continue;
      begin = at;
      end = std::max(end, end_);
      break;
    }
    return true;
  }

 private:
  std::uint64_t* mask(std::uint8_t value) { return &masks_[value * words_]; }
  std::uint64_t* lengths_at(std::size_t place) { return &ahead_[(place % kAhead) * words_]; }

  /// Whether an occurrence begins `anywhere` from this place on, or at it: then [begin_, end_), which may begin with
  /// what came to nothing. The longest one of those that have begun.
  bool run(std::size_t from, bool anywhere) {
    std::ranges::fill(ahead_, 0);
    busy_until_ = from;
    begin_ = from;
    end_ = 0;
    for (at_ = from; at_ < text_.size(); ++at_) {
      if (busy_until_ <= at_) {  // nothing has begun
        if (end_ != 0 || (!anywhere && at_ != from)) break;
        if (anywhere && (at_ == 0 || text_[at_ - 1] != '\\')) at_ = next_stop();
        if (at_ == text_.size()) break;
        begin_ = at_;
      }
      may_begin_ = end_ == 0 && (anywhere || at_ == from);
      step();
    }
    return end_ != 0;
  }

  /// The next byte that may begin the secret, in some spelling; or the end.
  [[nodiscard]] std::size_t next_stop() const {
    const auto introduces = [](char c) {
      return (static_cast<unsigned>(c == '\\') | static_cast<unsigned>(c == '%') | static_cast<unsigned>(c == '&') |
              static_cast<unsigned>(c == '+')) != 0;
    };
    constexpr std::size_t kBlock = 32;
    for (std::size_t at = at_; at < text_.size(); ++at) {
      while (at + kBlock <= text_.size()) {
        bool any = false;
        for (std::size_t i = 0; i < kBlock; ++i) any |= text_[at + i] == first_ || introduces(text_[at + i]);
        if (any) break;
        at += kBlock;
      }
      const std::size_t end = std::min(at + kBlock, text_.size());
      for (; at < end; ++at) {
        if (introduces(text_[at])) return at;
        if (text_[at] != first_) continue;
        // Most often its second character is not the next one.
        if (size_ == 1 || at + 1 == text_.size() || text_[at + 1] == second_ || introduces(text_[at + 1])) return at;
      }
      --at;
    }
    return text_.size();
  }

  /// The text at this place spells `character` with so many bytes.
  void spells(const Character& character, std::size_t bytes) {
    std::copy_n(lengths_at(at_), words_, work_.begin());
    if (may_begin_) work_[0] |= 1;
    bool any = false;
    for (std::size_t i = 0; i < character.size; ++i) {
      const std::uint64_t* const allowed = mask(character.bytes[i]);
      std::uint64_t carry = 0;
      any = false;
      for (std::size_t word = 0; word < words_; ++word) {
        const std::uint64_t matched = work_[word] & allowed[word];
        work_[word] = (matched << 1U) | carry;
        carry = matched >> 63U;
        any = any || work_[word] != 0;
      }
      if (!any) return;
    }
    std::uint64_t* const into = lengths_at(at_ + bytes);
    for (std::size_t word = 0; word < words_; ++word) into[word] |= work_[word];
    busy_until_ = std::max(busy_until_, at_ + bytes + 1);
    if ((work_[size_ / 64] >> (size_ % 64) & 1U) != 0) end_ = std::max(end_, at_ + bytes);
  }

  void spells(std::uint8_t value, std::size_t bytes) { spells(Character{{value}, 1}, bytes); }

  void step() {
    const std::string_view rest = text_.substr(at_);
    const char c = rest[0];
    spells(byte(c), 1);
    if (c == '\\') {
      pass_over();
    } else if (at_ != 0 && text_[at_ - 1] == '\\') {
      escape(rest);
    }
    if (c == '%') percent(rest);
    if (c == '&') entity(rest);
    if (c == '+') spells(' ', 1);
    std::fill_n(lengths_at(at_), words_, 0);
  }

  /// A backslash keeps all partial matches.
  void pass_over() {
    const std::uint64_t* const here = lengths_at(at_);
    if (std::all_of(here, here + words_, [](std::uint64_t word) { return word == 0; })) return;
    std::uint64_t* const next = lengths_at(at_ + 1);
    for (std::size_t word = 0; word < words_; ++word) next[word] |= here[word];
    busy_until_ = std::max(busy_until_, at_ + 2);
  }

  /// What follows a backslash.
  void escape(std::string_view rest) {
    static constexpr std::string_view kLetters = "bfnrt";
    static constexpr std::string_view kValues = "\b\f\n\r\t";
    if (const auto letter = kLetters.find(rest[0]); letter != std::string_view::npos) spells(byte(kValues[letter]), 1);
    if (rest[0] == 'x') {
      if (const int value = number(rest.substr(1), 2, 16); value >= 0) spells(static_cast<std::uint8_t>(value), 3);
    }
    if (rest[0] != 'u') return;
    const int unit = number(rest.substr(1), 4, 16);
    if (unit < 0) return;
    if (unit < 0xD800 || unit > 0xDFFF) return spells(utf8(static_cast<std::uint32_t>(unit)), 5);
    std::size_t next = 5;
    while (next < rest.size() && next < 5 + kMostBackslashes && rest[next] == '\\') ++next;
    if (next == 5 || next >= rest.size() || rest[next] != 'u') return;
    const int low = number(rest.substr(next + 1), 4, 16);
    if (unit > 0xDBFF || low < 0xDC00 || low > 0xDFFF) return;
    const auto code =
        0x10000U + ((static_cast<std::uint32_t>(unit) - 0xD800U) << 10U) + (static_cast<std::uint32_t>(low) - 0xDC00U);
    spells(utf8(code), next + 5);
  }

  /// "%2F", and "%252F", whose percent sign is spelled in the same way.
  void percent(std::string_view rest) {
    for (std::size_t at = 1; at <= 1 + 2 * kMostPercents && at < rest.size(); at += 2) {
      const int value = number(rest.substr(at), 2, 16);
      if (value < 0) return;
      spells(static_cast<std::uint8_t>(value), at + 2);
      if (value != '%') return;
    }
  }

  void entity(std::string_view rest) {
    struct Named {
      std::string_view name;
      char value;
    };
    static constexpr std::array<Named, 5> kNamed = {
        {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
    for (const Named& named : kNamed) {
      if (rest.starts_with(named.name)) spells(byte(named.value), named.name.size());
    }
    if (!rest.starts_with("&#")) return;
    const bool hexadecimal = rest.size() > 2 && (rest[2] == 'x' || rest[2] == 'X');
    const std::size_t first = hexadecimal ? 3 : 2;
    const std::size_t last = rest.substr(0, first + kMostDigits + 1).find(';', first);
    if (last == std::string_view::npos) return;
    const int code = number(rest.substr(first), last - first, hexadecimal ? 16 : 10);
    if (code >= 0 && code <= 0x10FFFF) spells(utf8(static_cast<std::uint32_t>(code)), last + 1);
  }

  const std::size_t size_;
  const std::size_t words_;
  std::vector<std::uint64_t> masks_;  // of each byte: the places of the secret where it stands
  std::vector<std::uint64_t> ahead_;  // of this place and the next ones: the lengths of the secret that end there
  std::vector<std::uint64_t> work_;
  char first_ = 0;
  char second_ = 0;
  std::string_view text_;
  std::size_t at_ = 0;
  bool may_begin_ = false;      // at this place
  std::size_t busy_until_ = 0;  // from here on nothing has begun
  std::size_t begin_ = 0;
  std::size_t end_ = 0;  // of what was found, behind it; 0 nothing
};

/// Begins no later than the escape that `begin` is a part of.
std::size_t before_escape(std::string_view text, std::size_t begin, std::size_t least) {
  const auto is_hexadecimal = [](char c) {
    return std::string_view("0123456789abcdefABCDEF").find(c) != std::string_view::npos;
  };
  std::size_t at = begin;
  while (at > least && begin - at < 4 && is_hexadecimal(text[at - 1])) --at;
  if (at > least + 1 && text[at - 1] == 'u' && text[at - 2] == '\\') begin = at - 1;
  while (begin > least && text[begin - 1] == '\\') --begin;
  return begin;
}

/// Ends no earlier than what the backslash escapes that it ends with.
std::size_t behind_escape(std::string_view text, std::size_t begin, std::size_t end) {
  std::size_t backslashes = 0;
  while (end - backslashes > begin && text[end - backslashes - 1] == '\\') ++backslashes;
  return backslashes % 2 == 1 ? std::min(end + 1, text.size()) : end;
}

}  // namespace

void redact(std::string& text, std::string_view secret) {
  if (secret.empty() || text.empty()) return;
  const bool cut = secret.size() > kMostBytes;
  Search search(secret.substr(0, kMostBytes));
  std::size_t written = 0;  // what stands before here is done
  std::size_t read = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
  // In place: the replacement is never longer than the secret.
  while (search.find(text, read, begin, end)) {
    begin = before_escape(text, begin, read);
    end = cut ? text.size() : behind_escape(text, begin, end);
    std::memmove(text.data() + written, text.data() + read, begin - read);
    written += begin - read;
    const std::size_t size = std::min(end - begin, kMark.size());
    if (size == kMark.size()) {
      kMark.copy(text.data() + written, size);
    } else {
      std::fill_n(text.data() + written, size, '*');
    }
    written += size;
    read = end;
  }
  if (read == 0) return;
  std::memmove(text.data() + written, text.data() + read, text.size() - read);
  text.resize(written + text.size() - read);
}

void redact_in_either_case(std::string& text, std::string_view secret) {
  redact(text, secret);
  for (const bool upper : {true, false}) {
    std::string spelled(secret);
    std::ranges::transform(spelled, spelled.begin(), [upper](unsigned char c) {
      return static_cast<char>(upper ? std::toupper(c) : std::tolower(c));
    });
    if (spelled != secret) redact(text, spelled);
  }
}

}  // namespace sonoran
