-- The metrics for Prometheus: the table of metrics, and the text with their values from a report (the result of `status()`).
-- docs/metrics.md is generated from the same table. Pure: it calls no function of the game server.

Metrics = {}

local PREFIX = 'sonoran_bridge_'
local CLASSES = { 'position', 'heartbeat', 'panic', 'status', 'command', 'query' }
local STATES = { 'starting', 'running', 'unauthorized', 'server_unknown', 'unavailable', 'stopping', 'failed', 'stopped' }

local function sorted(map)
  local names = {}
  for name in pairs(map or {}) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

-- Readers. Each gets the report and `add(value, label, its value, ...)`, and adds nothing if the value is unknown.

-- report.a.b for 'a.b'
local function at(report, path)
  for name in path:gmatch('[^.]+') do
    report = type(report) == 'table' and report[name] or nil
  end
  return report
end

local function field(path, scale)
  return function(report, add)
    local value = at(report, path)
    if type(value) == 'boolean' then
      value = value and 1 or 0
    end
    if type(value) == 'number' then
      add(value * (scale or 1))
    end
  end
end

-- Adds one sample for each of `names` of the object at `path` (nil: for each name that it has), with the name as `label`.
local function fields(path, label, names)
  return function(report, add)
    local object = at(report, path) or {}
    for _, name in ipairs(names or sorted(object)) do
      if type(object[name]) == 'number' then
        add(object[name], label, name)
      end
    end
  end
end

local function classes(name, scale)
  return function(report, add)
    for _, class in ipairs(CLASSES) do
      local value = at(report, 'classes.' .. class .. '.' .. name)
      if type(value) == 'number' then
        add(value * (scale or 1), 'class', class)
      end
    end
  end
end

local function operations(path)
  return function(report, add)
    for _, operation in ipairs(sorted(report.operations)) do
      local value = at(report.operations[operation], path)
      if type(value) == 'number' then
        add(value, 'operation', operation)
      end
    end
  end
end

-- A histogram of a `latency_ms`: {bounds in seconds, counts, sum in seconds, count}
local function histogram(report, latency)
  if type(latency) ~= 'table' or type(report.latency_bounds_ms) ~= 'table' then
    return nil
  end
  local bounds = {}
  for i, bound in ipairs(report.latency_bounds_ms) do
    bounds[i] = bound / 1000
  end
  return { bounds = bounds, counts = latency.at_most, sum = latency.sum / 1000, count = latency.count }
end

local function latency_of(class)
  return function(report, add)
    local value = histogram(report, at(report, 'classes.' .. class .. '.latency_ms'))
    if value then
      add(value)
    end
  end
end

