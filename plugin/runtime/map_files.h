// Reads the files of the map: sonoran_bridge_postals and sonoran_bridge_vehicles.
#pragma once

#include <vector>

#include "core/error.h"
#include "core/settings.h"
#include "state/map_files.h"

namespace sonoran::runtime {

/// Reads both files, of limits::kMapFileBytes each; a setting without a value names none. A file that cannot be taken
/// changes nothing: what `before` has of it stays. `log` gets a line about each file. Takes a few milliseconds; not for
/// the game thread.
state::MapFiles read_map_files(const Settings& settings, const state::MapFiles& before, std::vector<LogLine>& log);

}  // namespace sonoran::runtime
