/*
 * A Node-API addon that does what ours must not: it calls JavaScript from a thread of its own, through a threadsafe
 * function. call(function) -> the function is called soon. A host that pumps Node without entering a context aborts.
 */
#define _GNU_SOURCE  // NOLINT(bugprone-reserved-identifier): it is for us to define
#include <dlfcn.h>
#include <node_api.h>
#include <pthread.h>
#include <stdint.h>

static void* node_library;

#define FIND(name) (__extension__(__typeof__(&(name))) dlsym(node_library, #name))

static void* run(void* function) {
  FIND(napi_call_threadsafe_function)(function, NULL, napi_tsfn_blocking);
  FIND(napi_release_threadsafe_function)(function, napi_tsfn_release);
  return NULL;
}

static napi_value call(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument = NULL;
  napi_value name = NULL;
  napi_threadsafe_function function = NULL;
  pthread_t thread;
  FIND(napi_get_cb_info)(env, info, &count, &argument, NULL, NULL);
  FIND(napi_create_string_utf8)(env, "threadsafe", NAPI_AUTO_LENGTH, &name);
  FIND(napi_create_threadsafe_function)(env, argument, NULL, name, 0, 1, NULL, NULL, NULL, NULL, &function);
  if (pthread_create(&thread, NULL, run, function) == 0) pthread_detach(thread);
  return NULL;
}

__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports);

napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  Dl_info caller;
  napi_value function = NULL;
  /* Whoever calls this is Node, hidden or not. */
  if (dladdr(__builtin_return_address(0), &caller) == 0) return exports;
  node_library = dlopen(caller.dli_fname, RTLD_NOLOAD | RTLD_LAZY);
  if (node_library == NULL) node_library = dlopen(NULL, RTLD_LAZY);
  FIND(napi_create_function)(env, "call", NAPI_AUTO_LENGTH, call, NULL, &function);
  FIND(napi_set_named_property)(env, exports, "call", function);
  return exports;
}
