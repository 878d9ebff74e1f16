-- Controls access to the status page and the metrics: compares the token of the convar sonoran_bridge_page_token in constant
-- time, and blocks addresses that guess.

PageGuard = {}

local WRONG = 20         -- wrong tokens of one address within WINDOW_MS, after which it is refused for BLOCK_MS
local WINDOW_MS = 60000
local BLOCK_MS = 60000
local ADDRESSES = 1024   -- remembered addresses; further ones are counted together
local OTHERS = ''        -- the name of these further ones
local TOKEN_LEAST, TOKEN_MOST = 16, 128 -- bytes
local COOKIE = 'sonoran_bridge_page'

local token          -- nil: no page
local guessers = {}  -- by address: {since, wrong, blocked = until when}
local remembered = 0
local counts = { refused = 0, wrong = 0, blocked = 0 }

-- Gives the end of a message about a wrong token, without showing it; nil when it is good. A token is sent in a header and
-- in a cookie, so it has the characters of RFC 6750.
local function check(value)
  if #value < TOKEN_LEAST or #value > TOKEN_MOST then
    return ('has %d characters; %d to %d are taken'):format(#value, TOKEN_LEAST, TOKEN_MOST)
  elseif not value:find('^[%w%-._~+/]+=*$') then
    return 'has characters other than letters, digits and - . _ ~ + /, and = at its end'
  end
end

-- Reads the convar: true when there is a token; false when there is none, with a message if it is wrong.
function PageGuard.read()
  local value = GetConvar('sonoran_bridge_page_token', '')
  local wrong = value ~= '' and check(value)
  token = value ~= '' and not wrong and value or nil
  guessers, remembered = {}, 0
  return token ~= nil, wrong and ('sonoran_bridge_page_token %s (its value is not shown), so there is no status page.')
    :format(wrong) or nil
end

-- Whether `given` is the token. The time depends only on the token's length.
local function is_token(given)
  local difference = #given ~ #token
  for i = 1, #token do
    difference = difference | (token:byte(i) ~ (given:byte(i) or 256))
  end
  return difference == 0
end

-- The address under which a request is counted: without the port, and for IPv6 the network (/64), which one machine may own.
local function counted_as(address)
  local host = address:match('^%[?(.-)%]?:%d+$') or address
  host = host:match('^::[fF][fF][fF][fF]:([%d.]+)$') or host
  if not host:find(':', 1, true) then
    return host
  end
  local head, tail = host:match('^(.-)::(.*)$')
  local groups = {}
  for group in (head or host):gmatch('[^:]+') do
    groups[#groups + 1] = group
  end
  if tail then
    local _, after = tail:gsub('[^:]+', '')
    for _ = #groups + 1, 8 - after do
      groups[#groups + 1] = '0'
    end
  end
  return table.concat(groups, ':', 1, math.min(4, #groups)):lower()
end

local function forget_old(now)
  for address, one in pairs(guessers) do
    if now >= (one.blocked or one.since + WINDOW_MS) then
      guessers[address], remembered = nil, remembered - 1
    end
  end
end

-- The counters of an address in the present minute.
local function entry(address, now)
  local one = guessers[address]
  if one and (one.blocked or now - one.since < WINDOW_MS) then
    return one
  elseif not one then
    if remembered >= ADDRESSES then
      forget_old(now)
    end
    if remembered >= ADDRESSES and address ~= OTHERS then
      return entry(OTHERS, now)
    end
    remembered = remembered + 1
  end
  one = { since = now, wrong = 0 }
  guessers[address] = one
  return one
end

local function note_wrong(address, now)
  local one = entry(address, now)
  counts.wrong = counts.wrong + 1
  one.wrong = one.wrong + 1
  if one.wrong >= WRONG then
    one.blocked = now + BLOCK_MS
  end
end

local function is_blocked(address, now)
  if not guessers[address] and remembered >= ADDRESSES then
    address = OTHERS
  end
  local one = guessers[address]
  if not one or not one.blocked then
    return false
  elseif now < one.blocked then
    return true
  end
  guessers[address], remembered = nil, remembered - 1
  return false
end

-- Gives the headers of a request that are in `names` (lower case). The case of header names depends on the client.
function PageGuard.headers(request, names)
  local found = {}
  for name, value in pairs(request.headers) do
    local lower = name:lower()
    if names[lower] then
      found[lower] = value
    end
  end
  return found
end

local function given_by(headers)
  local bearer = headers.authorization and headers.authorization:match('^[Bb][Ee][Aa][Rr][Ee][Rr] +(%S+)%s*$')
  if bearer then
    return bearer
  end
  return headers.cookie and (';' .. headers.cookie):match(';%s*' .. COOKIE .. '=([^;%s]*)')
end

-- Judges a token (nil: none) from an address: 'welcome', 'refused' or 'blocked'.
function PageGuard.judge(address, given)
  local now = GetGameTimer()
  if next(guessers) then
    if is_blocked(counted_as(address), now) then
      counts.blocked = counts.blocked + 1
      return 'blocked'
    end
  end
  if given and #given <= TOKEN_MOST and is_token(given) then
    return 'welcome'
  elseif given then
    note_wrong(counted_as(address), now)
  end
  counts.refused = counts.refused + 1
  return 'refused'
end

-- The same for a request with these headers.
function PageGuard.judge_request(request, headers)
  return PageGuard.judge(request.address, given_by(headers))
end

-- The header that stores the token in the browser, for the path of this resource; or deletes it.
function PageGuard.cookie(value, path, secure)
  return ('%s=%s; Path=%s; HttpOnly; SameSite=Strict%s%s'):format(COOKIE, value or '', path, secure and '; Secure' or '',
    value and '' or '; Max-Age=0')
end

-- See docs/stats.md.
function PageGuard.counts()
  return { refused = counts.refused, wrong = counts.wrong, blocked = counts.blocked }
end
