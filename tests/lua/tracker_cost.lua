-- What one interval of the tracker (lua/server/tracker.lua) costs in plain Lua 5.4, natives and the crossing taken away:
-- lua tracker_cost.lua <folder of the resource's Lua files> <units> <rounds>   -> microseconds an interval, on one line

local folder, units, rounds = arg[1], tonumber(arg[2]), tonumber(arg[3])

local positions, list, ids = {}, {}, {}
for player = 1, units do
  positions[player] = { x = player * 3.25, y = -player * 1.5, z = 30.0 }
  list[player] = player
  ids[player] = 'license:officer' .. player
end

local handed
Bridge = {
  call = function(_, flat) handed = flat end,
  on_ready = function() end,
}
Identity = { of = function(player) return ids[player] end }
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

dofile(folder .. '/server/tracker.lua')

local spent = {}
for round = 1, rounds do
  now = now + 1000
  for player = 1, units do
    positions[player].x = positions[player].x + 10.0
  end
  local began = os.clock()
  Tracker.step()
  spent[round] = (os.clock() - began) * 1e6
  assert(#handed == 5 * units, 'every unit has moved')
end
table.sort(spent)
print(('%.1f'):format(spent[#spent // 2 + 1]))
