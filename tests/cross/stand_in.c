#define NAPI_VERSION 8
/* The functions are defined here, not fetched from elsewhere. */
#include "stand_in.h"
#define NAPI_EXTERN STAND_IN

#include <node_api.h>
#include <stdlib.h>
#include <string.h>

enum { kHooks = 16 };

struct value {
  napi_valuetype type;
  int is_array;
  double number;
  char* text;
  size_t size;
  void* memory; /* of an array buffer */
  size_t bytes;
  struct value* buffer; /* of a typed array */
  size_t offset;
  size_t length;
  napi_typedarray_type element_type;
  napi_callback callback;
  void* data;
  struct value* parent; /* this object's names and values, as linked lists */
  struct value* first;
  struct value* next;
  char* name;
};

struct napi_callback_info__ {
  struct value** arguments;
  size_t count;
  void* data;
};

static struct value undefined_value = {.type = napi_undefined};
static struct value null_value = {.type = napi_null};
static char thrown[512];
static int has_thrown;
static void* instance;
static struct {
  void (*hook)(void*);
  void* argument;
} hooks[kHooks];
static int hook_count;

static struct value* make(napi_valuetype type) {
  struct value* made = calloc(1, sizeof *made);
  if (made == NULL) abort();
  made->type = type;
  return made;
}

static char* copy(const char* text, size_t size) {
  char* made = malloc(size + 1);
  if (made == NULL) abort();
  memcpy(made, text, size);
  made[size] = '\0';
  return made;
}

static struct value* in(napi_value value) {
  return (struct value*)value;
}
static napi_value out(struct value* value) {
  return (napi_value)value;
}

static struct value* find(struct value* object, const char* name) {
  struct value* entry = object->first;
  while (entry != NULL && strcmp(entry->name, name) != 0) entry = entry->next;
  return entry;
}

/* An entry is a value that only holds a name and points at what it names. */
static void put(struct value* object, const char* name, struct value* value) {
  struct value* entry = find(object, name);
  if (entry == NULL) {
    struct value** end = &object->first;
    while (*end != NULL) end = &(*end)->next;
    entry = make(napi_external);
    entry->name = copy(name, strlen(name));
    *end = entry;
    object->length += 1;
  }
  entry->parent = value;
}

static void index_name(char* name, unsigned int index) {
  char digits[16];
  int count = 0;
  do {
    digits[count++] = (char)('0' + index % 10);
    index /= 10;
  } while (index != 0);
  while (count > 0) *name++ = digits[--count];
  *name = '\0';
}

/* ------------------------------------------------------------------------------------------------ for the host */

STAND_IN struct value* stand_in_object(void) {
  return make(napi_object);
}
STAND_IN struct value* stand_in_text(const char* text) {
  struct value* made = make(napi_string);
  made->size = strlen(text);
  made->text = copy(text, made->size);
  return made;
}
STAND_IN struct value* stand_in_number(double number) {
  struct value* made = make(napi_number);
  made->number = number;
  return made;
}
STAND_IN struct value* stand_in_bytes(const unsigned char* bytes, unsigned int count) {
  struct value* made = make(napi_object);
  made->buffer = make(napi_object);
  made->buffer->bytes = count;
  made->buffer->memory = malloc(made->buffer->bytes);
  memcpy(made->buffer->memory, bytes, count);
  made->length = count;
  made->element_type = napi_uint8_array;
  return made;
}
STAND_IN void stand_in_set(struct value* object, const char* name, struct value* value) {
  put(object, name, value);
}
STAND_IN struct value* stand_in_get(struct value* object, const char* name) {
  struct value* entry = find(object, name);
  return entry == NULL ? NULL : entry->parent;
}
STAND_IN struct value* stand_in_element(struct value* array, unsigned int index) {
  char name[16];
  index_name(name, index);
  return stand_in_get(array, name);
}
STAND_IN const char* stand_in_thrown(void) {
  if (!has_thrown) return NULL;
  has_thrown = 0;
  return thrown;
}
STAND_IN struct value* stand_in_call(struct value* function, struct value** arguments, unsigned int count,
                                     const char** error) {
  struct napi_callback_info__ info = {arguments, count, function->data};
  napi_value result = function->callback(NULL, &info);
  *error = stand_in_thrown();
  if (*error != NULL) return NULL;
  return result == NULL ? &undefined_value : in(result);
}
STAND_IN const char* stand_in_text_of(const struct value* value) {
  return value != NULL && value->type == napi_string ? value->text : NULL;
}
STAND_IN double stand_in_number_of(const struct value* value) {
  return value != NULL && (value->type == napi_number || value->type == napi_boolean) ? value->number : 0;
}
STAND_IN void stand_in_end(void) {
  while (hook_count > 0) {
    --hook_count;
    hooks[hook_count].hook(hooks[hook_count].argument);
  }
}

/* --------------------------------------------------------------------------------------------------- Node-API */

#define API STAND_IN napi_status NAPI_CDECL

