// The queue from the game thread to the loop thread.
//
// One mutex guards it. It is held only for copying a few positions or one small call, or for swapping two buffers, so
// the game thread never waits for work of the loop thread. Nothing is allocated for a position.
//
// Places, bindings and removals of one unit come out in the order in which they were put, by its id and by its slots
// alike. A newer place replaces a waiting one, and has its own turn in that order.
#pragma once

#include <algorithm>
#include <boost/container/static_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/call.h"
#include "core/limits.h"
#include "core/text.h"
#include "core/ticket.h"
#include "core/time.h"
#include "runtime/inbox.h"
#include "state/waiting_values.h"

namespace sonoran::runtime {

class Mailbox {
 public:
  Mailbox();

  enum class Put : std::uint8_t { kTaken, kFull };

  /// Takes samples; `take(i)` gives sample i of `count`. The newest wins. Returns how many did not fit because more
  /// than limits::kUnits units wait.
  template <class Take>
  std::size_t put_positions(std::size_t count, Take&& take) {
    return put_in_pieces(count, [&](std::size_t i) { return put_sample(take(i)); });
  }
  Put put_removal(std::string_view unit);

  /// See Positions::set_location(). kFull: limits::kUnits of them wait.
  Put put_location(std::string_view unit, std::string_view text);

  /// From now on `slot` (below limits::kSlots) stands for `unit`, or for nobody when `unit` is empty.
  Put put_binding(std::uint32_t slot, std::string_view unit);
  /// Texts that travel with the slot's next place. kFull also when the slot stands for nobody.
  Put put_texts(std::uint32_t slot, const UnitTexts& texts);
  [[nodiscard]] bool is_bound(std::uint32_t slot) const { return slot < slots_.size() && slots_[slot].bound; }
  /// Takes `count` rows; `take(i)` gives row i, whose slot stands for a unit. The newest of a slot wins. Returns how
  /// many did not fit because limits::kUnits rows wait.
  template <class Take>
  std::size_t put_rows(std::size_t count, Take&& take) {
    return put_in_pieces(count, [&](std::size_t i) { return put_row(take(i)); });
  }

  /// Beyond limits::kMailboxPanics a panic is merged with the waiting one of its unit, whose ticket goes into
  /// Inbox::superseded.
  Put put_desired(const DesiredState& wanted);
  /// See CallSlots::put.
  Put put_call(Ticket ticket, api::CheckedCall& call, Time deadline);
  Put put_cancel(Ticket ticket);
  void put_player_count(unsigned count);

  /// Swaps everything that waits into `inbox`, which must be clear. If it still has calls, the calls and cancellations
  /// here stay.
  void take(Inbox& inbox);
  [[nodiscard]] bool empty();

 private:
  /// A panic beyond the bound: the merged presses of its unit.
  struct JoinedPanics {
    boost::container::static_vector<int, 3> values;  // as they would wait in state::DesiredStates
    Ticket ticket = 0;                               // of the last press
  };

  /// Where in waiting_ the row and the texts of a slot are. An index is valid in the batch with its number only.
  struct SlotState {
    std::uint64_t row_batch = 0, texts_batch = 0;
    std::uint32_t row = 0, texts = 0;
    bool bound = false;
  };

  /// Positions enter in pieces of this size, so that the loop thread does not wait for long either.
  static constexpr std::size_t kPiece = 64;

  UnitRecord* record_of(std::string_view unit, std::size_t bound);
  /// Calls `put(i)` for each of `count`, with the mutex held for a piece of them. Returns how many did not fit.
  template <class PutOne>
  std::size_t put_in_pieces(std::size_t count, PutOne&& put) {
    std::size_t full = 0;
    for (std::size_t begin = 0; begin < count; begin += kPiece) {
      const std::lock_guard lock(mutex_);
      const std::size_t end = std::min(count, begin + kPiece);
      for (std::size_t i = begin; i < end; ++i) {
        if (put(i) == Put::kFull) ++full;
      }
    }
    return full;
  }
  Put put_sample(const state::PositionSample& sample);
  Put put_row(const Row& row);

  std::mutex mutex_;
  Inbox waiting_;
  std::uint64_t batch_ = 1;  // the number of calls of take(), plus 1
  std::uint64_t turn_ = 0;
  std::vector<SlotState> slots_;  // only the game thread reads and writes it
  // Keys are views into waiting_.units, whose elements do not move, because its capacity is reserved.
  boost::unordered_flat_map<std::string_view, std::uint32_t, TextHash, std::equal_to<>> index_;
  std::unordered_map<std::string, JoinedPanics, TextHash, std::equal_to<>> joined_;
};

}  // namespace sonoran::runtime
