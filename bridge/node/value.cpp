#include "value.h"

#include <algorithm>

namespace sonoran::node {

napi_value undefined(napi_env env) {
  napi_value value = nullptr;
  napi().get_undefined(env, &value);
  return value;
}

napi_value number(napi_env env, double number) {
  napi_value value = nullptr;
  napi().create_double(env, number, &value);
  return value;
}

napi_value text(napi_env env, std::string_view text) {
  napi_value value = nullptr;
  napi().create_string_utf8(env, text.data() == nullptr ? "" : text.data(), text.size(), &value);
  return value;
}

napi_value boolean(napi_env env, bool flag) {
  napi_value value = nullptr;
  napi().get_boolean(env, flag, &value);
  return value;
}

napi_value object(napi_env env) {
  napi_value value = nullptr;
  napi().create_object(env, &value);
  return value;
}

void set(napi_env env, napi_value object, const char* name, napi_value value) {
  napi().set_named_property(env, object, name, value);
}

std::optional<double> to_number(napi_env env, napi_value value) {
  double number = 0;
  if (value == nullptr || napi().get_value_double(env, value, &number) != napi_ok) return std::nullopt;
  return number;
}

std::optional<std::string> to_text(napi_env env, napi_value value, std::size_t most) {
  std::size_t size = 0;
  if (value == nullptr || napi().get_value_string_utf8(env, value, nullptr, 0, &size) != napi_ok) return std::nullopt;
  size = std::min(size, most);
  std::string text(size, '\0');
  // The function needs room for a NUL, which std::string has behind its end.
  napi().get_value_string_utf8(env, value, text.data(), size + 1, &size);
  text.resize(size);
  return text;
}

bool is_nothing(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  if (value == nullptr || napi().typeof(env, value, &type) != napi_ok) return true;
  return type == napi_undefined || type == napi_null;
}

napi_value fail(napi_env env, const std::string& message, const char* code) {
  napi().throw_error(env, code, message.c_str());
  return nullptr;
}

}  // namespace sonoran::node
