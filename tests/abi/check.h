/* What programs in C99 that drive the C interface share: checks that are counted, and texts. For one source a program.
 */
#ifndef SONORAN_TESTS_CHECK_H
#define SONORAN_TESTS_CHECK_H

#include <sonoran_bridge.h>
#include <stdio.h>
#include <string.h>

static int passed = 0;
static int failed = 0;

static void check(int good, const char* what, int line) {
  if (good) {
    ++passed;
  } else {
    ++failed;
    printf("  failed, line %d: %s\n", line, what);
  }
  /* What is seen so far, also when the process does not end by itself. */
  fflush(stdout);
}
#define CHECK(condition) check((condition) ? 1 : 0, #condition, __LINE__)

/* A text of the interface; it lives as long as `value`. */
static sb_text text(const char* value) {
  sb_text made;
  made.data = value;
  made.size = strlen(value);
  return made;
}

#endif
