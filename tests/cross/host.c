/* A host in C, as small as one can be: it opens what was built for the game server in a process of that system's own
 * kind, and drives it. No library of ours is linked; everything is found by name.
 *
 *   host abi LIBRARY URL         the C interface: a shift of three units, a query, other bridges beside it, the end
 *   host refused LIBRARY URL     a server that is not to be trusted is refused, in one sentence, and is sent nothing
 *   host strange LIBRARY URL     the same of a server that has no way in common with the bridge to speak TLS
 *   host unresolved LIBRARY URL  a name that does not resolve is said, and costs nothing but that
 *   host memory LIBRARY URL      running out of memory is thrown and caught inside, and told as a code (Linux)
 *   host probe LIBRARY           what the language's own library must do here: exceptions, threads, clocks, locales
 *   host addon ADDON LIBNODE URL the addon finds its Node-API functions in LIBNODE, opened as the game server does
 *   host alone ADDON             the addon where no Node-API is: it exports nothing, and the process goes on
 *
 * The environment has the settings SB_CA_FILE and SB_CA_BUNDLE, or else the system's authorities count. Ends with 0
 * when everything held. */
#define _POSIX_C_SOURCE 200809L

#include <sonoran_bridge.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../abi/check.h"
#include "shared_object.h"
#include "stand_in.h"

#if !defined(_WIN32)
#include <sys/resource.h>
#endif

#define KEY "secret-key-4711"
#define WAIT_S 60

enum { kBridges = 8, kEvents = 16 };

static int contains(sb_text haystack, const char* needle) {
  const size_t size = strlen(needle);
  size_t i;
  for (i = 0; i + size <= haystack.size; ++i) {
    if (memcmp(haystack.data + i, needle, size) == 0) return 1;
  }
  return 0;
}

/* ------------------------------------------------------------------------------------- the functions of the library */

static struct {
  int (*abi_version)(void);
  const char* (*version)(void);
  sb_code (*create)(const sb_setting*, size_t, sb_bridge**, char*, size_t);
  sb_code (*destroy)(sb_bridge*, uint32_t, sb_unsent*);
  sb_code (*flush)(sb_bridge*, uint32_t);
  const char* (*last_error)(const sb_bridge*);
  sb_code (*push_positions)(sb_bridge*, const sb_position*, size_t, size_t*);
  sb_code (*bind_slot)(sb_bridge*, uint32_t, sb_text);
  sb_code (*push_rows)(sb_bridge*, const int32_t*, size_t, size_t*);
  sb_code (*set_panic)(sb_bridge*, sb_text, int, uint64_t*);
  sb_code (*set_status)(sb_bridge*, sb_text, int32_t, uint64_t*);
  sb_code (*heartbeat)(sb_bridge*, uint32_t);
  size_t (*poll)(sb_bridge*, sb_event*, size_t);
  const char* (*stats)(sb_bridge*, size_t*);
  void (*set_wakeup)(sb_bridge*, sb_wakeup, void*);
  sb_code (*call)(sb_bridge*, sb_text, sb_text, const sb_call_options*, uint64_t*);
} sb;

static void get(void* library, const char* name, void* into) {
  const any_function function = find_symbol(library, name);
  memcpy(into, &function, sizeof function);
}

static void* open_or_exit(const char* path) {
  void* object = open_object(path);
  if (object == NULL) {
    printf("%s does not open: %s\n", path, open_error());
    exit(1);
  }
  return object;
}

static void open_library(const char* path) {
  void* library = open_or_exit(path);
  get(library, "sb_abi_version", &sb.abi_version);
  get(library, "sb_version", &sb.version);
  get(library, "sb_create", &sb.create);
  get(library, "sb_destroy", &sb.destroy);
  get(library, "sb_flush", &sb.flush);
  get(library, "sb_last_error", &sb.last_error);
  get(library, "sb_push_positions", &sb.push_positions);
  get(library, "sb_bind_slot", &sb.bind_slot);
  get(library, "sb_push_rows", &sb.push_rows);
  get(library, "sb_set_panic", &sb.set_panic);
  get(library, "sb_set_status", &sb.set_status);
  get(library, "sb_heartbeat", &sb.heartbeat);
  get(library, "sb_poll", &sb.poll);
  get(library, "sb_stats", &sb.stats);
  get(library, "sb_set_wakeup", &sb.set_wakeup);
  get(library, "sb_call", &sb.call);
  CHECK(sb.abi_version != NULL && sb.abi_version() == SB_ABI_VERSION);
}

