-- `sonoran_bridge why <player or unit>`: why somebody is not on the map. Prints one line for each link of the chain
-- from the game to the CAD, and names the first missing one with what to do. The status page uses these reasons as
-- well.

Why = {}

local PAGE = 500 -- active units to ask for when the list is not kept
local BY_HUB = 'over the live connection'
local HAS, LACKS, NOT_CHECKED = 'yes', 'no', 'not checked'
local SOURCES = {
  script = 'a script said so (setCommunityUserId)',
  sonorancad = 'the resource sonorancad linked them',
}

local function link(name, has, found, remedy)
  return { name = name, has = has, found = found, remedy = remedy }
end

local function ago(seconds)
  return ('%.0f s ago'):format(seconds)
end

-- Finds whom the argument means: a player by their server id if they are present, else a unit and the player who has
-- it; or nil, nil and a message.
local function whom(argument)
  local player = argument:find('^%d+$') and Identity.player(argument)
  if player then
    return player, (Identity.of(player))
  end
  local _, unit, message = Identity.named({ unit = argument })
  if not unit then
    return nil, nil, message
  end
  for present in pairs(Players.present()) do
    if Identity.of(present) == unit then
      return present, unit
    end
  end
  return nil, unit
end

local function on_server(player, unit)
  if player then
    return link('on this server', HAS, ('Player %d, %s.'):format(player, Identity.shown(GetPlayerName(tostring(player)))))
  end
  return link('on this server', NOT_CHECKED, ('No player here is the unit %s; scripts may push its position.'):format(
    Identity.shown(unit)))
end

local function known(player, unit)
  if not player then
    return link('known', HAS, ('As the unit %s.'):format(Identity.shown(unit)))
  elseif unit then
    local source = Identity.source(player)
    return link('known', HAS, ('As the unit %s: %s.'):format(Identity.shown(unit), SOURCES[source]
      or ('their identifier %s'):format(Bridge.setting('sonoran_bridge_identifier', 'license'))))
  end
  local _, message = Identity.of(player)
  return link('known', LACKS, message, 'Name the unit with setCommunityUserId, or choose another sonoran_bridge_identifier.')
end

local function linked(answer, message)
  local body = answer and answer.ok and type(answer.body) == 'table' and answer.body
  if not body then
    return link('linked in the CAD', NOT_CHECKED, message or answer.error and answer.error.detail
      or 'The CAD\'s answer says nothing of it.')
  elseif body.linked then
    return link('linked in the CAD', HAS, 'An account of the CAD has this id.')
  end
  return link('linked in the CAD', LACKS, 'No account of the CAD has this id.', 'The player links their account in the CAD '
    .. '(API ID), or sonoran_bridge_identifier names the identifier that they linked.')
end

-- Whether the answer of getActiveUnits has an id, with or without a prefix on either side.
local function lists(units, id)
  local short = id:match('^[%w_]+:(.+)$') or id
  local function same(other)
    return type(other) == 'string' and (other:match('^[%w_]+:(.+)$') or other) == short
  end
  for _, unit in ipairs(units) do
    for _, part in ipairs({ unit, unit.data }) do
      if type(part) == 'table' then
        if same(part.communityUserId) then
          return true
        end
        for _, other in ipairs(type(part.apiIds) == 'table' and part.apiIds or {}) do
          if same(other) then
            return true
          end
        end
      end
    end
  end
  return false
end

local function active(unit, listed, answer, message)
  if listed == nil and answer and answer.ok and type(answer.body) == 'table' then
    listed = lists(answer.body, unit)
    if not listed and #answer.body >= PAGE then
      return link('active', NOT_CHECKED, ('The CAD has more than %d active units; only these were looked at.'):format(PAGE))
    end
  elseif listed == nil then
    return link('active', NOT_CHECKED, message or answer and answer.error and answer.error.detail
      or 'The CAD\'s list of active units has not come yet.')
  end
  if listed then
    return link('active', HAS, 'The CAD lists the unit as active on this server.')
  end
  return link('active', LACKS, 'The CAD does not list the unit as active on this server.', 'They go on duty in the CAD, on this '
    .. 'server.')
end

local function tracked(player)
  if Duty.is_tracked(player) then
    return link('tracked', HAS, Duty.is_marked(player) and 'A script marks them as on duty.'
      or ('sonoran_bridge_tracking is %s.'):format(Bridge.settings.sonoran_bridge_tracking))
  end
  return link('tracked', LACKS, Duty.why_untracked(player), Bridge.settings.sonoran_bridge_tracking == 'all'
    and 'Ask again in a second.' or 'They go on duty in the CAD, a script calls setOnDuty, or sonoran_bridge_tracking is set to all.')
end

local function read(player)
  if not Tracker.has_onesync() then
    return link('read', LACKS, 'OneSync is off: the server does not know where players are.', 'Put set onesync on into '
      .. 'server.cfg and restart the server.')
  end
  local seen = Tracker.look_at(player)
  if seen.told == false then
    return link('read', LACKS, 'Their unit has not crossed into the native module yet.', 'It crosses within a second; if it '
      .. 'does not, see sonoran_bridge doctor.')
  elseif seen.read_ms and not seen.unreadable then
    return link('read', HAS, ('Their place was read %s.'):format(ago(seen.read_ms / 1000)))
  elseif seen.unreadable then
    return link('read', LACKS, seen.unreadable, 'It is read as soon as the server knows their place.')
  elseif not Duty.is_tracked(player) then
    return link('read', NOT_CHECKED, 'Nobody is read who is not tracked.')
  end
  return link('read', LACKS, 'Their place has not been read yet.', 'Ask again in a second.')
