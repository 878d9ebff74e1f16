#include "places_message.h"

#include <limits>

namespace sonoran::node {
namespace {

// The forms of MessagePack that are used here.
constexpr std::uint8_t kFixMap = 0x80;
constexpr std::uint8_t kFixArray = 0x90;
constexpr std::uint8_t kFixText = 0xa0;
constexpr std::uint8_t kNil = 0xc0;
constexpr std::uint8_t kFalse = 0xc2;
constexpr std::uint8_t kBytes8 = 0xc4;
constexpr std::uint8_t kBytes32 = 0xc6;
constexpr std::uint8_t kUnsigned8 = 0xcc;
constexpr std::uint8_t kUnsigned32 = 0xce;
constexpr std::uint8_t kUnsigned64 = 0xcf;
constexpr std::uint8_t kSigned8 = 0xd0;
constexpr std::uint8_t kSigned32 = 0xd2;
constexpr std::uint8_t kSigned64 = 0xd3;
constexpr std::uint8_t kText8 = 0xd9;
constexpr std::uint8_t kText32 = 0xdb;
constexpr std::uint8_t kArray16 = 0xdc;
constexpr std::uint8_t kArray32 = 0xdd;
constexpr std::uint8_t kNegative = 0xe0;

constexpr std::size_t kRow = 5;   // numbers of a row
constexpr std::size_t kSaid = 5;  // values of a SaidOfSlot

class Writer {
 public:
  explicit Writer(std::span<std::uint8_t> into) : into_(into) {}

  void byte(std::uint8_t value) { into_[at_++] = value; }
  void big_endian(std::uint32_t value, std::size_t bytes) {
    for (std::size_t i = bytes; i-- > 0;) byte(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  [[nodiscard]] std::size_t written() const { return at_; }

 private:
  std::span<std::uint8_t> into_;
  std::size_t at_ = 0;
};

/// Every reader gives nothing when the message ends too early or has something else there.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> message) : left_(message) {}

  [[nodiscard]] bool at_end() const { return left_.empty(); }
  [[nodiscard]] std::size_t left() const { return left_.size(); }

  /// How many values the list has that begins here.
  std::optional<std::size_t> list() {
    const auto lead = byte();
    if (!lead) return std::nullopt;
    if (*lead == kFixMap) return 0;
    if ((*lead & 0xf0) == kFixArray) return *lead & 0x0fU;
    if (*lead == kArray16 || *lead == kArray32) return big_endian(*lead == kArray16 ? 2 : 4);
    return std::nullopt;
  }

  std::optional<std::int64_t> integer() {
    const auto lead = byte();
    if (!lead) return std::nullopt;
    if (*lead < kFixMap) return *lead;
    if (*lead >= kNegative) return static_cast<std::int8_t>(*lead);
    if (*lead >= kUnsigned8 && *lead <= kUnsigned64) {
      const auto value = big_endian(std::size_t{1} << (*lead - kUnsigned8));
      if (!value || *value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
      return static_cast<std::int64_t>(*value);
    }
    if (*lead >= kSigned8 && *lead <= kSigned64) {
      const std::size_t bytes = std::size_t{1} << (*lead - kSigned8);
      const auto value = big_endian(bytes);
      if (!value) return std::nullopt;
      const auto unused = static_cast<unsigned>(64 - 8 * bytes);
      return static_cast<std::int64_t>(*value << unused) >> unused;
    }
    return std::nullopt;
  }

  /// A text into `into`, which stays empty where false or nil says that there is none. False when there is anything
  /// else.
  bool text(std::optional<std::string_view>& into) {
    const auto lead = byte();
    if (!lead) return false;
    if (*lead == kNil || *lead == kFalse) return true;
    std::optional<std::uint64_t> size;
    if ((*lead & 0xe0) == kFixText)
      size = *lead & 0x1fU;
    else if (*lead >= kText8 && *lead <= kText32)
      size = big_endian(std::size_t{1} << (*lead - kText8));
    else if (*lead >= kBytes8 && *lead <= kBytes32)
      size = big_endian(std::size_t{1} << (*lead - kBytes8));
    if (!size || *size > left_.size()) return false;
    const auto bytes = left_.first(static_cast<std::size_t>(*size));
    into = std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    left_ = left_.subspan(bytes.size());
    return true;
  }

 private:
  std::optional<std::uint8_t> byte() {
    if (left_.empty()) return std::nullopt;
    const std::uint8_t value = left_.front();
    left_ = left_.subspan(1);
    return value;
  }

  std::optional<std::uint64_t> big_endian(std::size_t bytes) {
    if (bytes > left_.size()) return std::nullopt;
    std::uint64_t value = 0;
    for (const std::uint8_t next : left_.first(bytes)) value = value << 8 | next;
    left_ = left_.subspan(bytes);
    return value;
  }

  std::span<const std::uint8_t> left_;
};

bool read_rows(Reader& reader, std::vector<std::int32_t>& rows) {
  const auto count = reader.list();
  // Each value takes a byte at least, so what a message claims cannot ask for more memory than the message is worth.
  if (!count || *count % kRow != 0 || *count > reader.left()) return false;
  rows.reserve(*count);
  for (std::size_t i = 0; i < *count; ++i) {
    const auto value = reader.integer();
    if (!value || *value < std::numeric_limits<std::int32_t>::min() ||
        *value > std::numeric_limits<std::int32_t>::max()) {
      return false;
    }
    rows.push_back(static_cast<std::int32_t>(*value));
  }
  return true;
}

bool read_said(Reader& reader, std::vector<SaidOfSlot>& said) {
  const auto count = reader.list();
  if (!count || *count % kSaid != 0 || *count > reader.left()) return false;
  said.reserve(*count / kSaid);
  for (std::size_t i = 0; i < *count; i += kSaid) {
    SaidOfSlot one{};
    const auto slot = reader.integer();
    if (!slot || !reader.text(one.location) || !reader.text(one.vehicle) || !reader.text(one.kind)) return false;
    const auto siren = reader.integer();
    if (!siren) return false;
    one.slot = *slot;
    one.siren = *siren;
    said.push_back(one);
  }
  return true;
}

}  // namespace

std::size_t write_question(std::span<const std::int32_t> slots, std::uint32_t untaken, std::span<std::uint8_t> into) {
  Writer writer(into);
  writer.byte(kFixArray | 2);
  writer.byte(kArray16);
  writer.big_endian(static_cast<std::uint32_t>(slots.size()), 2);
  for (const std::int32_t slot : slots) {
    writer.byte(kSigned32);
    writer.big_endian(static_cast<std::uint32_t>(slot), 4);
  }
  writer.byte(kUnsigned32);
  writer.big_endian(untaken, 4);
  return writer.written();
}

bool PlacesAnswer::read(std::span<const std::uint8_t> message) {
  rows.clear();
  said.clear();
  Reader reader(message);
  if (reader.list() == 1 && reader.list() == 2 && read_rows(reader, rows) && read_said(reader, said) &&
      reader.at_end()) {
    return true;
  }
  rows.clear();
  said.clear();
  return false;
}

}  // namespace sonoran::node
