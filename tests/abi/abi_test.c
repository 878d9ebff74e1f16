/* Drives every function of sonoran_bridge.h from C99, with good and with bad arguments, against the CAD simulator whose
 * program is the first argument. Prints each group and a summary; ends with 1 when a check failed. */
#define _POSIX_C_SOURCE 200809L /* NOLINT(bugprone-reserved-identifier): the name is POSIX's */

#include <math.h>
#include <sonoran_bridge.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define KEY "secret-key-4711"
#define WAIT_S 20
#define DISPATCH_CALL "{\"origin\":0,\"status\":1,\"priority\":1,\"title\":\"Alarm\",\"communityUserIds\":[]}"

/* The sentence holds `part`, and not the key. */
static int says(const char* sentence, const char* part) {
  return sentence != NULL && strstr(sentence, part) != NULL && strstr(sentence, KEY) == NULL;
}

/* ------------------------------------------------------------------------------------------------- the simulator */

static pid_t simulator = -1;
static int simulator_in = -1;
static char url[128];

static int start_simulator(const char* program) {
  int in[2];
  int out[2];
  char line[1024];
  size_t size = 0;
  char* at;
  char* end;
  if (pipe(in) != 0 || pipe(out) != 0) return 0;
  simulator = fork();
  if (simulator == 0) {
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    close(in[1]);
    close(out[0]);
    execl(program, program, "--with-parent", "--key", KEY, "--unknown-unit", "nobody", (char*)NULL);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  simulator_in = in[1];
  while (size < sizeof line - 1) {
    const ssize_t got = read(out[0], line + size, 1);
    if (got <= 0) return 0;
    if (line[size] == '\n') break;
    ++size;
  }
  line[size] = '\0';
  at = strstr(line, "\"http_url\":\"");
  if (at == NULL) return 0;
  at += strlen("\"http_url\":\"");
  end = strchr(at, '"');
  if (end == NULL || (size_t)(end - at) >= sizeof url) return 0;
  memcpy(url, at, (size_t)(end - at));
  url[end - at] = '\0';
  return 1;
}

static void stop_simulator(void) {
  if (simulator_in >= 0) close(simulator_in);
  if (simulator > 0) waitpid(simulator, NULL, 0);
}

/* ---------------------------------------------------------------------------------------------------- small helps */

static sb_code create(sb_bridge** bridge, const char* name, const char* value, char* message) {
  sb_setting settings[3];
  settings[0].key = text("sonoran_apiKey");
  settings[0].value = text(KEY);
  settings[1].key = text("sonoran_bridge_url");
  settings[1].value = text(url);
  settings[2].key = text(name);
  settings[2].value = text(value);
  return sb_create(settings, name[0] == '\0' ? 2 : 3, bridge, message, SB_MESSAGE_SIZE);
}

static sb_position position(const char* unit, double x) {
  sb_position made;
  memset(&made, 0, sizeof made);
  made.struct_size = sizeof made;
  made.unit = text(unit);
  made.x = x;
  made.y = 2;
  made.z = 3;
  made.heading = 725.5;
  return made;
}

/* Polls until `ticket` is answered; 0 when it was not within WAIT_S. The texts live until the next poll. */
static int await_answer(sb_bridge* bridge, uint64_t ticket, sb_event* answer) {
  const time_t until = time(NULL) + WAIT_S;
  while (time(NULL) < until) {
    sb_event events[8];
    size_t i;
    size_t count;
    const struct timespec pause = {0, 2000000};
    for (i = 0; i < 8; ++i) events[i].struct_size = sizeof events[i];
    /* One at a time, so that no later answer is thrown away. */
    count = sb_poll(bridge, events, 1);
    for (i = 0; i < count; ++i) {
      if (events[i].type == SB_EVENT_RESPONSE && events[i].ticket == ticket) {
        *answer = events[i];
        return 1;
      }
    }
    if (count == 0) nanosleep(&pause, NULL);
  }
  return 0;
}

/* ----------------------------------------------------------------------------------------------------------- groups */

static void versions(void) {
  CHECK(sb_abi_version() == SB_ABI_VERSION);
  CHECK(strlen(sb_version()) > 0);
  CHECK(strcmp(sb_error_name(SB_ERROR_NONE), "none") == 0);
  CHECK(strcmp(sb_error_name(SB_ERROR_UNAUTHORIZED), "unauthorized") == 0);
  CHECK(strcmp(sb_error_name(999), "unknown") == 0 && strcmp(sb_error_name(-1), "unknown") == 0);
}

/* The first settings hold for the process: another host is refused, named, and followed once it is confirmed. */
static void trust(void) {
  char message[SB_MESSAGE_SIZE];
  sb_setting given[2];
  const sb_text null_with_size = {NULL, 3};
  given[0].key = text("sonoran_apiKey");
  given[0].value = text(KEY);
  given[1].key = text("sonoran_bridge_url");
  given[1].value = text("https://cad.example");
  CHECK(sb_admit(NULL, 2, message, sizeof message) == SB_INVALID_ARGUMENT);
  CHECK(sb_admit(NULL, 0, message, sizeof message) == SB_INVALID_SETTING && says(message, "sonoran_apiKey"));
  CHECK(sb_trust(text("cad.example"), message, sizeof message) == SB_NOT_TRUSTED && says(message, "cad.example"));
  CHECK(sb_admit(given, 2, message, sizeof message) == SB_OK);
  given[1].value = text("https://other.example");
  CHECK(sb_admit(given, 2, message, sizeof message) == SB_NOT_TRUSTED && says(message, "trust other.example"));
  CHECK(sb_admit(given, 2, message, 5) == SB_NOT_TRUSTED && strlen(message) == 4);
  CHECK(sb_admit(given, 2, NULL, 0) == SB_NOT_TRUSTED);
  CHECK(sb_trust(null_with_size, message, sizeof message) == SB_NOT_TRUSTED);
  CHECK(sb_trust(text("cad.example"), NULL, 0) == SB_NOT_TRUSTED);
  CHECK(sb_trust(text("other.example"), message, sizeof message) == SB_OK);
  CHECK(sb_admit(given, 2, message, sizeof message) == SB_OK);
}

static void settings(void) {
  sb_setting_info info;
  size_t count = 0;
  char message[SB_MESSAGE_SIZE];
  sb_bridge* bridge = (sb_bridge*)&info; /* anything but NULL: sb_create must clear it */
  sb_setting no_url = {{NULL, 0}, {NULL, 0}};
  info.struct_size = sizeof info;
  while (sb_setting_at(count, &info)) {
    CHECK(strncmp(info.name, "sonoran_", 8) == 0 && strlen(info.sentence) > 10 && strlen(info.type) > 0);
    ++count;
  }
  CHECK(count >= 20);
  CHECK(sb_setting_at(100000, &info) == 0);
  CHECK(sb_setting_at(0, NULL) == 0);
  info.struct_size = 4;
  CHECK(sb_setting_at(0, &info) == 0);

  CHECK(sb_create(NULL, 0, &bridge, message, sizeof message) == SB_INVALID_SETTING);
  CHECK(bridge == NULL && says(message, "sonoran_apiKey"));
  CHECK(sb_create(NULL, 0, NULL, message, sizeof message) == SB_INVALID_ARGUMENT);
  CHECK(sb_create(NULL, 3, &bridge, message, sizeof message) == SB_INVALID_ARGUMENT);
  CHECK(sb_create(&no_url, 1, &bridge, message, sizeof message) == SB_INVALID_SETTING);
  CHECK(create(&bridge, "sonoran_bridge_moved_m", "far", message) == SB_INVALID_SETTING);
  CHECK(says(message, "sonoran_bridge_moved_m is 'far'") && says(message, "0 to 1000"));
  CHECK(create(&bridge, "sonoran_bridge_moved_m", "1001", message) == SB_INVALID_SETTING && says(message, "1001"));
  CHECK(create(&bridge, "sonoran_bridge_nonsense", "1", message) == SB_INVALID_SETTING);
  CHECK(says(message, "sonoran_bridge_nonsense"));
  CHECK(create(&bridge, "sonoran_bridge_tracking", "some", message) == SB_INVALID_SETTING && says(message, "marked"));
  CHECK(create(&bridge, "sonoran_apiKey", KEY "\n", message) == SB_INVALID_SETTING && says(message, "sonoran_apiKey"));
  CHECK(create(&bridge, "sonoran_bridge_url", "http://192.0.2.1", message) == SB_INVALID_SETTING);
  CHECK(says(message, "loopback"));
  CHECK(sb_create(NULL, 0, &bridge, message, 5) == SB_INVALID_SETTING && strlen(message) == 4);
  CHECK(sb_create(NULL, 0, &bridge, NULL, 0) == SB_INVALID_SETTING);

  no_url.key = text("sonoran_apiKey");
  no_url.value = text(KEY);
  CHECK(sb_check_settings(&no_url, 1, message, sizeof message) == SB_OK);
  CHECK(sb_check_settings(NULL, 0, message, sizeof message) == SB_INVALID_SETTING && says(message, "sonoran_apiKey"));
  CHECK(sb_check_settings(NULL, 2, message, sizeof message) == SB_INVALID_ARGUMENT);
  {
    sb_setting file[2];
    file[0] = no_url;
    file[1].key = text("sonoran_bridge_ca_file");
    file[1].value = text("/nowhere/at/all.pem");
    CHECK(sb_check_settings(file, 2, message, sizeof message) == SB_INVALID_SETTING);
    CHECK(says(message, "sonoran_bridge_ca_file is '/nowhere/at/all.pem'"));
  }

  trust();

  CHECK(create(&bridge, "", "", message) == SB_OK);
  CHECK(strcmp(sb_setting_value(bridge, text("sonoran_bridge_moved_m")), "2") == 0);
  CHECK(sb_setting_value(bridge, text("sonoran_apiKey")) == NULL);
  CHECK(sb_setting_value(bridge, text("nonsense")) == NULL);
  CHECK(sb_destroy(bridge, 0, NULL) == SB_OK);
}

static void bad_arguments(sb_bridge* bridge) {
  char long_id[10001];
  sb_position positions[3];
  size_t accepted = 99;
  uint64_t ticket = 7;
  sb_text null_with_size = {NULL, 3};
  memset(long_id, 'x', sizeof long_id - 1);
  long_id[sizeof long_id - 1] = '\0';

  CHECK(sb_set_panic(bridge, text(long_id), 1, &ticket) == SB_INVALID_ARGUMENT);
  CHECK(says(sb_last_error(bridge), "10000 bytes; at most 256") && ticket == 7);
  CHECK(sb_set_panic(bridge, text("\xff\xfe"), 1, NULL) == SB_INVALID_ARGUMENT && says(sb_last_error(bridge), "UTF-8"));
  CHECK(sb_set_panic(bridge, text(""), 1, NULL) == SB_INVALID_ARGUMENT && says(sb_last_error(bridge), "empty"));
  CHECK(sb_set_panic(bridge, null_with_size, 1, NULL) == SB_INVALID_ARGUMENT && says(sb_last_error(bridge), "NULL"));
  CHECK(sb_set_status(bridge, text("a"), -1, NULL) == SB_INVALID_ARGUMENT && says(sb_last_error(bridge), "-1"));
  CHECK(sb_set_status(bridge, text("a"), 1001, NULL) == SB_INVALID_ARGUMENT && says(sb_last_error(bridge), "1001"));
  CHECK(sb_remove_unit(bridge, text(long_id)) == SB_INVALID_ARGUMENT);
  CHECK(sb_heartbeat(bridge, 100001) == SB_INVALID_ARGUMENT && says(sb_last_error(bridge), "100001"));
  CHECK(sb_flush(bridge, 60001) == SB_INVALID_ARGUMENT && says(sb_last_error(bridge), "60001"));
  CHECK(sb_destroy(bridge, 60001, NULL) == SB_INVALID_ARGUMENT);

  CHECK(sb_push_positions(bridge, NULL, 2, &accepted) == SB_INVALID_ARGUMENT && accepted == 0);
  positions[0] = position("a", NAN);
  CHECK(sb_push_positions(bridge, positions, 1, &accepted) == SB_INVALID_ARGUMENT && accepted == 0);
  CHECK(says(sb_last_error(bridge), "x of unit 'a' is not a finite number"));
  positions[0] = position("a", INFINITY);
  CHECK(sb_push_positions(bridge, positions, 1, NULL) == SB_INVALID_ARGUMENT);
  positions[0] = position("a", 2e6);
  CHECK(sb_push_positions(bridge, positions, 1, NULL) == SB_INVALID_ARGUMENT && says(sb_last_error(bridge), "beyond"));
  positions[0] = position("a", 1);
  positions[0].heading = NAN;
  CHECK(sb_push_positions(bridge, positions, 1, NULL) == SB_INVALID_ARGUMENT && says(sb_last_error(bridge), "heading"));
  positions[0] = position("a", 1);
  positions[0].struct_size = 8;
  CHECK(sb_push_positions(bridge, positions, 1, NULL) == SB_INVALID_ARGUMENT);
  CHECK(says(sb_last_error(bridge), "struct_size is 8"));
  positions[0] = position("a", 1);
  positions[0].location = text(long_id);
  CHECK(sb_push_positions(bridge, positions, 1, NULL) == SB_INVALID_ARGUMENT &&
        says(sb_last_error(bridge), "location"));
  positions[0] = position("a", 1);
  positions[0].kind = text("tank");
  CHECK(sb_push_positions(bridge, positions, 1, NULL) == SB_INVALID_ARGUMENT);
  CHECK(says(sb_last_error(bridge), "The kind of a vehicle is 'tank'; there are foot, police, "));
  positions[0].kind = null_with_size;
  CHECK(sb_push_positions(bridge, positions, 1, NULL) == SB_INVALID_ARGUMENT && says(sb_last_error(bridge), "NULL"));
  positions[0].kind = text("helicoper"); /* the vendor's spelling */
  positions[0].siren = 1;
  CHECK(sb_push_positions(bridge, positions, 1, NULL) == SB_OK);
  { /* A caller whose structure is the first version's: what lies behind it is not read. */
    size_t old_size = offsetof(sb_position, kind);
    char old[2 * sizeof(sb_position)];
    memset(old, 0xff, sizeof old);
    positions[0] = position("old-1", 1);
    positions[0].struct_size = old_size;
    positions[1] = position("old-2", 2);
    positions[1].struct_size = old_size;
    memcpy(old, &positions[0], old_size);
    memcpy(old + old_size, &positions[1], old_size);
    CHECK(sb_push_positions(bridge, (const sb_position*)(const void*)old, 2, &accepted) == SB_OK && accepted == 2);
    positions[0].struct_size = old_size - 1;
    CHECK(sb_push_positions(bridge, positions, 1, NULL) == SB_INVALID_ARGUMENT);
  }
  CHECK(sb_set_location(bridge, text(""), text("Base")) == SB_INVALID_ARGUMENT);
  CHECK(sb_set_location(bridge, text("a"), text(long_id)) == SB_INVALID_ARGUMENT &&
        says(sb_last_error(bridge), "The location has 10000 bytes; at most 160"));
  CHECK(sb_set_location(bridge, text("a"), text("\xff")) == SB_INVALID_ARGUMENT &&
        says(sb_last_error(bridge), "UTF-8"));
  CHECK(sb_set_location(bridge, text("a"), text("Base")) == SB_OK);
  CHECK(sb_set_location(bridge, text("a"), text("")) == SB_OK);
  /* A bad one keeps no good one from being taken. */
  positions[0] = position("good-1", 1);
  positions[1] = position("bad", NAN);
  positions[2] = position("good-2", 1);
  CHECK(sb_push_positions(bridge, positions, 3, &accepted) == SB_INVALID_ARGUMENT && accepted == 2);
}

static void slots(sb_bridge* bridge) {
  static const int32_t kRows[] = {7,  10, 20,  30,        90,              /* taken */
                                  8,  10, 20,  30,        90,              /* stands for nobody */
                                  -1, 10, 20,  30,        90,              /* no slot */
                                  7,  10, -20, 10000001,  90,              /* too high */
                                  7,  10, -20, -10000000, SB_SAME_HEADING, /* taken */
                                  7,  11, -20, 30,        -90};
  char long_text[SB_UNIT_ID_SIZE + 2]; /* one byte more than a unit's id or a vehicle's model may have */
  sb_unit_texts texts = {0};
  size_t accepted = 99;
  memset(long_text, 'x', sizeof long_text - 1);
  long_text[sizeof long_text - 1] = '\0';
  texts.struct_size = sizeof texts;
  texts.location = SB_TEXT("Main Street");

  CHECK(sb_bind_slot(bridge, SB_SLOTS, text("a")) == SB_INVALID_ARGUMENT &&
        says(sb_last_error(bridge), "65536; slots"));
  CHECK(sb_unbind_slot(bridge, SB_SLOTS) == SB_INVALID_ARGUMENT);
  CHECK(sb_bind_slot(bridge, 7, text("")) == SB_INVALID_ARGUMENT && says(sb_last_error(bridge), "empty"));
  CHECK(sb_bind_slot(bridge, 7, text(long_text)) == SB_INVALID_ARGUMENT);
  CHECK(sb_describe_slot(bridge, 7, &texts) == SB_INVALID_ARGUMENT &&
        says(sb_last_error(bridge), "7 stands for no unit"));
  CHECK(sb_unbind_slot(bridge, 7) == SB_OK);
  CHECK(sb_bind_slot(bridge, 7, text("unit-1")) == SB_OK);
  CHECK(sb_bind_slot(bridge, SB_SLOTS - 1, text("unit-2")) == SB_OK);
  CHECK(sb_describe_slot(bridge, 7, NULL) == SB_INVALID_ARGUMENT);
  texts.struct_size = 8;
  CHECK(sb_describe_slot(bridge, 7, &texts) == SB_INVALID_ARGUMENT && says(sb_last_error(bridge), "struct_size"));
  texts.struct_size = sizeof texts;
  texts.vehicle = text(long_text);
  CHECK(sb_describe_slot(bridge, 7, &texts) == SB_INVALID_ARGUMENT && says(sb_last_error(bridge), "vehicle model"));
  texts.vehicle = text("");
  CHECK(sb_describe_slot(bridge, 7, &texts) == SB_OK);

  CHECK(sb_push_rows(bridge, NULL, 2, &accepted) == SB_INVALID_ARGUMENT && accepted == 0);
  CHECK(sb_push_rows(bridge, NULL, 0, NULL) == SB_OK);
  CHECK(sb_push_rows(bridge, kRows, sizeof kRows / sizeof *kRows / SB_ROW, &accepted) == SB_INVALID_ARGUMENT);
  CHECK(accepted == 3 && says(sb_last_error(bridge), "Slot 8 stands for no unit"));
  CHECK(sb_push_rows(bridge, kRows + (size_t)2 * SB_ROW, 2, NULL) == SB_INVALID_ARGUMENT);
  CHECK(says(sb_last_error(bridge), "slots are 0 to 65535"));
  CHECK(sb_push_rows(bridge, kRows + (size_t)3 * SB_ROW, 1, NULL) == SB_INVALID_ARGUMENT &&
        says(sb_last_error(bridge), "beyond"));
  CHECK(sb_unbind_slot(bridge, 7) == SB_OK && sb_unbind_slot(bridge, SB_SLOTS - 1) == SB_OK);
  CHECK(sb_push_rows(bridge, kRows, 1, &accepted) == SB_INVALID_ARGUMENT && accepted == 0);
}

/* A program built with an older header has shorter structures; what it does not know is left alone. */
static void older_structures(sb_bridge* bridge) {
  union {
    sb_event event;
    unsigned char bytes[sizeof(sb_event)];
  } old;
  const size_t old_size = offsetof(sb_event, retry_after_ms);
  const time_t until = time(NULL) + WAIT_S;
  size_t i;
  size_t count = 0;
  CHECK(sb_set_panic(bridge, text("older"), 1, NULL) == SB_OK);
  memset(&old, 0x5A, sizeof old);
  while (count == 0 && time(NULL) < until) {
    old.event.struct_size = old_size;
    count = sb_poll(bridge, &old.event, 1);
  }
  CHECK(count == 1 && old.event.struct_size == old_size);
  for (i = old_size; i < sizeof old; ++i) CHECK(old.bytes[i] == 0x5A);
  old.event.struct_size = 8;
  CHECK(sb_poll(bridge, &old.event, 1) == 0);
}

static sb_code call(sb_bridge* bridge, const char* operation, const char* arguments, uint64_t* ticket) {
  return sb_call(bridge, text(operation), text(arguments), NULL, ticket);
}

static void calls(sb_bridge* bridge) {
  sb_event answer = {0};
  sb_call_options options;
  uint64_t ticket = 0;
  uint64_t second = 0;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;

  CHECK(call(bridge, "getServers", "", &ticket) == SB_OK && await_answer(bridge, ticket, &answer));
  CHECK(answer.error == SB_ERROR_NONE && answer.http_status == 200 && answer.body.size > 0);
  CHECK(call(bridge, "createDispatchCall", DISPATCH_CALL, &ticket) == SB_OK);
  CHECK(await_answer(bridge, ticket, &answer) && answer.http_status / 100 == 2);
  CHECK(call(bridge, "setUnitPanic", "{\"communityUserId\":\"nobody\",\"isPanic\":true}", &ticket) == SB_OK);
  CHECK(await_answer(bridge, ticket, &answer) && answer.error == SB_ERROR_NOT_FOUND && answer.http_status == 404);
  CHECK(answer.title.size > 0 && answer.detail.size > 0 && answer.trace_id.size > 0);

  CHECK(call(bridge, "getServrs", "{}", &ticket) == SB_INVALID_ARGUMENT && says(sb_last_error(bridge), "getServers"));
  CHECK(call(bridge, "getCalls", "[1", NULL) == SB_INVALID_ARGUMENT && strlen(sb_last_error(bridge)) > 10);
  CHECK(call(bridge, "getCalls", "{\"nonsense\":1}", NULL) == SB_INVALID_ARGUMENT);
  CHECK(says(sb_last_error(bridge), "nonsense"));
  options.deadline_ms = 99;
  CHECK(sb_call(bridge, text("getServers"), text(""), &options, NULL) == SB_INVALID_ARGUMENT);
  CHECK(says(sb_last_error(bridge), "99 ms; 100 to 600000"));

  /* The second waits for its budget of 2 a minute after two were answered: it can be cancelled, or its deadline ends
   * it. */
  CHECK(call(bridge, "getPagerConfig", "", &ticket) == SB_OK && await_answer(bridge, ticket, &answer));
  CHECK(call(bridge, "getPagerConfig", "", &ticket) == SB_OK && await_answer(bridge, ticket, &answer));
  CHECK(call(bridge, "getPagerConfig", "", &ticket) == SB_OK);
  options.deadline_ms = 100;
  CHECK(sb_call(bridge, text("getPagerConfig"), text(""), &options, &second) == SB_OK);
  CHECK(await_answer(bridge, second, &answer) && answer.error == SB_ERROR_TIMEOUT);
  CHECK(sb_expected_wait_ms(bridge, text("getPagerConfig")) > 30000);
  CHECK(sb_expected_wait_ms(bridge, text("getServers")) == 0);
  CHECK(sb_expected_wait_ms(bridge, text("nonsense")) == SB_NOT_KNOWN);
  CHECK(sb_cancel(bridge, ticket) == SB_OK);
  CHECK(await_answer(bridge, ticket, &answer) && answer.error == SB_ERROR_CANCELLED);
  CHECK(sb_cancel(bridge, 999999) == SB_OK);
}

/* The next event of the CAD; 0 when none came within WAIT_S. */
static int await_push(sb_bridge* bridge, sb_event* event) {
  const time_t until = time(NULL) + WAIT_S;
  event->struct_size = sizeof *event;
  while (time(NULL) < until) {
    const struct timespec pause = {0, 1000000};
    if (sb_poll(bridge, event, 1) == 0) {
      nanosleep(&pause, NULL);
    } else if (event->type == SB_EVENT_PUSH) {
      return 1;
    }
  }
  return 0;
}

static int is_text(sb_text given, const char* wanted) {
  return given.size == strlen(wanted) && memcmp(given.data, wanted, given.size) == 0;
}

/* {"key":KEY,"type":"EVENT_911","data":BEGIN, `size` times FILL, END} */
static sb_text event_of(char* into, const char* begin, char fill, size_t size, const char* end) {
  sb_text made;
  size_t at = (size_t)sprintf(into, "{\"key\":\"%s\",\"type\":\"EVENT_911\",\"data\":%s", KEY, begin);
  memset(into + at, fill, size);
  at += size;
  at += (size_t)sprintf(into + at, "%s}", end);
  made.data = into;
  made.size = at;
  return made;
}

static void pushed_events(sb_bridge* bridge) {
  const size_t room = (size_t)SB_PUSH_SIZE + 4096;
  char* big = (char*)malloc(room);
  sb_event event = {0};
  sb_text null_with_size = {NULL, 3};
  sb_text given;
  size_t i;
  size_t taken = 0;
  char expected[32];
  CHECK(big != NULL);
  if (big == NULL) return;

  CHECK(sb_push_event(NULL, text("{}")) != SB_OK);
  CHECK(sb_push_event(bridge, null_with_size) == SB_INVALID_ARGUMENT);
  CHECK(sb_push_event(bridge, text("")) == SB_INVALID_ARGUMENT && says(sb_last_error(bridge), "empty"));
  CHECK(sb_push_event(bridge, text("no json")) == SB_INVALID_ARGUMENT && says(sb_last_error(bridge), "type"));
  CHECK(sb_push_event(bridge, text("{\"key\":\"" KEY "\"}")) == SB_INVALID_ARGUMENT);
  CHECK(sb_push_event(bridge, text("{\"type\":\"E\"}")) == SB_NOT_TRUSTED && says(sb_last_error(bridge), "no key"));
  CHECK(sb_push_event(bridge, text("{\"key\":\"\",\"type\":\"E\"}")) == SB_NOT_TRUSTED);
  CHECK(sb_push_event(bridge, text("{\"key\":\"secret-key-471\",\"type\":\"E\"}")) == SB_NOT_TRUSTED);
  CHECK(sb_push_event(bridge, text("{\"key\":\"" KEY "0\",\"type\":\"E\"}")) == SB_NOT_TRUSTED);
  CHECK(says(sb_last_error(bridge), "API key"));
  CHECK(strcmp(sb_code_name(SB_NOT_TRUSTED), "not_trusted") == 0);

  /* In any case, also where data is a list of one; the key is in nothing that comes out. */
  CHECK(sb_push_event(bridge, text("{\"data\":[{\"a\":\"" KEY "\",\"b\":\"SECRET-KEY-4711\"}],\"type\":\"event_911\","
                                   "\"key\":\"Secret-KEY-4711\"}")) == SB_OK);
  CHECK(await_push(bridge, &event) && is_text(event.title, "EVENT_911") && event.from_bridge == 0);
  CHECK(event.body_is_json == 1 && is_text(event.body, "{\"a\":\"[redacted]\",\"b\":\"[redacted]\"}"));
  CHECK(sb_push_event(bridge, text("{\"key\":\"" KEY "\",\"type\":\"E\"}")) == SB_OK);
  CHECK(await_push(bridge, &event) && is_text(event.title, "E") && is_text(event.body, "null"));
  CHECK(event.body_is_json == 1);

  /* What is longer than 64 KiB, or deeper than 64, is a text; what is longer than SB_PUSH_SIZE is refused. */
  CHECK(sb_push_event(bridge, event_of(big, "\"", 'x', 65534, "\"")) == SB_OK && await_push(bridge, &event));
  CHECK(event.body_is_json == 1 && event.body.size == 65536);
  CHECK(sb_push_event(bridge, event_of(big, "\"", 'x', 65535, "\"")) == SB_OK && await_push(bridge, &event));
  CHECK(event.body_is_json == 0 && event.body.size == 65537);
  given = event_of(big, "{\"a\":", '[', 63, "");
  given.size -= 1; /* its own end comes after those of the lists */
  memset(big + given.size, ']', 63);
  memset(big + given.size + 63, '}', 2);
  given.size += 65;
  CHECK(sb_push_event(bridge, given) == SB_OK && await_push(bridge, &event) && event.body_is_json == 1);
  given = event_of(big, "{\"a\":", '[', 64, "");
  given.size -= 1;
  memset(big + given.size, ']', 64);
  memset(big + given.size + 64, '}', 2);
  given.size += 66;
  CHECK(sb_push_event(bridge, given) == SB_OK && await_push(bridge, &event) && event.body_is_json == 0);
  given = event_of(big, "\"", 'x', SB_PUSH_SIZE, "\"");
  CHECK(sb_push_event(bridge, given) == SB_INVALID_ARGUMENT && says(sb_last_error(bridge), "at most 1048576"));
  given = event_of(big, "\"", 'x', 0, "\"");
  given = event_of(big, "\"", 'x', SB_PUSH_SIZE - given.size, "\"");
  CHECK(given.size == SB_PUSH_SIZE && sb_push_event(bridge, given) == SB_OK && await_push(bridge, &event));
  CHECK(event.body_is_json == 0 && event.body.size > SB_PUSH_SIZE - 100);

  /* So many wait, and no more; they come in their order, and there is room again. */
  for (i = 0; i < 5000; ++i) {
    char number[16];
    sprintf(number, "%u", (unsigned)i);
    if (sb_push_event(bridge, event_of(big, number, ' ', 0, "")) != SB_OK) break;
    ++taken;
  }
  CHECK(taken == 4096 && says(sb_last_error(bridge), "4096 events"));
  CHECK(sb_push_event(bridge, event_of(big, "1", ' ', 0, "")) == SB_QUEUE_FULL);
  for (i = 0; i < taken; ++i) {
    if (!await_push(bridge, &event)) break;
    sprintf(expected, "%u", (unsigned)i);
    if (!is_text(event.body, expected)) break;
  }
  CHECK(i == taken);
  CHECK(sb_push_event(bridge, event_of(big, "1", ' ', 0, "")) == SB_OK && await_push(bridge, &event));
  free(big);
}

static void no_bridge(void) {
  sb_event event;
  event.struct_size = sizeof event;
  CHECK(sb_destroy(NULL, 0, NULL) == SB_OK);
  CHECK(strlen(sb_last_error(NULL)) > 0);
  CHECK(sb_pending(NULL) == 0 && sb_pending_address(NULL) == NULL && sb_poll(NULL, &event, 1) == 0);
  CHECK(sb_setting_value(NULL, text("a")) == NULL);
  CHECK(sb_set_panic(NULL, text("a"), 1, NULL) != SB_OK);
  CHECK(strcmp(sb_stats(NULL, NULL), "{}") == 0);
  CHECK(strcmp(sb_units(NULL, 7, NULL), "{\"piece\":0,\"of\":1,\"panics\":0,\"rows\":[]}") == 0);
  CHECK(sb_call(NULL, text("getServers"), text(""), NULL, NULL) != SB_OK && sb_cancel(NULL, 1) != SB_OK);
  CHECK(sb_expected_wait_ms(NULL, text("getServers")) == SB_NOT_KNOWN);
  CHECK(sb_set_log_level(NULL, SB_LOG_INFO) != SB_OK && sb_diagnose(NULL, NULL) != SB_OK);
  CHECK(sb_unit_state(NULL, text("a"), NULL) != SB_OK);
  sb_release(NULL);
  sb_set_wakeup(NULL, NULL, NULL);
}

static volatile int woken = 0;
static void wake(void* context) {
  *(volatile int*)context = 1;
}

/* Whether the bridge asks for the slot's place, among others; what it asks for is answered with nothing. */
static int is_wanted(sb_bridge* bridge, int32_t slot) {
  const time_t until = time(NULL) + WAIT_S;
  while (time(NULL) < until) {
    const struct timespec pause = {0, 2000000};
    int32_t wanted = -1;
    while (sb_take_readings(bridge, &wanted, 1) == 1) {
      CHECK(sb_push_rows(bridge, NULL, 0, NULL) == SB_OK);
      if (wanted == slot) return 1;
    }
    nanosleep(&pause, NULL);
  }
  return 0;
}

/* Keeps the bridge's thread in its wakeup, from the first event on until the gate is open. */
struct gate {
  int reached;
  int open;
};
static void hold(void* context) {
  struct gate* gate = context;
  const struct timespec pause = {0, 1000000};
  __atomic_store_n(&gate->reached, 1, __ATOMIC_SEQ_CST);
  while (!__atomic_load_n(&gate->open, __ATOMIC_SEQ_CST)) nanosleep(&pause, NULL);
}

/* The first look cannot end before the second is asked for: the thread that looks is held meanwhile. */
static void one_look_at_a_time(sb_bridge* bridge) {
  struct gate gate = {0, 0};
  const struct timespec pause = {0, 1000000};
  const time_t until = time(NULL) + WAIT_S;
  sb_event event = {0};
  uint64_t event_ticket = 0;
  uint64_t look = 0;
  event.struct_size = sizeof event;
  sb_set_wakeup(bridge, hold, &gate);
  while (sb_poll(bridge, &event, 1) == 1) {
  }
  CHECK(sb_unit_state(bridge, text("unit-1"), &event_ticket) == SB_OK);
  while (!__atomic_load_n(&gate.reached, __ATOMIC_SEQ_CST) && time(NULL) < until) nanosleep(&pause, NULL);
  CHECK(__atomic_load_n(&gate.reached, __ATOMIC_SEQ_CST) == 1);
  CHECK(sb_diagnose(bridge, &look) == SB_OK && sb_diagnose(bridge, NULL) == SB_QUEUE_FULL);
  __atomic_store_n(&gate.open, 1, __ATOMIC_SEQ_CST);
  sb_set_wakeup(bridge, wake, (void*)&woken);
  CHECK(await_answer(bridge, event_ticket, &event) && event.error == SB_ERROR_NONE);
  CHECK(await_answer(bridge, look, &event) && event.error == SB_ERROR_NONE && event.body_is_json == 1);
  CHECK(sb_diagnose(bridge, &look) == SB_OK); /* the first has ended */
  CHECK(await_answer(bridge, look, &event) && event.error == SB_ERROR_NONE);
}

static void round_trip(sb_bridge* bridge) {
  static const int32_t kPlaces[] = {3, 10, 20, 30, 90, 4, 10, 20, 30, 90, 3, -60, 20, 30, 90};
  sb_event answer = {0};
  sb_position here[2];
  uint64_t panic = 0;
  uint64_t repeat = 0;
  uint64_t status = 0;
  uint64_t unknown = 0;
  size_t size = 0;
  size_t accepted = 0;
  const char* stats;
  sb_set_wakeup(bridge, wake, (void*)&woken);
  CHECK(sb_heartbeat(bridge, 12) == SB_OK);
  here[0] = position("unit-1", 10);
  here[0].location = SB_TEXT("Main Street");
  here[0].vehicle = SB_TEXT("POLICE");
  here[1] = position("unit-2", 20);
  CHECK(sb_push_positions(bridge, here, 2, &accepted) == SB_OK && accepted == 2);
  CHECK(sb_set_panic(bridge, text("unit-1"), 1, &panic) == SB_OK && panic != 0);
  CHECK(sb_set_panic(bridge, text("unit-1"), 1, &repeat) == SB_OK && repeat != panic);
  CHECK(await_answer(bridge, panic, &answer));
  CHECK(answer.error == SB_ERROR_NONE && answer.http_status == 200 && answer.deduplicated == 0 && answer.body.size > 0);
  CHECK(await_answer(bridge, repeat, &answer));
  CHECK(answer.error == SB_ERROR_NONE && answer.deduplicated == 1);
  CHECK(woken == 1);
  CHECK(sb_set_status(bridge, text("unit-2"), 3, &status) == SB_OK);
  CHECK(await_answer(bridge, status, &answer) && answer.error == SB_ERROR_NONE);
  CHECK(sb_set_panic(bridge, text("nobody"), 1, &unknown) == SB_OK);
  CHECK(await_answer(bridge, unknown, &answer));
  CHECK(answer.error == SB_ERROR_NOT_FOUND && answer.http_status == 404);
  CHECK(answer.title.size > 0 && answer.detail.size > 0 && answer.trace_id.size > 0);
  sb_release(bridge);
  CHECK(sb_flush(bridge, 15000) == SB_OK);
  /* By a slot: unit-3 stays where it was pushed last, and unit-4 goes with its slot. */
  CHECK(sb_bind_slot(bridge, 3, text("unit-3")) == SB_OK && sb_bind_slot(bridge, 4, text("unit-4")) == SB_OK);
  CHECK(sb_push_rows(bridge, kPlaces, 3, &accepted) == SB_OK && accepted == 3);
  /* The place of a slot that has just been bound is asked for. */
  CHECK(sb_bind_slot(bridge, 5, text("unit-5")) == SB_OK);
  CHECK(sb_take_readings(bridge, NULL, 2) == 0 && sb_take_readings(NULL, NULL, 2) == 0);
  CHECK(is_wanted(bridge, 5));
  CHECK(sb_unbind_slot(bridge, 5) == SB_OK);
  CHECK(sb_unbind_slot(bridge, 4) == SB_OK);
  CHECK(sb_remove_unit(bridge, text("unit-2")) == SB_OK);
  stats = sb_stats(bridge, &size);
  CHECK(size == strlen(stats) && stats[0] == '{' && strstr(stats, KEY) == NULL);
  CHECK(sb_flush(bridge, 15000) == SB_OK); /* the removal has arrived */
  sb_units(bridge, 0, NULL);               /* asks for them */
  /* The first flush may end just before they are made, the second only afterwards. */
  CHECK(sb_flush(bridge, 15000) == SB_OK && sb_flush(bridge, 15000) == SB_OK);
  stats = sb_units(bridge, 3, &size); /* there is one piece, so each number is that one */
  CHECK(size == strlen(stats) && strstr(stats, "[\"unit-1\",10,") != NULL && strstr(stats, "unit-2") == NULL);
  CHECK(strstr(stats, "[\"unit-3\",-6,") != NULL && strstr(stats, "unit-4") == NULL);
  CHECK(sb_set_log_level(bridge, SB_LOG_DEBUG) == SB_OK && sb_set_log_level(bridge, 4) == SB_INVALID_ARGUMENT);
  one_look_at_a_time(bridge);
  CHECK(sb_unit_state(bridge, text(""), NULL) == SB_INVALID_ARGUMENT);
  CHECK(sb_unit_state(bridge, text("unit-2"), &panic) == SB_OK);
  CHECK(await_answer(bridge, panic, &answer) && answer.error == SB_ERROR_NONE && answer.body_is_json == 1);
  CHECK(sb_pending_address(bridge) != NULL && *sb_pending_address(bridge) == sb_pending(bridge));
  sb_set_wakeup(bridge, NULL, NULL);
}

static void ending(void) {
  char message[SB_MESSAGE_SIZE];
  char real[sizeof url];
  sb_bridge* bridge = NULL;
  sb_unsent unsent;
  memset(&unsent, 0, sizeof unsent);
  unsent.struct_size = sizeof unsent;
  /* Nobody listens on port 1: what waits is counted when the bridge ends. */
  memcpy(real, url, sizeof url);
  strcpy(url, "http://127.0.0.1:1");
  CHECK(create(&bridge, "", "", message) == SB_OK);
  memcpy(url, real, sizeof url);
  CHECK(sb_set_panic(bridge, text("a"), 1, NULL) == SB_OK);
  CHECK(sb_set_status(bridge, text("a"), 2, NULL) == SB_OK);
  CHECK(sb_set_status(bridge, text("b"), 2, NULL) == SB_OK);
  CHECK(call(bridge, "createDispatchCall", DISPATCH_CALL, NULL) == SB_OK);
  CHECK(sb_flush(bridge, 20) == SB_TIMED_OUT && says(sb_last_error(bridge), "20 ms"));
  CHECK(sb_destroy(bridge, 50, &unsent) == SB_OK);
  CHECK(unsent.panics == 1 && unsent.statuses == 2 && unsent.calls == 1);
}

int main(int argc, char** argv) {
  char message[SB_MESSAGE_SIZE];
  sb_bridge* bridge = NULL;
  if (argc != 2 || !start_simulator(argv[1])) {
    fputs("abi_test takes the path of cad_simulator, and could not start it.\n", stderr);
    return 2;
  }
  puts("versions");
  versions();
  puts("settings");
  settings();
  puts("no bridge");
  no_bridge();
  if (create(&bridge, "", "", message) != SB_OK) {
    puts(message);
    return 1;
  }
  puts("bad arguments");
  bad_arguments(bridge);
  slots(bridge);
  puts("round trip");
  round_trip(bridge);
  puts("calls");
  calls(bridge);
  puts("pushed events");
  pushed_events(bridge);
  puts("older structures");
  older_structures(bridge);
  CHECK(sb_destroy(bridge, 2000, NULL) == SB_OK);
  puts("ending");
  ending();
  stop_simulator();
  printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
