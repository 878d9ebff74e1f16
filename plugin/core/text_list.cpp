#include "core/text_list.h"

#include <algorithm>
#include <utility>

namespace sonoran {

void TextList::sort_unique() {
  if (size() < 2) return;
  std::vector<std::string_view> sorted;
  sorted.reserve(size());
  for (const std::string_view text : views()) sorted.push_back(text);
  std::ranges::sort(sorted);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  TextList result;
  result.texts_.reserve(texts_.size());
  result.ends_.reserve(sorted.size());
  for (const std::string_view text : sorted) result.add(text);
  *this = std::move(result);
}

}  // namespace sonoran
