/* A library with the interface of sonoran_bridge.h that refuses everything with one code: what a door makes of it is
 * the door's own. The settings say how: `stub_code` is the number that every call returns, `stub_create` that of
 * creating a bridge. The names of the codes are the stub's own, so a door that keeps a table of its own is found out.
 */
#include <sonoran_bridge.h>
#include <stdlib.h>
#include <string.h>

struct sb_bridge {
  int code;
  uint32_t pending;
};

static const char* const kNames[] = {"stub 0", "stub 1", "stub 2", "stub 3", "stub 4",
                                     "stub 5", "stub 6", "stub 7", "stub 8"};

static int number_of(const sb_setting* settings, size_t count, const char* name) {
  size_t i = 0;
  for (; i < count; ++i) {
    if (settings[i].key.size == strlen(name) && memcmp(settings[i].key.data, name, settings[i].key.size) == 0 &&
        settings[i].value.size == 1) {
      return settings[i].value.data[0] - '0';
    }
  }
  return 0;
}

static sb_code code_of(const sb_bridge* bridge) {
  return (sb_code)bridge->code;
}

int sb_abi_version(void) {
  return SB_ABI_VERSION;
}
const char* sb_version(void) {
  return "0.0.0";
}
const char* sb_code_name(int code) {
  return kNames[code];
}
const char* sb_error_name(int error) {
  (void)error;
  return "no error";
}
int sb_setting_at(size_t index, sb_setting_info* info) {
  static const char* const kSettings[] = {"stub_code", "stub_create"};
  if (index >= 2) return 0;
  info->name = kSettings[index];
  info->type = "integer";
  info->default_value = info->range = info->sentence = "";
  return 1;
}
sb_code sb_create(const sb_setting* settings, size_t count, sb_bridge** bridge, char* message, size_t message_size) {
  return sb_replace(NULL, 0, settings, count, bridge, message, message_size, NULL);
}
sb_code sb_replace(sb_bridge* running, uint32_t timeout_ms, const sb_setting* settings, size_t count,
                   sb_bridge** bridge, char* message, size_t message_size, sb_unsent* unsent) {
  const int code = number_of(settings, count, "stub_create");
  (void)running;
  (void)timeout_ms;
  (void)unsent;
  *bridge = NULL;
  if (code != SB_OK) {
    strncpy(message, "The stub refuses.", message_size);
    return (sb_code)code;
  }
  *bridge = calloc(1, sizeof **bridge);
  (*bridge)->code = number_of(settings, count, "stub_code");
  return SB_OK;
}
sb_code sb_check_settings(const sb_setting* settings, size_t count, char* message, size_t message_size) {
  (void)message;
  (void)message_size;
  return (sb_code)number_of(settings, count, "stub_create");
}
sb_code sb_admit(const sb_setting* settings, size_t count, char* message, size_t message_size) {
  return sb_check_settings(settings, count, message, message_size);
}
sb_code sb_trust(sb_text what, char* message, size_t message_size) {
  (void)what, (void)message, (void)message_size;
  return SB_OK;
}
const char* sb_setting_value(const sb_bridge* bridge, sb_text name) {
  (void)bridge;
  (void)name;
  return NULL;
}
sb_code sb_stop(sb_bridge* bridge, uint32_t timeout_ms, sb_unsent* unsent) {
  (void)bridge;
  (void)timeout_ms;
  (void)unsent;
  return SB_OK;
}
sb_code sb_destroy(sb_bridge* bridge, uint32_t timeout_ms, sb_unsent* unsent) {
  (void)timeout_ms;
  (void)unsent;
  free(bridge);
  return SB_OK;
}
sb_code sb_flush(sb_bridge* bridge, uint32_t timeout_ms) {
  (void)timeout_ms;
  return code_of(bridge);
}
const char* sb_last_error(const sb_bridge* bridge) {
  (void)bridge;
  return "The stub refuses.";
}
sb_code sb_push_positions(sb_bridge* bridge, const sb_position* positions, size_t count, size_t* accepted) {
  (void)positions;
  (void)count;
  if (accepted != NULL) *accepted = 0;
  return code_of(bridge);
}
sb_code sb_bind_slot(sb_bridge* bridge, uint32_t slot, sb_text unit) {
  (void)slot;
  (void)unit;
  return code_of(bridge);
}
sb_code sb_unbind_slot(sb_bridge* bridge, uint32_t slot) {
  (void)slot;
  return code_of(bridge);
}
sb_code sb_describe_slot(sb_bridge* bridge, uint32_t slot, const sb_unit_texts* texts) {
  (void)slot;
  (void)texts;
  return code_of(bridge);
}
sb_code sb_push_rows(sb_bridge* bridge, const int32_t* rows, size_t count, size_t* accepted) {
  (void)rows;
  (void)count;
  *accepted = 0;
  return code_of(bridge);
}
sb_code sb_set_location(sb_bridge* bridge, sb_text unit, sb_text text) {
  (void)unit;
  (void)text;
  return code_of(bridge);
}
size_t sb_take_readings(sb_bridge* bridge, int32_t* slots, size_t capacity) {
  (void)bridge;
  (void)slots;
  (void)capacity;
  return 0;
}
sb_code sb_set_panic(sb_bridge* bridge, sb_text unit, int on, uint64_t* ticket) {
  (void)unit;
  (void)on;
  (void)ticket;
  return code_of(bridge);
}
sb_code sb_set_status(sb_bridge* bridge, sb_text unit, int32_t status, uint64_t* ticket) {
  (void)unit;
  (void)status;
  (void)ticket;
  return code_of(bridge);
}
sb_code sb_remove_unit(sb_bridge* bridge, sb_text unit) {
  (void)unit;
  return code_of(bridge);
}
sb_code sb_call(sb_bridge* bridge, sb_text operation, sb_text arguments, const sb_call_options* options,
                uint64_t* ticket) {
  (void)operation;
  (void)arguments;
  (void)options;
  (void)ticket;
  return code_of(bridge);
}
sb_code sb_cancel(sb_bridge* bridge, uint64_t ticket) {
  (void)ticket;
  return code_of(bridge);
}
uint32_t sb_expected_wait_ms(const sb_bridge* bridge, sb_text operation) {
  (void)bridge;
  (void)operation;
  return 0;
}
sb_code sb_heartbeat(sb_bridge* bridge, uint32_t player_count) {
  (void)player_count;
  return code_of(bridge);
}
sb_code sb_push_event(sb_bridge* bridge, sb_text event) {
  (void)event;
  return code_of(bridge);
}
sb_code sb_set_log_level(sb_bridge* bridge, int level) {
  (void)level;
  return code_of(bridge);
}
sb_code sb_diagnose(sb_bridge* bridge, uint64_t* ticket) {
  (void)ticket;
  return code_of(bridge);
}
sb_code sb_unit_state(sb_bridge* bridge, sb_text unit, uint64_t* ticket) {
  (void)unit;
  (void)ticket;
  return code_of(bridge);
}
size_t sb_poll(sb_bridge* bridge, sb_event* events, size_t max) {
  (void)bridge;
  (void)events;
  (void)max;
  return 0;
}
void sb_release(sb_bridge* bridge) {
  (void)bridge;
}
uint32_t sb_pending(const sb_bridge* bridge) {
  return bridge->pending;
}
const uint32_t* sb_pending_address(const sb_bridge* bridge) {
  return &bridge->pending;
}
void sb_set_wakeup(sb_bridge* bridge, sb_wakeup wakeup, void* context) {
  (void)bridge;
  (void)wakeup;
  (void)context;
}
const char* sb_units(sb_bridge* bridge, uint32_t piece, size_t* size) {
  (void)bridge;
  (void)piece;
  if (size != NULL) *size = 2;
  return "{}";
}
const char* sb_stats(sb_bridge* bridge, size_t* size) {
  (void)bridge;
  if (size != NULL) *size = 2;
  return "{}";
}
