/* A Node-API addon as they are usually built: its functions are left to the global scope. */
#include <node_api.h>

__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports);

napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value value = NULL;
  napi_get_null(env, &value);
  napi_set_named_property(env, exports, "linked", value);
  return exports;
}
