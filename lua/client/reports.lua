-- Tells the server street, zone and vehicle while this player is tracked; only when one of them changed.

local LOOK_MS = 1000

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

CreateThread(function()
  TriggerServerEvent('sonoran_bridge:hello')
  while true do
    if watched then
      local ped = PlayerPedId()
      local now_at, now_in = current_location(ped), current_vehicle(ped)
      if now_at ~= location or now_in ~= vehicle then
        location, vehicle = now_at, now_in
        TriggerServerEvent('sonoran_bridge:report', location, vehicle)
      end
    end
    Wait(LOOK_MS)
  end
end)
