/* Prints where a C compiler puts the fields of the header's structures, for comparison with Layout.cs. */
#include <sonoran_bridge.h>
#include <stddef.h>
#include <stdio.h>

#define SIZE(type) printf(#type " %zu\n", sizeof(type))
#define FIELD(type, field) printf(#type "." #field " %zu\n", offsetof(type, field))

int main(void) {
  SIZE(sb_call_options);
  FIELD(sb_call_options, struct_size);
  FIELD(sb_call_options, deadline_ms);
  FIELD(sb_call_options, attachment);
  SIZE(sb_event);
  FIELD(sb_event, struct_size);
  FIELD(sb_event, type);
  FIELD(sb_event, ticket);
  FIELD(sb_event, http_status);
  FIELD(sb_event, error);
  FIELD(sb_event, deduplicated);
  FIELD(sb_event, level);
  FIELD(sb_event, body);
  FIELD(sb_event, title);
  FIELD(sb_event, detail);
  FIELD(sb_event, trace_id);
  FIELD(sb_event, retry_after_ms);
  FIELD(sb_event, body_is_json);
  FIELD(sb_event, from_bridge);
  SIZE(sb_position);
  FIELD(sb_position, struct_size);
  FIELD(sb_position, unit);
  FIELD(sb_position, x);
  FIELD(sb_position, y);
  FIELD(sb_position, z);
  FIELD(sb_position, heading);
  FIELD(sb_position, location);
  FIELD(sb_position, peer);
  FIELD(sb_position, vehicle);
  FIELD(sb_position, kind);
  FIELD(sb_position, siren);
  SIZE(sb_setting);
  FIELD(sb_setting, key);
  FIELD(sb_setting, value);
  SIZE(sb_setting_info);
  FIELD(sb_setting_info, struct_size);
  FIELD(sb_setting_info, name);
  FIELD(sb_setting_info, type);
  FIELD(sb_setting_info, default_value);
  FIELD(sb_setting_info, range);
  FIELD(sb_setting_info, sentence);
  SIZE(sb_text);
  FIELD(sb_text, data);
  FIELD(sb_text, size);
  SIZE(sb_unit_texts);
  FIELD(sb_unit_texts, struct_size);
  FIELD(sb_unit_texts, location);
  FIELD(sb_unit_texts, peer);
  FIELD(sb_unit_texts, vehicle);
  FIELD(sb_unit_texts, kind);
  FIELD(sb_unit_texts, siren);
  SIZE(sb_unsent);
  FIELD(sb_unsent, struct_size);
  FIELD(sb_unsent, panics);
  FIELD(sb_unsent, statuses);
  FIELD(sb_unsent, positions);
  FIELD(sb_unsent, calls);
  printf("SB_ABI_VERSION %d\n", SB_ABI_VERSION);
  printf("SB_MESSAGE_SIZE %d\n", SB_MESSAGE_SIZE);
  printf("SB_ARGUMENTS_SIZE %d\n", SB_ARGUMENTS_SIZE);
  printf("SB_ROW %d\n", SB_ROW);
  printf("SB_NOT_KNOWN %u\n", SB_NOT_KNOWN);
  printf("SB_EVENT_RESPONSE %d\n", SB_EVENT_RESPONSE);
  printf("SB_EVENT_LOG %d\n", SB_EVENT_LOG);
  return 0;
}