-- Every metric: {name without the prefix, type, description, unit or nil, reader}. A counter's name ends in _total.
local TABLE = {
  { 'build_info', 'gauge', 'Always 1. The labels are the version and the script runtime that opened the module.', nil,
    function(report, add)
      add(1, 'version', report.version or '', 'door', report.door or '')
    end },
  { 'state', 'gauge', 'The state of the bridge: 1 for the present state, 0 for the others.', nil,
    function(report, add)
      for _, state in ipairs(STATES) do
        add(report.state == state and 1 or 0, 'state', state)
      end
    end },
  { 'state_age_seconds', 'gauge', 'For how long it has been in this state.', 'seconds', field('state_s') },
  { 'uptime_seconds', 'gauge', 'Since the native module was opened.', 'seconds', field('uptime_s') },
  { 'units', 'gauge', 'Units with a position: all that are known, those due to be sent, those left out because the CAD '
    .. 'refused them.', nil, fields('units', 'kind', { 'known', 'moved', 'left_out' }) },
  { 'accepted_total', 'counter', 'Positions, heartbeats, presses and calls that were accepted.', nil, classes('accepted') },
  { 'delivered_total', 'counter', 'Of these, delivered to the CAD.', nil, classes('delivered') },
  { 'coalesced_total', 'counter', 'Of these, replaced by a newer one.', nil, classes('coalesced') },
  { 'deduplicated_total', 'counter', 'Of these, repeats that needed no request.', nil, classes('deduplicated') },
  { 'dropped_total', 'counter', 'Of these, given up, by reason.', nil,
    function(report, add)
      for _, class in ipairs(CLASSES) do
        local dropped = at(report, 'classes.' .. class .. '.dropped')
        for _, reason in ipairs(sorted(dropped)) do
          add(dropped[reason], 'class', class, 'reason', reason)
        end
      end
    end },
  { 'pending', 'gauge', 'Of these, those that wait or are in flight.', nil, classes('pending') },
  { 'longest_wait_seconds', 'gauge', 'For how long the oldest press of a class has waited.', 'seconds',
    classes('longest_wait_s') },
  { 'calls_longest_wait_seconds', 'gauge', 'For how long the oldest call by name has waited or been in flight.', 'seconds',
    field('calls_longest_wait_s') },
  { 'panic_latency_seconds', 'histogram', "From the press of a panic to the CAD's acknowledgement.", 'seconds',
    latency_of('panic') },
  { 'status_latency_seconds', 'histogram', "From the setting of a status to the CAD's acknowledgement.", 'seconds',
    latency_of('status') },
  { 'requests_sent_total', 'counter', 'Requests sent to the CAD.', nil, operations('sent') },
  { 'requests_succeeded_total', 'counter', 'Of these, answered with success.', nil, operations('succeeded') },
  { 'requests_retried_total', 'counter', 'Of these, sent again after a failure.', nil, operations('retried') },
  { 'requests_hedged_total', 'counter', 'Of these, second copies beside a silent first one.', nil, operations('hedged') },
  { 'requests_replaced_total', 'counter', 'Of these, sent again at once because a kept connection was closed.', nil,
    operations('replaced') },
  { 'requests_rate_limited_total', 'counter', "Requests answered with 429: the CAD's rate limit.", nil,
    operations('rate_limited') },
  { 'requests_failed_total', 'counter', 'Requests that failed, by kind (docs/errors.md).', nil,
    function(report, add)
      for _, operation in ipairs(sorted(report.operations)) do
        local failed = report.operations[operation].failed
        for _, kind in ipairs(sorted(failed)) do
          add(failed[kind], 'operation', operation, 'kind', kind)
        end
      end
    end },
  { 'request_duration_seconds', 'histogram', 'From a request to its answer.', 'seconds',
    function(report, add)
      for _, operation in ipairs(sorted(report.operations)) do
        local value = histogram(report, report.operations[operation].latency_ms)
        if value then
          add(value, 'operation', operation)
        end
      end
    end },
  { 'requests_queued', 'gauge', 'Requests that wait, or that are needed for the waiting values.', nil, operations('queued') },
  { 'requests_longest_wait_seconds', 'gauge', 'For how long the oldest of what waits for an operation has waited or been in '
    .. 'flight.', 'seconds', operations('longest_wait_s') },
  { 'requests_in_flight', 'gauge', 'Requests in flight.', nil, operations('in_flight') },
  { 'expected_wait_seconds', 'gauge', 'How long a request made now is expected to wait; absent until an answer comes.',
    'seconds', operations('expected_wait_s') },
  { 'budget_limit_requests', 'gauge', 'Requests that may be sent in any 60 s.', 'requests', operations('budget.limit') },
  { 'budget_left_requests', 'gauge', 'Of these, those that may be sent now.', 'requests', operations('budget.left') },
  { 'budget_most_requests', 'gauge', 'The highest number sent in any 60 s so far.', 'requests',
    operations('budget.max_in_60s') },
  { 'active_units', 'gauge', 'Units that the CAD lists as active.', nil, field('active_units.listed') },
  { 'active_units_age_seconds', 'gauge', 'Age of that list.', 'seconds', field('active_units.age_s') },
  { 'hub_up', 'gauge', "1 while the live connection to the CAD's hub is up, 0 while it is not.", nil,
    function(report, add)
      local hub = report.hub
      if hub and hub.enabled then
        add(hub.state == 'up' and 1 or 0)
      end
    end },
  { 'hub_connected_seconds', 'gauge', 'For how long it has been up.', 'seconds', field('hub.connected_s') },
  { 'hub_connections_total', 'counter', 'How often it came up.', nil, field('hub.times_up') },
  { 'hub_ends_total', 'counter', 'How often it ended or could not begin, by reason.', nil,
    fields('hub.ends', 'reason') },
  { 'hub_round_trip_seconds', 'gauge', 'Round trip of the last request to the hub.', 'seconds',
    field('hub.round_trip_ms', 0.001) },
  { 'hub_events_total', 'counter', 'Events of the CAD by type, including those that came by HTTP.', nil,
    fields('hub.events', 'type') },
  { 'hub_last_event_age_seconds', 'gauge', 'Time since the last of them.', 'seconds', field('hub.last_event_s') },
  { 'hub_lost_total', 'counter', 'Events and records that reached no script, by reason.', nil,
    fields('hub', 'reason', { 'dropped', 'unreadable', 'unknown' }) },
  { 'hub_positions_per_second', 'gauge', 'Positions that the CAD took over the live connection, a second, in the last 10 s.',
    nil, field('hub.positions.updates_per_s') },
  { 'hub_positions_total', 'counter', 'Positions that the CAD took over the live connection.', nil,
    field('hub.positions.acknowledged') },
  { 'hub_calls_total', 'counter', 'Calls with positions over the live connection.', nil, field('hub.positions.calls') },
  { 'hub_calls_refused_total', 'counter', 'Of these, those that the CAD refused, by reason.', nil,
    fields('hub.positions.refused', 'reason', { 'too_fast', 'unit', 'other' }) },
  { 'hub_calls_lost_total', 'counter', 'Of these, those without an answer.', nil, field('hub.positions.lost') },
  { 'hub_calls_unanswered', 'gauge', 'Of these, those that wait for an answer now.', nil, field('hub.positions.unanswered') },
  { 'hub_call_interval_seconds', 'gauge', 'Time between two of them, as things are.', 'seconds',
    field('hub.positions.interval_ms', 0.001) },
  { 'hub_units_left_out_total', 'counter', 'Units that were left out after the CAD refused their position alone.', nil,
    field('hub.positions.left_out') },
  { 'held_bytes', 'gauge', 'Bytes of calls that wait or are in flight, and of units with a panic or status on record.', 'bytes', field('held_bytes') },
  { 'refused_total', 'counter', 'Positions and calls that were refused at a bound (docs/limits.md).', nil,
    fields('refused', 'what', { 'positions', 'calls' }) },
  { 'dropped_events_total', 'counter', 'Events that the game did not fetch in time.', nil, field('dropped_events') },
  { 'dropped_bodies_total', 'counter', 'Bodies of answers that the game did not fetch in time.', nil,
    field('dropped_bodies') },
  { 'players', 'gauge', 'Players on the server.', nil, field('players.present') },
  { 'tracked_players', 'gauge', 'Players whose unit has crossed into the module.', nil, field('tracker.bound') },
  { 'onesync', 'gauge', '1 when this server knows where players are.', nil, field('tracker.onesync') },
  { 'tracker_crossings_total', 'counter', 'Crossings of positions into the module.', nil, field('tracker.crossings') },
  { 'tracker_positions_total', 'counter', 'Positions in these crossings.', nil, field('tracker.positions') },
  { 'tracker_astray_total', 'counter', 'Coordinates that are not a place on the map.', nil, field('tracker.astray') },
  { 'lookups_total', 'counter', "Lookups of players in the vendor's resource, by result.", nil,
    fields('lookups', 'outcome', { 'found', 'missing', 'failed', 'refused', 'abandoned' }) },
  { 'loop_errors_total', 'counter', 'Errors after which a loop of the resource went on.', nil,
    function(report, add)
      for _, loop in ipairs(sorted(report.loops)) do
        add(report.loops[loop].errors, 'loop', loop)
      end
    end },
  { 'resource_calls', 'gauge', 'Calls of a resource that wait for an answer.', nil,
    function(report, add)
      for _, resource in ipairs(sorted(report.resources)) do
        add(report.resources[resource].calls or 0, 'resource', resource)
      end
    end },
  { 'page_requests_total', 'counter', 'Requests for the status page and the metrics, by answer.', nil,
    fields('page', 'answer', { 'page', 'data', 'metrics', 'signed_in', 'refused', 'blocked' }) },
}

