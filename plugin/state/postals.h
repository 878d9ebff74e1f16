// The nearest postal of a place. Pure.
//
// A balanced k-d tree in one array: it looks at the depth of the tree (14 nodes of 16,384) and a few neighbours,
// whatever the shape of the list. Boost.Geometry's rtree does the same for 40 KiB of the file that is shipped and five
// seconds of each build.
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
  /// The middle of each range splits the rest of it in two halves, by x and y in turn.
  std::vector<Node> tree_;
};

}  // namespace sonoran::state
