// A list of texts in one buffer.
#pragma once

#include <cstdint>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

namespace sonoran {

/// A list of thousands of texts takes two allocations. Copying into a list that was as long before allocates nothing.
/// Holds up to 4 GiB.
class TextList {
 public:
  void clear() {
    texts_.clear();
    ends_.clear();
  }
  void add(std::string_view text) {
    texts_ += text;
    close();
  }
  /// The same for a text in two parts.
  void add(std::string_view first, std::string_view second) {
    texts_ += first;
    add(second);
  }

  [[nodiscard]] bool empty() const { return ends_.empty(); }
  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  [[nodiscard]] std::string_view operator[](std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(texts_).substr(begin, ends_[i] - begin);
  }
  /// A range of views, which are valid until the list is changed.
  [[nodiscard]] auto views() const {
    return std::views::iota(std::size_t{0}, size()) |
           std::views::transform([this](std::size_t i) { return (*this)[i]; });
  }
  /// The size of its contents.
  [[nodiscard]] std::size_t bytes() const { return texts_.size() + ends_.size() * sizeof(std::uint32_t); }
  [[nodiscard]] std::size_t capacity() const { return texts_.capacity() + ends_.capacity() * sizeof(std::uint32_t); }

  /// Sorts the texts and removes duplicates, in n log n steps.
  void sort_unique();

  friend bool operator==(const TextList&, const TextList&) = default;

 private:
  void close() { ends_.push_back(static_cast<std::uint32_t>(texts_.size())); }

  std::string texts_;
  std::vector<std::uint32_t> ends_;
};

}  // namespace sonoran