static sb_bridge* create(const char* url) {
  const char* ca_file = getenv("SB_CA_FILE");
  const char* bundle = getenv("SB_CA_BUNDLE");
  char message[SB_MESSAGE_SIZE] = "";
  sb_bridge* bridge = NULL;
  sb_setting settings[6];
  settings[0].key = text("sonoran_apiKey");
  settings[0].value = text(KEY);
  settings[1].key = text("sonoran_bridge_url");
  settings[1].value = text(url);
  settings[2].key = text("sonoran_bridge_ca_file");
  settings[2].value = text(ca_file == NULL ? "" : ca_file);
  /* Limits that a busy machine does not reach. */
  settings[3].key = text("sonoran_bridge_handshake_timeout_ms");
  settings[3].value = text("60000");
  settings[4].key = text("sonoran_bridge_connect_timeout_ms");
  settings[4].value = text("60000");
  settings[5].key = text("sonoran_bridge_ca_bundle");
  settings[5].value = text(bundle == NULL ? "" : bundle);
  if (sb.create(settings, 6, &bridge, message, sizeof message) != SB_OK) {
    printf("sb_create: %s\n", message);
    exit(1);
  }
  return bridge;
}

static sb_position position(const char* unit, double x) {
  sb_position made;
  memset(&made, 0, sizeof made);
  made.struct_size = sizeof made;
  made.unit = text(unit);
  made.x = x;
  made.y = -2.5;
  made.z = 30;
  made.heading = 90;
  made.location = text("Main Street");
  return made;
}

/* One event, printed when it is a log line; 0 when none came within WAIT_S. Its texts live until the next poll. */
static int next_event(sb_bridge* bridge, sb_event* event) {
  const time_t until = time(NULL) + WAIT_S;
  while (time(NULL) < until) {
    memset(event, 0, sizeof *event);
    event->struct_size = sizeof *event;
    if (sb.poll(bridge, event, 1) == 1) {
      if (event->type == SB_EVENT_LOG) printf("  log: %.*s\n", (int)event->body.size, event->body.data);
      if (contains(event->body, KEY) || contains(event->detail, KEY)) CHECK(!"the API key is in an event");
      return 1;
    }
    pause_ms(2);
  }
  return 0;
}

static int await_answer(sb_bridge* bridge, uint64_t ticket, sb_event* answer) {
  while (next_event(bridge, answer)) {
    if (answer->type == SB_EVENT_RESPONSE && answer->ticket == ticket) return 1;
  }
  return 0;
}

/* The first log line with `part` in it; 0 when there was none. */
static int await_line(sb_bridge* bridge, const char* part) {
  sb_event event;
  while (next_event(bridge, &event)) {
    if (event.type == SB_EVENT_LOG && contains(event.body, part)) return 1;
  }
  return 0;
}

/* --------------------------------------------------------------------------------------------------------- scenarios
 */

static volatile unsigned long woken_by = 0;
static void wake(void* context) {
  *(volatile unsigned long*)context = this_thread();
}

