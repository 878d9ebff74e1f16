// The Node-API functions that the addon uses, found at run time.
//
// In a game server libnode is opened RTLD_LOCAL: its functions are not in the global scope, and an addon that leaves
// them undefined takes the process with it. So none is linked; each is looked up by name when the addon is loaded.
#pragma once

#include <node_api.h>

#include <string>

namespace sonoran::node {

// NOLINTBEGIN(bugprone-macro-parentheses): one list makes the members and the names to look up.
#define SONORAN_NAPI_FUNCTIONS(X) \
  X(add_env_cleanup_hook)         \
  X(create_array_with_length)     \
  X(create_double)                \
  X(create_external_arraybuffer)  \
  X(create_function)              \
  X(create_object)                \
  X(create_reference)             \
  X(create_string_utf8)           \
  X(create_typedarray)            \
  X(delete_reference)             \
  X(detach_arraybuffer)           \
  X(get_array_length)             \
  X(get_boolean)                  \
  X(get_cb_info)                  \
  X(get_element)                  \
  X(get_instance_data)            \
  X(get_property)                 \
  X(get_property_names)           \
  X(get_reference_value)          \
  X(get_typedarray_info)          \
  X(get_undefined)                \
  X(get_value_double)             \
  X(get_value_string_utf8)        \
  X(set_element)                  \
  X(set_instance_data)            \
  X(set_named_property)           \
  X(throw_error)                  \
  X(typeof)

/// `napi.create_object(...)` is napi_create_object.
struct Napi {
#define SONORAN_NAPI_MEMBER(name) decltype(&::napi_##name) name = nullptr;
  SONORAN_NAPI_FUNCTIONS(SONORAN_NAPI_MEMBER)
#undef SONORAN_NAPI_MEMBER
};
// NOLINTEND(bugprone-macro-parentheses)

/// Looks up all functions, once per process, in the library to which `caller` (a code address in Node) belongs: a game
/// server may hold two Nodes, and only the one that loads the addon is right. Returns the first missing name, or ""
/// when all were found.
const std::string& find_napi(void* caller);

/// The functions that find_napi() has found.
const Napi& napi();

}  // namespace sonoran::node
