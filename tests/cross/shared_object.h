/* Opening shared libraries, waiting and threads' basics, on Linux and on Windows. */
#ifndef TESTS_CROSS_SHARED_OBJECT_H
#define TESTS_CROSS_SHARED_OBJECT_H

#include <string.h>

typedef void (*any_function)(void);

#if defined(_WIN32)
#include <windows.h>

static void* open_object(const char* path) {
  return (void*)LoadLibraryA(path);
}
static any_function find_symbol(void* object, const char* name) {
  return (any_function)GetProcAddress((HMODULE)object, name);
}
static const char* open_error(void) {
  static char text[64];
  wsprintfA(text, "error %lu", GetLastError());
  return text;
}
static void pause_ms(unsigned int ms) {
  Sleep(ms);
}
static unsigned long this_thread(void) {
  return GetCurrentThreadId();
}
#else
#include <dlfcn.h>
#include <pthread.h>
#include <time.h>

/* RTLD_LOCAL, as the game server opens its parts: what the object exports is not in the global scope. */
static void* open_object(const char* path) {
  return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}
static any_function find_symbol(void* object, const char* name) {
  any_function function;
  void* symbol = dlsym(object, name);
  /* ISO C has no cast from an object's pointer to a function's. */
  memcpy(&function, &symbol, sizeof function);
  return function;
}
static const char* open_error(void) {
  return dlerror();
}
static void pause_ms(unsigned int ms) {
  const struct timespec pause = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000L};
  nanosleep(&pause, NULL);
}
static unsigned long this_thread(void) {
  return (unsigned long)pthread_self();
}
#endif

#endif
