// JavaScript values in and out, over Node-API.
#pragma once

#include <sonoran_bridge.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "napi.h"

namespace sonoran::node {

/// Longer texts are truncated to this, which every callee but sb_call rejects.
inline constexpr std::size_t kTextBytes = 65536;
/// The same for a call's arguments.
inline constexpr std::size_t kArgumentsBytes = SB_ARGUMENTS_SIZE + 1;

napi_value undefined(napi_env env);
napi_value number(napi_env env, double value);
napi_value text(napi_env env, std::string_view value);
napi_value boolean(napi_env env, bool value);
napi_value object(napi_env env);
void set(napi_env env, napi_value object, const char* name, napi_value value);

/// The number; nothing for any other value.
std::optional<double> to_number(napi_env env, napi_value value);

/// The text as UTF-8; nothing for any other value. Longer texts are truncated to `most` bytes, which every callee
/// rejects.
std::optional<std::string> to_text(napi_env env, napi_value value, std::size_t most = kTextBytes);

bool is_nothing(napi_env env, napi_value value);

/// Throws an Error with this message, and `code` unless it is nullptr, in JavaScript; returns nullptr, for
/// `return fail(...)`.
napi_value fail(napi_env env, const std::string& message, const char* code = nullptr);

}  // namespace sonoran::node
