// A text of bounded size, stored inside its owner, so that copying it allocates nothing.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sonoran {

/// At most `Capacity` bytes. The caller checks the size first; a longer text is truncated at Capacity.
template <std::size_t Capacity>
class FixedText {
  static_assert(Capacity <= UINT16_MAX);

 public:
  static constexpr std::size_t kCapacity = Capacity;

  FixedText() = default;
  explicit FixedText(std::string_view text) { assign(text); }

  void assign(std::string_view text) {
    size_ = static_cast<std::uint16_t>(text.size() < Capacity ? text.size() : Capacity);
    if (size_ != 0) std::memcpy(bytes_.data(), text.data(), size_);
  }
  void clear() { size_ = 0; }

  [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  friend bool operator==(const FixedText& a, const FixedText& b) { return a.view() == b.view(); }

 private:
  std::uint16_t size_ = 0;
  std::array<char, Capacity> bytes_;  // bytes past size_ are never read, so they need not be cleared
};

}  // namespace sonoran