API napi_add_env_cleanup_hook(napi_env env, void (*hook)(void*), void* argument) {
  (void)env;
  if (hook_count == kHooks) return napi_generic_failure;
  hooks[hook_count].hook = hook;
  hooks[hook_count++].argument = argument;
  return napi_ok;
}
API napi_create_array(napi_env env, napi_value* result) {
  struct value* made = make(napi_object);
  (void)env;
  made->is_array = 1;
  *result = out(made);
  return napi_ok;
}
API napi_create_array_with_length(napi_env env, size_t length, napi_value* result) {
  (void)length;
  return napi_create_array(env, result);
}
API napi_create_double(napi_env env, double value, napi_value* result) {
  (void)env;
  *result = out(stand_in_number(value));
  return napi_ok;
}
API napi_create_int32(napi_env env, int32_t value, napi_value* result) {
  return napi_create_double(env, value, result);
}
API napi_create_uint32(napi_env env, uint32_t value, napi_value* result) {
  return napi_create_double(env, value, result);
}
API napi_create_int64(napi_env env, int64_t value, napi_value* result) {
  return napi_create_double(env, (double)value, result);
}
API napi_create_external_arraybuffer(napi_env env, void* data, size_t bytes, napi_finalize finalize, void* hint,
                                     napi_value* result) {
  struct value* made = make(napi_object);
  (void)env;
  (void)finalize;
  (void)hint;
  made->memory = data;
  made->bytes = bytes;
  *result = out(made);
  return napi_ok;
}
API napi_create_arraybuffer(napi_env env, size_t bytes, void** data, napi_value* result) {
  *data = calloc(1, bytes + 1);
  return napi_create_external_arraybuffer(env, *data, bytes, NULL, NULL, result);
}
API napi_get_arraybuffer_info(napi_env env, napi_value value, void** data, size_t* bytes) {
  (void)env;
  if (data != NULL) *data = in(value)->memory;
  if (bytes != NULL) *bytes = in(value)->bytes;
  return napi_ok;
}
API napi_detach_arraybuffer(napi_env env, napi_value value) {
  (void)env;
  in(value)->memory = NULL;
  in(value)->bytes = 0;
  return napi_ok;
}
API napi_create_typedarray(napi_env env, napi_typedarray_type type, size_t length, napi_value buffer, size_t offset,
                           napi_value* result) {
  struct value* made = make(napi_object);
  (void)env;
  made->buffer = in(buffer);
  made->element_type = type;
  made->length = length;
  made->offset = offset;
  *result = out(made);
  return napi_ok;
}
API napi_get_typedarray_info(napi_env env, napi_value value, napi_typedarray_type* type, size_t* length, void** data,
                             napi_value* buffer, size_t* offset) {
  struct value* array = in(value);
  (void)env;
  if (array == NULL || array->buffer == NULL) return napi_invalid_arg;
  if (type != NULL) *type = array->element_type;
  if (length != NULL) *length = array->length;
  if (data != NULL) *data = (char*)array->buffer->memory + array->offset;
  if (buffer != NULL) *buffer = out(array->buffer);
  if (offset != NULL) *offset = array->offset;
  return napi_ok;
}
API napi_create_function(napi_env env, const char* name, size_t length, napi_callback callback, void* data,
                         napi_value* result) {
  struct value* made = make(napi_function);
  (void)env;
  (void)name;
  (void)length;
  made->callback = callback;
  made->data = data;
  *result = out(made);
  return napi_ok;
}
API napi_create_object(napi_env env, napi_value* result) {
  (void)env;
  *result = out(make(napi_object));
  return napi_ok;
}
API napi_create_reference(napi_env env, napi_value value, uint32_t count, napi_ref* result) {
  (void)env;
  (void)count;
  *result = (napi_ref)value;
  return napi_ok;
}
API napi_delete_reference(napi_env env, napi_ref reference) {
  (void)env;
  (void)reference;
  return napi_ok;
}
API napi_get_reference_value(napi_env env, napi_ref reference, napi_value* result) {
  (void)env;
  *result = (napi_value)reference;
  return napi_ok;
}
API napi_create_string_utf8(napi_env env, const char* text, size_t size, napi_value* result) {
  struct value* made = make(napi_string);
  (void)env;
  if (size == NAPI_AUTO_LENGTH) size = strlen(text);
  made->text = copy(text, size);
  made->size = size;
  *result = out(made);
  return napi_ok;
}
API napi_get_value_string_utf8(napi_env env, napi_value value, char* buffer, size_t room, size_t* size) {
  const struct value* text = in(value);
  (void)env;
  if (text == NULL || text->type != napi_string) return napi_string_expected;
  if (buffer == NULL) {
    *size = text->size;
  } else if (room > 0) {
    const size_t copied = text->size < room - 1 ? text->size : room - 1;
    memcpy(buffer, text->text, copied);
    buffer[copied] = '\0';
    if (size != NULL) *size = copied;
  }
  return napi_ok;
}
API napi_get_array_length(napi_env env, napi_value value, uint32_t* result) {
  (void)env;
  if (in(value) == NULL || !in(value)->is_array) return napi_array_expected;
  *result = (uint32_t)in(value)->length;
  return napi_ok;
}
API napi_is_array(napi_env env, napi_value value, bool* result) {
  (void)env;
  *result = in(value)->is_array;
  return napi_ok;
}
API napi_is_typedarray(napi_env env, napi_value value, bool* result) {
  (void)env;
  *result = in(value)->buffer != NULL;
  return napi_ok;
}
API napi_get_boolean(napi_env env, bool value, napi_value* result) {
  struct value* made = make(napi_boolean);
  (void)env;
  made->number = value ? 1 : 0;
  *result = out(made);
  return napi_ok;
}
API napi_get_value_bool(napi_env env, napi_value value, bool* result) {
  (void)env;
  if (in(value) == NULL || in(value)->type != napi_boolean) return napi_boolean_expected;
  *result = in(value)->number != 0;
  return napi_ok;
}
API napi_get_value_double(napi_env env, napi_value value, double* result) {
  (void)env;
  if (in(value) == NULL || in(value)->type != napi_number) return napi_number_expected;
  *result = in(value)->number;
  return napi_ok;
}
API napi_get_value_uint32(napi_env env, napi_value value, uint32_t* result) {
  double number = 0;
  const napi_status status = napi_get_value_double(env, value, &number);
  if (status == napi_ok) *result = (uint32_t)number;
  return status;
}
API napi_get_value_int32(napi_env env, napi_value value, int32_t* result) {
  double number = 0;
  const napi_status status = napi_get_value_double(env, value, &number);
  if (status == napi_ok) *result = (int32_t)number;
  return status;
}
API napi_get_value_int64(napi_env env, napi_value value, int64_t* result) {
  double number = 0;
  const napi_status status = napi_get_value_double(env, value, &number);
  if (status == napi_ok) *result = (int64_t)number;
  return status;
}
API napi_get_cb_info(napi_env env, napi_callback_info info, size_t* count, napi_value* arguments, napi_value* self,
                     void** data) {
  size_t i;
  (void)env;
  if (arguments != NULL) {
    for (i = 0; i < *count; ++i) arguments[i] = out(i < info->count ? info->arguments[i] : &undefined_value);
  }
  if (count != NULL) *count = info->count;
  if (self != NULL) *self = out(&undefined_value);
  if (data != NULL) *data = info->data;
  return napi_ok;
}
API napi_get_element(napi_env env, napi_value value, uint32_t index, napi_value* result) {
  struct value* found = stand_in_element(in(value), index);
  (void)env;
  *result = out(found == NULL ? &undefined_value : found);
  return napi_ok;
}
API napi_set_element(napi_env env, napi_value value, uint32_t index, napi_value element) {
  char name[16];
  (void)env;
  index_name(name, index);
  put(in(value), name, in(element));
  return napi_ok;
}
API napi_get_instance_data(napi_env env, void** data) {
  (void)env;
  *data = instance;
  return napi_ok;
}
API napi_set_instance_data(napi_env env, void* data, napi_finalize finalize, void* hint) {
  (void)env;
  (void)finalize;
  (void)hint;
  instance = data;
  return napi_ok;
}
API napi_get_null(napi_env env, napi_value* result) {
  (void)env;
  *result = out(&null_value);
  return napi_ok;
}
API napi_get_undefined(napi_env env, napi_value* result) {
  (void)env;
  *result = out(&undefined_value);
  return napi_ok;
}
API napi_get_named_property(napi_env env, napi_value object, const char* name, napi_value* result) {
  struct value* found = stand_in_get(in(object), name);
  (void)env;
  *result = out(found == NULL ? &undefined_value : found);
  return napi_ok;
}
API napi_get_property(napi_env env, napi_value object, napi_value name, napi_value* result) {
  return napi_get_named_property(env, object, in(name)->text, result);
}
API napi_get_property_names(napi_env env, napi_value object, napi_value* result) {
  const struct value* entry;
  uint32_t index = 0;
  if (in(object) == NULL || in(object)->type != napi_object) return napi_object_expected;
  napi_create_array(env, result);
  for (entry = in(object)->first; entry != NULL; entry = entry->next) {
    napi_set_element(env, *result, index++, out(stand_in_text(entry->name)));
  }
  return napi_ok;
}
API napi_set_named_property(napi_env env, napi_value object, const char* name, napi_value value) {
  (void)env;
  put(in(object), name, in(value));
  return napi_ok;
}
API napi_is_exception_pending(napi_env env, bool* result) {
  (void)env;
  *result = has_thrown != 0;
  return napi_ok;
}
API napi_throw_error(napi_env env, const char* code, const char* text) {
  (void)env;
  (void)code;
  has_thrown = 1;
  strncpy(thrown, text, sizeof thrown - 1);
  return napi_ok;
}
API napi_typeof(napi_env env, napi_value value, napi_valuetype* result) {
  (void)env;
  *result = in(value)->type;
  return napi_ok;
}
