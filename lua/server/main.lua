-- Starts the bridge once all files of the resource are loaded.

local UNITS_MS = 250 -- interval of telling the module which units the players have; it decides when their places are read
local PLAYERS_MS = 10000 -- interval of reading the player count; the module decides when a heartbeat is sent

CreateThread(function()
  local ok, message = Bridge.open()
  if not ok then
    Log.error(('sonoran_bridge does not run: %s'):format(message))
    return
  end
  Log.info(('sonoran_bridge %s runs: %s, server %s, tracking %s.'):format(Bridge.version,
    Bridge.settings.sonoran_bridge_url, Bridge.settings.sonoran_serverId, Bridge.settings.sonoran_bridge_tracking))
end)

-- These two loops also start working when the module opens later, after a wrong convar was corrected and reloaded.
Loop.every('heartbeat', function()
  return Bridge.state == 'ready' and PLAYERS_MS or 250
end, function()
  if Bridge.state == 'ready' then
    Bridge.call('heartbeat', GetNumPlayerIndices())
  end
end)

Loop.every('log', 1000, Log.fold)

Loop.every('tracker', UNITS_MS, function()
  if Bridge.state == 'ready' then
    Tracker.step()
  end
end)