static void drive_abi(const char* url) {
  const char* query = "{\"includeOffline\":true,\"onlyUnits\":true,\"limit\":50,\"offset\":0}";
  sb_bridge* bridge = create(url);
  sb_bridge* others[kBridges];
  static const int32_t place[SB_ROW] = {3, -30000, 0, 0, 0};
  sb_position here[3];
  sb_unsent unsent;
  sb_event answer;
  uint64_t ticket = 0;
  size_t accepted = 0;
  size_t size = 0;
  int i;
  printf("version %s\n", sb.version());
  sb.set_wakeup(bridge, wake, (void*)&woken_by);
  CHECK(sb.heartbeat(bridge, 3) == SB_OK);
  here[0] = position("unit-1", 1);
  here[1] = position("unit-2", 2.25);
  here[2] = position("unit-3", -3e3);
  CHECK(sb.push_positions(bridge, here, 3, &accepted) == SB_OK && accepted == 3);
  CHECK(sb.bind_slot(bridge, 3, text("unit-3")) == SB_OK);
  CHECK(sb.push_rows(bridge, place, 1, &accepted) == SB_OK && accepted == 1);
  CHECK(sb.set_panic(bridge, text("unit-1"), 1, &ticket) == SB_OK);
  CHECK(await_answer(bridge, ticket, &answer) && answer.error == SB_ERROR_NONE && answer.http_status == 200);
  CHECK(sb.set_status(bridge, text("unit-2"), 3, &ticket) == SB_OK);
  CHECK(await_answer(bridge, ticket, &answer) && answer.error == SB_ERROR_NONE);
  CHECK(sb.set_panic(bridge, text("nobody"), 1, &ticket) == SB_OK);
  CHECK(await_answer(bridge, ticket, &answer) && answer.error == SB_ERROR_NOT_FOUND && answer.detail.size > 0);
  CHECK(woken_by != 0 && woken_by != this_thread());
  CHECK(sb.call(bridge, text("getActiveUnits"), text(query), NULL, &ticket) == SB_OK);
  CHECK(await_answer(bridge, ticket, &answer) && answer.error == SB_ERROR_NONE && contains(answer.body, "unit-2"));
  CHECK(sb.flush(bridge, 30000) == SB_OK);
  CHECK(sb.stats(bridge, &size)[0] == '{' && size > 100);
  sb.set_wakeup(bridge, NULL, NULL);

  /* Each bridge has a thread of its own; they leave each other alone. */
  for (i = 0; i < kBridges; ++i) others[i] = create(url);
  for (i = 0; i < kBridges; ++i) {
    char unit[16];
    snprintf(unit, sizeof unit, "other-%d", i);
    CHECK(sb.set_status(others[i], text(unit), 2, &ticket) == SB_OK);
  }
  for (i = 0; i < kBridges; ++i) {
    memset(&unsent, 0, sizeof unsent);
    unsent.struct_size = sizeof unsent;
    CHECK(sb.destroy(others[i], 30000, &unsent) == SB_OK && unsent.statuses == 0);
  }

  memset(&unsent, 0, sizeof unsent);
  unsent.struct_size = sizeof unsent;
  CHECK(sb.set_panic(bridge, text("unit-3"), 1, NULL) == SB_OK);
  CHECK(sb.destroy(bridge, 30000, &unsent) == SB_OK);
  CHECK(unsent.panics == 0 && unsent.statuses == 0 && unsent.positions == 0);
}

/* The bridge must say why in one line, which has `part` in it, and have delivered nothing when it ends. */
static void drive_refusal(const char* url, const char* part) {
  sb_bridge* bridge = create(url);
  sb_unsent unsent;
  memset(&unsent, 0, sizeof unsent);
  unsent.struct_size = sizeof unsent;
  CHECK(sb.set_panic(bridge, text("unit-1"), 1, NULL) == SB_OK);
  CHECK(await_line(bridge, part));
  CHECK(sb.destroy(bridge, 0, &unsent) == SB_OK && unsent.panics == 1);
}

