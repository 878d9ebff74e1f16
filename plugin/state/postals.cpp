#include "state/postals.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace sonoran::state {
namespace {

/// A part of the tree that was not looked at: [begin, end), split by this axis.
struct Range {
  std::size_t begin = 0, end = 0;
  unsigned axis = 0;
  double beyond = 0;  // the square of the distance at least
};

}  // namespace

Postals::Postals(std::vector<api::Postal> list) : list_(std::move(list)) {
  tree_.reserve(list_.size());
  for (std::size_t i = 0; i < list_.size(); ++i) {
    tree_.push_back({{list_[i].x, list_[i].y}, static_cast<std::uint32_t>(i)});
  }
  std::vector<Range> ranges = {{.begin = 0, .end = tree_.size()}};
  while (!ranges.empty()) {
    const Range range = ranges.back();
    ranges.pop_back();
    if (range.end - range.begin < 2) continue;
    const std::size_t middle = range.begin + (range.end - range.begin) / 2;
    const auto at = [&](std::size_t i) { return tree_.begin() + static_cast<std::ptrdiff_t>(i); };
    std::nth_element(at(range.begin), at(middle), at(range.end),
                     [&](const Node& a, const Node& b) { return a.at[range.axis] < b.at[range.axis]; });
    ranges.push_back({.begin = range.begin, .end = middle, .axis = 1 - range.axis});
    ranges.push_back({.begin = middle + 1, .end = range.end, .axis = 1 - range.axis});
  }
}

std::string_view Postals::nearest(double x, double y) const {
  const std::array<double, 2> place = {x, y};
  std::pair<double, std::uint32_t> best = {std::numeric_limits<double>::infinity(), 0};  // squared distance, index
  // At most one range a level waits beside the one that is looked at, and 64 levels are more than memory has.
  std::array<Range, 65> waiting;
  std::size_t count = 0;
  waiting[count++] = {.begin = 0, .end = tree_.size()};
  while (count != 0) {
    const Range range = waiting[--count];
    if (range.begin == range.end || range.beyond > best.first) continue;
    const std::size_t middle = range.begin + (range.end - range.begin) / 2;
    const Node& node = tree_[middle];
    const double dx = node.at[0] - x;
    const double dy = node.at[1] - y;
    best = std::min(best, {dx * dx + dy * dy, node.index});
    const double past = place[range.axis] - node.at[range.axis];
    Range near = {.begin = range.begin, .end = middle, .axis = 1 - range.axis, .beyond = range.beyond};
    Range far = {
        .begin = middle + 1, .end = range.end, .axis = 1 - range.axis, .beyond = std::max(range.beyond, past * past)};
    if (past > 0) {
      std::swap(near.begin, far.begin);
      std::swap(near.end, far.end);
    }
    waiting[count++] = far;
    waiting[count++] = near;
  }
  return list_.empty() ? std::string_view() : std::string_view(list_[best.second].code);
}

}  // namespace sonoran::state
