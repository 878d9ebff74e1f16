-- The rule for texts of scripts and of players' clients that go to the CAD. A dispatcher reads them in one line among others,
-- so characters that break or hide a line, or change its direction, are refused.

Text = {}

-- Controls of ASCII and of Latin-1 (U+0080 to U+009F), the marks and overrides of writing direction (U+061C, U+200E,
-- U+200F, U+202A to U+202E, U+2066 to U+2069), and the line and paragraph separators (U+2028, U+2029). The patterns match
-- bytes; in valid UTF-8 they match only whole characters.
local UNSEEN = { '%c', '\xC2[\x80-\x9F]', '\xD8\x9C', '\xE2\x80[\x8E\x8F\xA8-\xAE]', '\xE2\x81[\xA6-\xA9]' }

-- Gives the end of a message about `text` when it is not allowed, else nil. `most`: the highest number of bytes; nil: any.
function Text.check(text, most)
  if type(text) ~= 'string' then
    return ('must be a text; got %s'):format(type(text))
  elseif most and #text > most then
    return ('has %d bytes; at most %d are taken'):format(#text, most)
  elseif not utf8.len(text) then
    return 'is not valid UTF-8'
  end
  for _, pattern in ipairs(UNSEEN) do
    local at = text:find(pattern)
    if at then
      return ('has the control character U+%04X, which is not taken'):format(utf8.codepoint(text, at))
    end
  end
end
