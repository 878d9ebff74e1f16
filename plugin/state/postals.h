// The nearest postal of a place. Pure.
//
// A balanced k-d tree in one array: a search looks at one node per level (14 levels for 16,384 postals) and a few
// neighbours, whatever the shape of the list. Boost.Geometry's rtree does the same, but adds 40 KiB to the shipped file
// and five seconds to each build.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "api/postal_list.h"

namespace sonoran::state {

class Postals {
 public:
  explicit Postals(std::vector<api::Postal> list);

  /// The code of the postal that is nearest to the place; of several, the first in the list. "" where the list is
  /// empty. Allocates nothing.
  [[nodiscard]] std::string_view nearest(double x, double y) const;

  [[nodiscard]] std::size_t size() const { return list_.size(); }

 private:
  struct Node {
    double at[2];         // x, y
    std::uint32_t index;  // in list_
  };

  std::vector<api::Postal> list_;
  /// The middle node of each range splits the rest of the range in two halves, by x and y in turn.
  std::vector<Node> tree_;
};

}  // namespace sonoran::state