static void drive_memory(const char* url) {
#if defined(_WIN32)
  (void)url;
#else
  enum { kSize = 64 << 20 };
  struct rlimit before;
  struct rlimit limit;
  char message[SB_MESSAGE_SIZE] = "";
  sb_bridge* bridge = NULL;
  sb_setting settings[3];
  char* large = malloc(kSize);
  FILE* file = fopen("/proc/self/statm", "r");
  unsigned long pages = 0;
  if (large == NULL || file == NULL || fscanf(file, "%lu", &pages) != 1) exit(1);
  fclose(file);
  memset(large, 'a', kSize);
  settings[0].key = text("sonoran_apiKey");
  settings[0].value = text(KEY);
  settings[1].key = text("sonoran_bridge_url");
  settings[1].value = text(url);
  settings[2].key = text("sonoran_communityID");
  settings[2].value.data = large;
  settings[2].value.size = kSize;
  CHECK(getrlimit(RLIMIT_AS, &before) == 0);
  limit = before;
  limit.rlim_cur = pages * 4096 + (16 << 20);
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
  CHECK(sb.create(settings, 3, &bridge, message, sizeof message) == SB_OUT_OF_MEMORY && bridge == NULL);
  CHECK(setrlimit(RLIMIT_AS, &before) == 0);
  free(large);
#endif
}

static void drive_probe(const char* path) {
  const char* (*run)(void) = NULL;
  const char* fault;
  get(open_or_exit(path), "probe", &run);
  fault = run == NULL ? "the probe has no function probe" : run();
  if (fault != NULL) printf("  probe: %s\n", fault);
  CHECK(fault == NULL);
}

/* --------------------------------------------------------------------------------------------------------- the addon
 */

typedef struct value* (*register_fn)(void* env, struct value* exports);

static struct {
  stand_in_object_fn object;
  stand_in_text_fn text;
  stand_in_number_fn number;
  stand_in_bytes_fn bytes;
  stand_in_set_fn set;
  stand_in_get_fn get;
  stand_in_element_fn element;
  stand_in_call_fn call;
  stand_in_text_of_fn text_of;
  stand_in_number_of_fn number_of;
  stand_in_thrown_fn thrown;
  stand_in_end_fn end;
} node;

static void open_node(const char* path) {
  void* library = open_or_exit(path);
  get(library, "stand_in_object", &node.object);
  get(library, "stand_in_text", &node.text);
  get(library, "stand_in_number", &node.number);
  get(library, "stand_in_bytes", &node.bytes);
  get(library, "stand_in_set", &node.set);
  get(library, "stand_in_get", &node.get);
  get(library, "stand_in_element", &node.element);
  get(library, "stand_in_call", &node.call);
  get(library, "stand_in_text_of", &node.text_of);
  get(library, "stand_in_number_of", &node.number_of);
  get(library, "stand_in_thrown", &node.thrown);
  get(library, "stand_in_end", &node.end);
}

/* exports.name(arguments...), whose last is followed by NULL. */
static struct value* call(struct value* exports, const char* name, struct value* a, struct value* b, struct value* c) {
  struct value* arguments[3];
  struct value* function = node.get(exports, name);
  struct value* result;
  const char* error = NULL;
  unsigned int count = 0;
  if (function == NULL) {
    printf("  the addon has no function %s\n", name);
    return NULL;
  }
  if (a != NULL) arguments[count++] = a;
  if (b != NULL) arguments[count++] = b;
  if (c != NULL) arguments[count++] = c;
  result = node.call(function, arguments, count, &error);
  if (error != NULL) printf("  %s threw: %s\n", name, error);
  return result;
}

static int await_ticket(struct value* exports, struct value* id, double ticket) {
  const time_t until = time(NULL) + WAIT_S;
  while (time(NULL) < until) {
    struct value* events = call(exports, "poll", id, node.number(kEvents), NULL);
    struct value* event;
    unsigned int i;
    for (i = 0; events != NULL && (event = node.element(events, i)) != NULL; ++i) {
      const char* line = node.text_of(node.get(event, "line"));
      if (line != NULL) printf("  log: %s\n", line);
      if (node.number_of(node.get(event, "ticket")) == ticket) return node.number_of(node.get(event, "ok")) != 0;
    }
    pause_ms(2);
  }
  return 0;
}

