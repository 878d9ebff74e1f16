-- Prints the metrics of a report in which everything is there, as lua/server/metrics.lua makes them: arg[1] is the tree.

dofile(arg[1] .. '/lua/server/metrics.lua')

local latency = { sum = 1, count = 1, at_most = { 1 } }
local class = { accepted = 1, delivered = 1, coalesced = 1, deduplicated = 1, dropped = { rejected = 1 }, pending = 1,
  longest_wait_s = 1, latency_ms = latency }
io.write(Metrics.text({
  version = '1', door = 'Node.js', state = 'running', state_s = 1, uptime_s = 1,
  units = { known = 1, moved = 1, left_out = 1 },
  classes = { position = class, heartbeat = class, panic = class, status = class, command = class, query = class },
  operations = { setUnitPanic = { sent = 1, succeeded = 1, retried = 1, hedged = 1, replaced = 1, rate_limited = 1,
    failed = { rejected = 1 }, longest_wait_s = 1, queued = 1, in_flight = 1, expected_wait_s = 1, latency_ms = latency,
    budget = { limit = 1, left = 1, max_in_60s = 1 } } },
  latency_bounds_ms = { 1.28 }, calls_longest_wait_s = 1, held_bytes = 1, dropped_events = 1, dropped_bodies = 1,
  refused = { positions = 1, calls = 1 }, active_units = { listed = 1, age_s = 1 },
  players = { present = 1 }, tracker = { bound = 1, onesync = true, crossings = 1, positions = 1, astray = 1 },
  lookups = { found = 1 }, loops = { tracker = { errors = 1 } }, resources = { police = { calls = 1 } },
  hub = { enabled = true, state = 'up', connected_s = 1, times_up = 1, ends = { closed = 1 }, round_trip_ms = 1,
    events = { EVENT_X = 1 }, last_event_s = 1, dropped = 1, unreadable = 1, unknown = 1,
    positions = { updates_per_s = 1, acknowledged = 1, calls = 1, refused = { too_fast = 1 }, lost = 1, unanswered = 1,
      interval_ms = 1, left_out = 1, waiting = 1 } },
  page = { page = 1 },
}, false))
