-- Makes the answer of a call that failed before the CAD answered, for the resource's own exports and for lua/cad.lua. Like
-- lua/json_text.lua, it returns its functions and sets no globals.

local Answer = {}

-- `kind` as in docs/errors.md, `title` a few words, `detail` the message.
function Answer.failed(kind, title, detail)
  return { ok = false, status = 0, deduplicated = false, error = { kind = kind, title = title, detail = detail } }
end

-- The call was refused before anything was sent.
function Answer.refused(kind, detail)
  return Answer.failed(kind, 'Not sent', detail)
end

function Answer.cancelled()
  return Answer.failed('cancelled', 'Cancelled', 'The call was cancelled before it left.')
end

function Answer.stopped(detail)
  return Answer.failed('shutting_down', 'Stopped', detail)
end

return Answer
