-- Serves the status page and the metrics under http://<server>/<this resource>/, once the convar sonoran_bridge_page_token
-- is set (docs/page.md). A request without the token learns only that a token is required.

Page = {}

local RESOURCE = GetCurrentResourceName()
local BASE = ('/%s/'):format(RESOURCE)
local BODY_BYTES = 1024 -- size of a form with a token; a larger one is refused unread
local BODY_MS = 10000   -- how long a form may take to arrive
local FORMS = 16        -- forms that arrive at the same time
local ADDRESS_MS = 5000 -- interval of checking whether the server has set its address with TLS
local ADDRESS_LOOKS = 24

local COMMON = {
  ['Cache-Control'] = 'no-store',
  ['X-Content-Type-Options'] = 'nosniff',
  ['Referrer-Policy'] = 'no-referrer',
  ['Cross-Origin-Resource-Policy'] = 'same-origin',
  ['Content-Security-Policy'] = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    .. "img-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
}

local function headers_with(more)
  local all = {}
  for name, value in pairs(COMMON) do
    all[name] = value
  end
  for name, value in pairs(more) do
    all[name] = value
  end
  return all
end

local function with_type(kind, more)
  local all = headers_with(more or {})
  all['Content-Type'] = kind .. '; charset=utf-8'
  return all
end

local HTML, TEXT, JSON = with_type('text/html'), with_type('text/plain'), with_type('application/json')
local ASK = with_type('text/html', { ['WWW-Authenticate'] = 'Bearer' })
local LATER = with_type('text/plain', { ['Retry-After'] = '60' })
local NEEDED = { cookie = true, authorization = true }
local NEEDED_OF_FORM = { cookie = true, authorization = true, ['content-length'] = true, origin = true }

-- The only page without a token.
local function form(word)
  return ('<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    .. '<meta name="color-scheme" content="light dark"><title>Sign in</title><main><h1>Sign in</h1>%s<form method="post" '
    .. 'action="%s"><p><label>Token <input type="password" name="token" autocomplete="current-password" required autofocus>'
    .. '</label> <button>Sign in</button></p></form></main></html>'):format(word, BASE)
end

local FORM, FORM_AGAIN = form(''), form('<p role="alert">That is not the token.</p>')

local FILES = {
  ['/'] = { 'page/index.html', 'text/html' },
  ['/page.css'] = { 'page/page.css', 'text/css' },
  ['/page.js'] = { 'page/page.js', 'text/javascript' },
  ['/uplot.css'] = { 'page/uplot/uPlot.min.css', 'text/css' },
  ['/uplot.js'] = { 'page/uplot/uPlot.iife.min.js', 'text/javascript' },
}

local serving = false -- the handler is set
local on = false      -- there is a token
local said            -- the last printed message about a wrong token
local forms = 0       -- forms that are arriving
local counts = { page = 0, data = 0, metrics = 0, signed_in = 0 }

local function answer(response, status, headers, body)
  response.writeHead(status, headers)
  response.send(body)
end

local function refuse(response, verdict)
  if verdict == 'blocked' then
    answer(response, 429, LATER, 'Too many requests.')
  else
    answer(response, 401, ASK, FORM)
  end
end

-- Gives the token in the form that a browser sends; nil without one.
local function token_in(body)
  local value = ('&' .. body):match('&token=([^&]*)')
  return value and value:gsub('+', ' '):gsub('%%(%x%x)', function(digits)
    return string.char(tonumber(digits, 16))
  end) or nil
end

-- Handles a form with the token. The body comes once, completely. An empty body never comes, so the form must have a length.
local function sign_in(request, response, headers)
  local bytes = math.tointeger(tonumber(headers['content-length']))
  if not bytes or bytes < 1 then
    return answer(response, 401, ASK, FORM)
  elseif bytes > BODY_BYTES then
    return answer(response, 413, TEXT, 'Too large.')
  elseif forms >= FORMS then
    return answer(response, 429, LATER, 'Too many requests.')
  end
  forms = forms + 1
  local done = false
  local function finish()
    local first = not done
    forms = first and forms - 1 or forms
    done = true
    return first
  end
  request.setCancelHandler(finish)
  request.setDataHandler(function(body)
    if not finish() then
      return
    end
    local given = #body <= BODY_BYTES and token_in(body) or ''
    local verdict = PageGuard.judge(request.address, given)
    if verdict ~= 'welcome' then
      return verdict == 'blocked' and refuse(response, verdict) or answer(response, 401, ASK, FORM_AGAIN)
    end
    counts.signed_in = counts.signed_in + 1
    local secure = (headers.origin or ''):sub(1, 6) == 'https:'
    answer(response, 303, headers_with({ Location = BASE, ['Set-Cookie'] = PageGuard.cookie(given, BASE, secure) }), '')
  end)
  SetTimeout(BODY_MS, function()
    if finish() then
      answer(response, 408, TEXT, 'The form did not arrive.')
    end
  end)