-- Every metric as {name, type, help, unit or nil}, in the order of the text.
function Metrics.list()
  local list = {}
  for i, row in ipairs(TABLE) do
    list[i] = { name = PREFIX .. row[1], type = row[2], help = row[3], unit = row[4] }
  end
  return list
end

local ESCAPES = { ['\\'] = '\\\\', ['\n'] = '\\n', ['"'] = '\\"' }

-- Formats a label's value. A text with invalid UTF-8 would make the whole answer invalid.
local function quoted(value)
  value = tostring(value)
  if not utf8.len(value) then
    value = value:gsub('[\x80-\xFF]', '?')
  end
  return (value:gsub('[\\\n"]', ESCAPES))
end

local function number(value)
  local whole = math.tointeger(value)
  return whole and ('%d'):format(whole) or ('%.9g'):format(value)
end

local function labels_of(...)
  local parts = {}
  for i = 1, select('#', ...), 2 do
    local name, value = select(i, ...)
    parts[#parts + 1] = ('%s="%s"'):format(name, quoted(value))
  end
  return table.concat(parts, ',')
end

local function braced(labels)
  return labels ~= '' and '{' .. labels .. '}' or ''
end

-- Formats the report as text of Prometheus (0.0.4) or of OpenMetrics (1.0.0).
function Metrics.text(report, open)
  local lines = {}
  local function line(...)
    lines[#lines + 1] = (...)
  end
  for _, row in ipairs(TABLE) do
    local name, kind = PREFIX .. row[1], row[2]
    -- OpenMetrics names a counter's family without its suffix.
    local family = open and kind == 'counter' and name:gsub('_total$', '') or name
    local begun = false
    row[5](report, function(value, ...)
      if not begun then
        begun = true
        line(('# HELP %s %s'):format(family, row[3]:gsub('\\', '\\\\')))
        line(('# TYPE %s %s'):format(family, kind))
        if open and row[4] then
          line(('# UNIT %s %s'):format(family, row[4]))
        end
      end
      local labels = labels_of(...)
      if kind ~= 'histogram' then
        return line(('%s%s %s'):format(name, braced(labels), number(value)))
      end
      local before = labels ~= '' and labels .. ',' or ''
      for i, bound in ipairs(value.bounds) do
        line(('%s_bucket{%sle="%s"} %d'):format(name, before, number(bound), value.counts[i]))
      end
      line(('%s_bucket{%sle="+Inf"} %d'):format(name, before, value.count))
      line(('%s_sum%s %s'):format(name, braced(labels), number(value.sum)))
      line(('%s_count%s %d'):format(name, braced(labels), value.count))
    end)
  end
  if open then
    line('# EOF')
  end
  return table.concat(lines, '\n') .. '\n'
end