static void drive_addon(const char* addon, const char* libnode, const char* url) {
  const char* ca_file = getenv("SB_CA_FILE");
  /* Lua's answer as MessagePack: [[[7, 100, -200, 300, 90], []]], the row of slot 7 and no texts. */
  const unsigned char places[] = {0x91, 0x92, 0x95, 0x07, 0x64, 0xd1, 0xff, 0x38, 0xcd, 0x01, 0x2c, 0x5a, 0x90};
  register_fn start = NULL;
  struct value* exports;
  struct value* settings;
  struct value* opened;
  struct value* id;
  struct value* ticket;
  struct value* left;
  struct value* untaken;
  open_node(libnode);
  get(open_or_exit(addon), "napi_register_module_v1", &start);
  exports = node.object();
  exports = start(NULL, exports);
  CHECK(node.thrown() == NULL);
  CHECK(exports != NULL && node.text_of(node.get(exports, "version")) != NULL);
  CHECK(node.element(call(exports, "settings", NULL, NULL, NULL), 0) != NULL);

  settings = node.object();
  node.set(settings, "sonoran_bridge_nonsense", node.text("1"));
  CHECK(call(exports, "open", settings, NULL, NULL) == NULL);
  settings = node.object();
  node.set(settings, "sonoran_apiKey", node.text(KEY));
  node.set(settings, "sonoran_bridge_url", node.text(url));
  node.set(settings, "sonoran_bridge_ca_file", node.text(ca_file == NULL ? "" : ca_file));
  opened = call(exports, "open", settings, NULL, NULL);
  CHECK(opened != NULL);
  if (opened == NULL) return;
  id = node.get(opened, "id");
  CHECK(call(exports, "bind", id, node.number(7), node.text("unit-7")) != NULL);
  untaken = call(exports, "answer", id, node.bytes(places, sizeof places), node.object());
  CHECK(untaken != NULL && node.number_of(untaken) == 0);
  ticket = node.element(call(exports, "panic", id, node.text("unit-7"), node.number(1)), 0);
  CHECK(ticket != NULL && await_ticket(exports, id, node.number_of(ticket)));
  ticket = call(exports, "status", id, node.text("unit-7"), node.number(3));
  CHECK(ticket != NULL && await_ticket(exports, id, node.number_of(ticket)));
  left = call(exports, "close", id, node.number(30000), NULL);
  CHECK(left != NULL && node.number_of(node.get(left, "panics")) == 0);
  /* A second bridge is left open: the end of the environment closes it. */
  CHECK(call(exports, "open", settings, NULL, NULL) != NULL);
  node.end();
}

static void drive_alone(const char* addon) {
  register_fn start = NULL;
  char nothing[64] = "";
  get(open_or_exit(addon), "napi_register_module_v1", &start);
  CHECK(start != NULL);
  /* It may not touch what it is given: it knows no function to do so with. */
  CHECK(start(NULL, (struct value*)(void*)nothing) == (struct value*)(void*)nothing);
  CHECK(nothing[0] == '\0');
}

int main(int argc, char** argv) {
  const char* scenario = argc > 2 ? argv[1] : "";
  if (strcmp(scenario, "probe") == 0) {
    drive_probe(argv[2]);
  } else if (strcmp(scenario, "alone") == 0) {
    drive_alone(argv[2]);
  } else if (strcmp(scenario, "addon") == 0 && argc == 5) {
    drive_addon(argv[2], argv[3], argv[4]);
  } else if (argc == 4) {
    open_library(argv[2]);
    if (strcmp(scenario, "abi") == 0) {
      drive_abi(argv[3]);
    } else if (strcmp(scenario, "refused") == 0) {
      drive_refusal(argv[3], "certificate");
    } else if (strcmp(scenario, "strange") == 0) {
      drive_refusal(argv[3], "handshake");
    } else if (strcmp(scenario, "unresolved") == 0) {
      drive_refusal(argv[3], "no-such-host.invalid");
    } else if (strcmp(scenario, "memory") == 0) {
      drive_memory(argv[3]);
    } else {
      argc = 0;
    }
  } else {
    argc = 0;
  }
  if (argc == 0) {
    fputs("host takes a scenario and its files; see the top of host.c.\n", stderr);
    return 2;
  }
  printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
