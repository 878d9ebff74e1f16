/* libnode22 for tests: the Node-API functions that the addon uses, over values of plain C. There is no JavaScript; the
 * host program makes objects and calls the addon's functions through the functions below. One thread; nothing is freed
 * before the process ends. */
#ifndef TESTS_CROSS_STAND_IN_H
#define TESTS_CROSS_STAND_IN_H

#if defined(_WIN32)
#define STAND_IN __declspec(dllexport)
#else
#define STAND_IN __attribute__((visibility("default")))
#endif

struct value;

/* The host finds these by name in the opened library. */
typedef struct value* (*stand_in_object_fn)(void);
typedef struct value* (*stand_in_text_fn)(const char* text);
typedef struct value* (*stand_in_number_fn)(double number);
/* A Uint8Array. */
typedef struct value* (*stand_in_bytes_fn)(const unsigned char* bytes, unsigned int count);
typedef void (*stand_in_set_fn)(struct value* object, const char* name, struct value* value);
/* NULL when there is none. */
typedef struct value* (*stand_in_get_fn)(struct value* object, const char* name);
/* NULL when there is none at this index. */
typedef struct value* (*stand_in_element_fn)(struct value* array, unsigned int index);
/* Calls a function; NULL when it threw, with the sentence in *error. */
typedef struct value* (*stand_in_call_fn)(struct value* function, struct value** arguments, unsigned int count,
                                          const char** error);
/* NULL, or 0, when it is no text, or number. */
typedef const char* (*stand_in_text_of_fn)(const struct value* value);
typedef double (*stand_in_number_of_fn)(const struct value* value);
/* The sentence of the last exception, or NULL; forgets it. */
typedef const char* (*stand_in_thrown_fn)(void);
/* Runs the cleanup hooks, as the end of an environment does. */
typedef void (*stand_in_end_fn)(void);

#endif