end

local function send_file(response, file)
  if not file.text then
    local text = LoadResourceFile(RESOURCE, file[1])
    if not text then
      return answer(response, 500, TEXT, ('The file %s is missing; unpack the whole package again.'):format(file[1]))
    end
    file.text = text:gsub('<base href="[^"]*">', ('<base href="%s">'):format(BASE))
    file.headers = with_type(file[2])
  end
  answer(response, 200, file.headers, file.text)
end

-- A number of a query; 0 when it is absent or no number.
local function number_in(query, name)
  return math.tointeger(tonumber(('&' .. query):match('&' .. name .. '=(%d+)'))) or 0
end

local function send_metrics(request, response)
  counts.metrics = counts.metrics + 1
  local accept = PageGuard.headers(request, { accept = true }).accept or ''
  local open = accept:find('application/openmetrics-text', 1, true) ~= nil
  answer(response, 200, open and with_type('application/openmetrics-text; version=1.0.0')
    or with_type('text/plain; version=0.0.4'), Metrics.text(Bridge.status(), open))
end

local function handle(request, response)
  if not on then
    return answer(response, 404, TEXT, 'Not found.')
  end
  local path, query = request.path:match('^([^?]*)%??(.*)$')
  local posts = request.method == 'POST'
  local headers = PageGuard.headers(request, posts and NEEDED_OF_FORM or NEEDED)
  if posts and path == '/' then
    -- A form from a blocked address is not read either.
    if PageGuard.judge(request.address, nil) == 'blocked' then
      return refuse(response, 'blocked')
    end
    return sign_in(request, response, headers)
  end
  local verdict = PageGuard.judge_request(request, headers)
  if verdict ~= 'welcome' then
    return refuse(response, verdict)
  elseif posts and path == '/out' then
    return answer(response, 303, headers_with({ Location = BASE, ['Set-Cookie'] = PageGuard.cookie(nil, BASE) }), '')
  elseif request.method ~= 'GET' then
    return answer(response, 405, with_type('text/plain', { Allow = 'GET' }), 'Only GET is answered here.')
  elseif path == '/data' then
    counts.data = counts.data + 1
    return answer(response, 200, JSON, PageData.text(number_in(query, 'log'), number_in(query, 'units') & 0x7FFFFFFF))
  elseif path == '/metrics' then
    return send_metrics(request, response)
  elseif FILES[path] then
    counts.page = counts.page + (path == '/' and 1 or 0)
    return send_file(response, FILES[path])
  end
  answer(response, 404, TEXT, 'Not found.')
end

-- Without this, an error in a handler would leave the request without an answer.
local function guarded(request, response)
  local ok, message = pcall(handle, request, response)
  if not ok then
    Loop.failed('page', message)
    pcall(answer, response, 500, TEXT, 'The page failed; the console says why.')
  end
end

-- Prints the page's address. The server may learn its address with TLS some time after its start.
local function say_address(looks)
  local tls = GetConvar('web_baseUrl', ''):gsub('^https?://', ''):gsub('/+$', '')
  if tls ~= '' then
    Log.info(('The status page is at https://%s%s. It asks for the token.'):format(tls, BASE))
  elseif looks == ADDRESS_LOOKS then
    Log.info(('The status page is at http://<address of this server>:%d%s. It asks for the token. That port is plain '
      .. 'HTTP: whoever can read the traffic can read the token.'):format(GetConvarInt('netPort', 30120), BASE))
  else
    SetTimeout(ADDRESS_MS, function()
      say_address(looks + 1)
    end)
  end
end

-- Reads the token again, and opens or closes the page.
function Page.read()
  local before, wrong = on, nil
  on, wrong = PageGuard.read()
  if wrong and wrong ~= said then
    Log.error(wrong, { remedy = 'Set another one in server.cfg, then type  sonoran_bridge reload.' })
  end
  said = wrong
  if on and not serving then
    serving = true
    SetHttpHandler(guarded)
  end
  if on and not before then
    say_address(0)
  elseif before and not on then
    Log.info('The status page is closed.')
  end
end

-- See docs/stats.md.
function Page.counts()
  local all = PageGuard.counts()
  all.on = on
  for name, count in pairs(counts) do
    all[name] = count
  end
  return all
end

Bridge.on_ready(Page.read)
Page.read() -- even if the bridge does not start: the page shows the reason