end

-- A refusal in the CAD's words, as the end of a sentence; '' when there is none.
local function refused(state)
  local last = state.refusal
  if not last then
    return ''
  end
  return (' %s refused %s %s (%s): %s%s'):format(last.by_road and 'Something on the way to the CAD' or 'The CAD',
    last.operation, ago(last.s), last.status > 0 and ('%d'):format(last.status) or BY_HUB, last.detail, last.traceId ~= '' and (' [trace %s]'):format(last.traceId) or '')
end

-- Why a player's position was not handed over to the module, as a sentence; nil when it was. Does not ask the CAD.
function Why.absent(player)
  if Bridge.state ~= 'ready' then
    return 'The bridge does not run.'
  elseif Tracker.is_placed(player) then
    return nil
  end
  for _, one in ipairs({ known(player, (Identity.of(player))), tracked(player), read(player) }) do
    if one.has == LACKS then
      return one.found
    end
  end
  return 'Their position has not been read yet.'
end

local function sent(state, message)
  if not state then
    return { link('sent', NOT_CHECKED, message) }
  end
  local place = state.position
  if not place then
    return { link('sent', LACKS, 'The module knows no position of the unit.' .. refused(state),
      'Somebody has to be read, or a script has to push it (pushPositions).') }
  end
  local links = {}
  if place.back_in_s then
    links[1] = link('sent', LACKS, ('The unit is left out for another %.0f s.%s'):format(place.back_in_s, refused(state)),
      'See the unit\'s id and texts; it is tried again by itself.')
  elseif place.sent_s then
    links[1] = link('sent', HAS, ('The last position left %s%s.%s'):format(ago(place.sent_s),
      place.searched and ', in a search for a unit that the CAD refuses' or '', refused(state)))
  else
    links[1] = link('sent', LACKS, ('No position has left yet; one was told %s.'):format(ago(place.heard_s)),
      'It leaves with the next request, within five seconds, while the CAD answers: see sonoran_bridge status.')
  end
  if place.taken_s then
    links[2] = link('acknowledged', HAS, ('The CAD took the last one %s, %s.'):format(ago(place.taken_s),
      place.taken_by == 'hub' and BY_HUB or 'by HTTP'))
  else
    links[2] = link('acknowledged', LACKS, 'The CAD has taken none yet.' .. (links[1].has == HAS and '' or refused(state)),
      'See sonoran_bridge doctor.')
  end
  return links
end

-- The state of a panic or a status, as a sentence; nil when nothing is known of it.
local function desired(name, seen)
  if not seen then
    return nil
  end
  local function value(number)
    return name == 'panic' and (number == 1 and 'on' or 'off') or tostring(math.tointeger(number) or number)
  end
  local parts = {}
  if seen.wanted then
    parts[#parts + 1] = ('%s %s'):format(value(seen.wanted), seen.under_way and 'is under way' or 'waits')
  end
  if seen.acknowledged then
    parts[#parts + 1] = ('the CAD took %s %s'):format(value(seen.acknowledged), ago(seen.acknowledged_s))
  end
  return parts[1] and ('%s: %s.'):format(name, table.concat(parts, '; ')) or nil
end

local function examine(ask, player, unit)
  local links = { on_server(player, unit), known(player, unit) }
  if not unit then
    return links, {}
  end
  local in_list = Duty.is_active(unit)
  local link_answer = ask.call('checkCommunityLink', { communityUserId = unit })
  local units_answer = in_list == nil and Bridge.settings.sonoran_bridge_tracking ~= 'cad'
    and ask.call('getActiveUnits', { includeOffline = false, onlyUnits = false, limit = PAGE, offset = 0 })
  local state_answer = ask.inspect('unit', unit)
  links[#links + 1] = linked(link_answer())
  links[#links + 1] = active(unit, in_list, table.unpack(units_answer and { units_answer() } or {}, 1, 2))
  if player then
    links[#links + 1] = tracked(player)
    links[#links + 1] = read(player)
  end
  local answer, message = state_answer()
  local state = answer and answer.ok and answer.body or nil
  for _, one in ipairs(sent(state, message or answer and answer.error and answer.error.detail)) do
    links[#links + 1] = one
  end
  local more = {}
  if state then
    more = { desired('panic', state.panic), desired('status', state.status) }
  end
  return links, more
end

-- Examines a player or unit and calls `done` with the lines: true; or false and a message when the argument means
-- nobody.
function Why.examine(argument, done)
  local player, unit, message = whom(argument)
  if message then
    return false, message
  end
  Inquiry.start(function(ask)
    local links, more = examine(ask, player, unit)
    return { links = links, more = more }
  end, function(result)
    if not result then
      return done({ 'The examination ended with an error; the line above names it.' })
    end
    local lines, missing = { ('sonoran_bridge why %s'):format(Identity.shown(argument)) }, nil
    for _, one in ipairs(result.links) do
      lines[#lines + 1] = ('  %-11s  %s: %s'):format(one.has, one.name, one.found)
      missing = missing or one.has == LACKS and one or nil
    end
    for _, more in pairs(result.more) do
      lines[#lines + 1] = ('  %-11s  %s'):format('', more)
    end
    lines[#lines + 1] = missing and ('The first missing link is "%s". %s'):format(missing.name, missing.remedy or '')
      or 'No link is missing.'
    done(lines)
  end)
  return true
end
