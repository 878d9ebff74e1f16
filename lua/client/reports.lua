-- While this player is tracked, reports street, zone and vehicle to the server when one of them has changed.

local LOOK_MS = 1000
local SAY_MS = 60000 -- least interval between two lines about errors

local watched = false
local location, vehicle

local function current_location(ped)
  local at = GetEntityCoords(ped)
  local street, crossing = GetStreetNameAtCoord(at.x, at.y, at.z)
  local text = GetStreetNameFromHashKey(street)
  if crossing and crossing ~= 0 then
    text = ('%s / %s'):format(text, GetStreetNameFromHashKey(crossing))
  end
  local zone = GetLabelText(GetNameOfZone(at.x, at.y, at.z))
  if zone and zone ~= '' and zone ~= 'NULL' then
    text = ('%s, %s'):format(text, zone)
  end
  return text
end

local function current_vehicle(ped)
  local inside = GetVehiclePedIsIn(ped, false)
  return inside ~= 0 and GetDisplayNameFromVehicleModel(GetEntityModel(inside)) or ''
end

RegisterNetEvent('sonoran_bridge:watch', function(on)
  watched = on == true
  location, vehicle = nil, nil
end)

local function look()
  if not watched then
    return
  end
  local ped = PlayerPedId()
  local now_at, now_in = current_location(ped), current_vehicle(ped)
  if now_at ~= location or now_in ~= vehicle then
    location, vehicle = now_at, now_in
    TriggerServerEvent('sonoran_bridge:report', location, vehicle)
  end
end

-- An error in one turn (a ped that is gone, a model without a name) must not end the thread.
local errors, unsaid, said_at = 0, 0, nil

local function failed(message)
  errors, unsaid = errors + 1, unsaid + 1
  local now = GetGameTimer()
  if not said_at or now - said_at >= SAY_MS then
    print(('^3warning: sonoran_bridge goes on after an error (%d since the last line, %d in all): %s^7'):format(unsaid,
      errors, tostring(message):match('^[^\r\n]*')))
    unsaid, said_at = 0, now
  end
end

CreateThread(function()
  TriggerServerEvent('sonoran_bridge:hello')
  while true do
    local ok, message = pcall(look)
    if not ok then
      failed(message)
    end
    Wait(LOOK_MS)
  end
end)
