#include "schedule/hedge.h"

#include "core/limits.h"

namespace sonoran::schedule {

void AnswerTimes::record(Time now, Duration took) {
  answers_.push_back({now, took});
  if (answers_.size() > limits::kHedgeAnswers) answers_.pop_front();
}

bool AnswerTimes::slower_than(Time now, Duration limit) const {
  std::size_t recent = 0;
  std::size_t slow = 0;
  for (const Answer& answer : answers_) {
    if (now - answer.at >= std::chrono::seconds(limits::kHedgeMemory_s)) continue;
    ++recent;
    if (answer.took > limit) ++slow;
  }
  return slow != 0 && slow * 2 >= recent;
}

bool affords_hedge(int left, int limit) {
  return left > limit / limits::kHedgeReserve;
}

}  // namespace sonoran::schedule
