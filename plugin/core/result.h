// What a step gives that may go wrong: its value, or one sentence about what was wrong.
#pragma once

#include <boost/system/result.hpp>
#include <string>

namespace sonoran {

/// One sentence for people: it names what was wrong and what would be right. A message that ends another sentence says
/// so where it is given.
struct Message {
  std::string text;
};

/// A value, or the message about why there is none. `if (!result) return result.error();` hands the message on.
template <class T>
using Result = boost::system::result<T, Message>;

/// Nothing, or the message about what is wrong.
using Check = Result<void>;

}  // namespace sonoran
