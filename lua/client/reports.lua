-- While this player is tracked, reports street, zone, vehicle, its kind and its siren to the server when one of them has
-- changed.

local LOOK_MS = 1000
local SAY_MS = 60000 -- least interval between two lines about errors

-- Kinds of vehicle by the game's classes; every other one is a car. Emergency vehicles have one class, so their name decides.
local KINDS = { [8] = 'motorcycle', [13] = 'bicycle', [14] = 'boat', [15] = 'helicopter', [16] = 'plane' }
local EMERGENCY = 18

local watched = false
local location, vehicle, kind, siren

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

local function kind_of(inside, name)
  local class = GetVehicleClass(inside)
  if class ~= EMERGENCY then
    return KINDS[class] or 'car'
  end
  local upper = name:upper()
  if upper:find('FIRE', 1, true) then
    return 'fire'
  elseif upper:find('AMBUL', 1, true) or upper:find('EMS', 1, true) then
    return 'ems'
  end
  return 'police'
end

-- The game's name of the vehicle, its kind, and whether its siren is on.
local function current_vehicle(ped)
  local inside = GetVehiclePedIsIn(ped, false)
  if inside == 0 then
    return '', 'foot', false
  end
  local name = GetDisplayNameFromVehicleModel(GetEntityModel(inside)) or ''
  local on = IsVehicleSirenOn(inside) -- true or 1; false, 0 or nil
  return name, kind_of(inside, name), on == true or on == 1
end

RegisterNetEvent('sonoran_bridge:watch', function(on)
  watched = on == true
  location, vehicle, kind, siren = nil, nil, nil, nil
end)

local function look()
  if not watched then
    return
  end
  local ped = PlayerPedId()
  local now_at = current_location(ped)
  local now_in, now_kind, now_siren = current_vehicle(ped)
  if now_at ~= location or now_in ~= vehicle or now_kind ~= kind or now_siren ~= siren then
    location, vehicle, kind, siren = now_at, now_in, now_kind, now_siren
    TriggerServerEvent('sonoran_bridge:report', location, vehicle, kind, siren)
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
