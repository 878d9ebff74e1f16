-- Bounds and defaults of bridge/include/sonoran_bridge.h that Lua itself uses, under the header's names without SB_.
-- tests/unit/limits_test.cpp compares each with the header.
return {
  ABI_VERSION = 1,
  UNIT_ID_SIZE = 256, -- bytes, like the next three
  LOCATION_SIZE = 160,
  PEER_ID_SIZE = 64,
  VEHICLE_MODEL_SIZE = 256,
  ARGUMENTS_SIZE = 1048576,
  ARGUMENTS_DEPTH = 32,
  COORDINATE_MAX_M = 1000000,
  STATUS_MAX = 1000,
  DEADLINE_MIN_MS = 100,
  DEADLINE_MAX_MS = 600000,
  DEADLINE_DEFAULT_MS = 30000,
}
