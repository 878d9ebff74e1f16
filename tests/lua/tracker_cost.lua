-- What one reading of places by the tracker (lua/server/tracker.lua) costs in plain Lua 5.4, natives and the crossing taken
-- away:
-- lua tracker_cost.lua <folder of the resource's Lua files> <units> <rounds> [folder of bench_msgpack.so]
--   -> microseconds a reading on one line; with that folder, on a second one, those of packing what crosses

local folder, units, rounds = arg[1], tonumber(arg[2]), tonumber(arg[3])

local positions, list, ids = {}, {}, {}
for player = 1, units do
  positions[player] = { x = player * 3.25, y = -player * 1.5, z = 30.0 }
  list[player] = player
  ids[player] = 'license:officer' .. player
end

local opened
Bridge = {
  Limits = { COORDINATE_MAX_M = 1000000 },
  call = function()
    return true
  end,
  on_readings = function() end,
  on_ready = function(fn) opened = fn end,
}
Identity = { of = function(player) return ids[player] end, on_change = function() end }
Loop = { failed = function(name, message) error(name .. ': ' .. message) end }
Players = { keyed = function() return {} end, on_leave = function() end }
local reports = {}
Reports = { latest = function() return reports end }
Duty = {
  players = function() return list end,
  is_tracked = function() return true end,
  on_change = function() end,
}
local now = 0
function GetGameTimer() return now end
local peds = {}
for player = 1, units do
  peds[tostring(player)] = player
end
function GetPlayerPed(player) return peds[player] end
function GetEntityCoords(ped) return positions[ped] end
function GetEntityHeading(ped) return now % 360 + ped end
function Wait() end

function GetConvar() return 'on' end

dofile(folder .. '/server/tracker.lua')
opened()
Tracker.step() -- the units' ids cross

local packing = {}
local codec
if arg[4] then
  package.cpath = arg[4] .. '/?.so'
  codec = require('bench_msgpack')
end

local spent = {}
for round = 1, rounds do
  now = now + 1000
  for player = 1, units do
    positions[player].x = positions[player].x + 10.0
  end
  local began = os.clock()
  local read = Tracker.read(list, 0)
  spent[round] = (os.clock() - began) * 1e6
  assert(#read[1] == 5 * units, 'every unit was read')
  if codec then
    began = os.clock()
    codec.pack(read[1], read[2])
    packing[round] = (os.clock() - began) * 1e6
  end
end
local function median(times)
  table.sort(times)
  return ('%.1f'):format(times[#times // 2 + 1])
end
print(median(spent))
if codec then
  print(median(packing))
end
