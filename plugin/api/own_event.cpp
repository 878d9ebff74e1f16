#include "api/own_event.h"

#include <algorithm>
#include <array>
#include <string>

#include "api/json.h"
#include "api/raw_json.h"
#include "core/limits.h"

namespace sonoran::api {
namespace {

/// How the data of an event are made from the answer.
enum class Form {
  kCall,    // {"dispatch": answer}
  kRecord,  // {"record": answer}
  kGone,    // {"record": {"id": …}}
  kAnswer,  // the answer
  kNote,    // {"callId": …, "note": {…}}
  kUnits,   // {"callId": …, "idents": […]}
};
struct Row {
  std::string_view operation;
  const char* type;
  Form form;
};
constexpr std::array kRows = {
    Row{"createDispatchCall", "EVENT_DISPATCH_NEW", Form::kCall},
    Row{"createCustomDispatchCall", "EVENT_DISPATCH_NEW", Form::kCall},
    Row{"updateDispatchCall", "EVENT_DISPATCH_EDIT", Form::kCall},
    Row{"updateCallPostal", "EVENT_DISPATCH_EDIT", Form::kCall},
    Row{"updateCallPrimary", "EVENT_DISPATCH_EDIT", Form::kCall},
    Row{"closeDispatchCalls", "EVENT_DISPATCH_CLOSED", Form::kAnswer},
    Row{"addCallNote", "EVENT_DISPATCH_NOTE", Form::kNote},
    Row{"attachUnits", "EVENT_DISPATCH_UNIT_ATTACH", Form::kUnits},
    Row{"detachUnits", "EVENT_DISPATCH_UNIT_DETACH", Form::kUnits},
    Row{"createRecord", "EVENT_RECORD_ADD", Form::kRecord},
    Row{"updateRecord", "EVENT_RECORD_EDIT", Form::kRecord},
    Row{"deleteRecord", "EVENT_RECORD_REMOVE", Form::kGone},
};

const Row* row_of(const Operation& operation) {
  const auto* row = std::ranges::find(kRows, operation.id, &Row::operation);
  return row == kRows.end() ? nullptr : row;
}

/// The value of a member as it was written; "" where there is none.
std::string_view member(const RawObject& object, std::string_view name) {
  for (const RawMember& one : object.members()) {
    if (one.name == name) return one.raw;
  }
  return {};
}

/// {"name": value, …} of those that are there.
class Object {
 public:
  void add(std::string_view name, std::string_view raw) {
    if (raw.empty()) return;
    text_ += text_.size() == 1 ? "" : ",";
    append_json(text_, name);
    text_.append(":").append(raw);
  }
  std::string take() { return std::move(text_ += '}'); }

 private:
  std::string text_ = "{";
};

/// In events a note is an object; in the answer it is only the note's text.
std::string note_of(const RawObject& answer, std::string_view body) {
  const std::string_view note = member(answer, "note");
  if (note.starts_with('{')) return std::string(note);
  const RawObject request(body);
  Object made;
  made.add("label", member(request, "label"));
  const std::string_view type = member(request, "noteType");
  made.add("type", type.empty() ? R"("text")" : type);
  made.add("content", note.empty() ? member(request, "note") : note);
  return made.take();
}

}  // namespace

bool makes_own_event(const Operation& operation) {
  return row_of(operation) != nullptr;
}

std::optional<PushEvent> own_event(const Operation& operation, std::string_view body, std::string_view answer_text) {
  const Row* row = row_of(operation);
  if (row == nullptr) return std::nullopt;
  const std::string readable = readable_json(answer_text);
  if (!is_json(readable, limits::kAnswerDepth)) return std::nullopt;
  const RawObject answer(readable);
  if (!answer.is_object()) return std::nullopt;
  Object data;
  switch (row->form) {
    case Form::kCall:
      data.add("dispatch", trimmed(readable));
      break;
    case Form::kRecord:
      data.add("record", trimmed(readable));
      break;
    case Form::kGone: {
      Object record;
      record.add("id", member(answer, "recordId"));
      data.add("record", record.take());
      break;
    }
    case Form::kAnswer:
      return PushEvent{.type = row->type, .data = std::string(trimmed(readable)), .key = {}};
    case Form::kNote:
      data.add("callId", member(answer, "callId"));
      data.add("note", note_of(answer, body));
      break;
    case Form::kUnits:
      data.add("callId", member(answer, "callId"));
      data.add("idents", member(answer, "identIds"));
      break;
  }
  return PushEvent{.type = row->type, .data = data.take(), .key = {}};
}

}  // namespace sonoran::api
