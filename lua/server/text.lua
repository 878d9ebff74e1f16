-- Which texts of scripts and of players' games may go to the CAD: one rule for both. A dispatcher reads them in one
-- line among others, so nothing that breaks, hides or turns a line round is taken.

Text = {}

-- Controls of ASCII and of Latin-1 (U+0080 to U+009F), the marks and overrides of writing direction (U+061C, U+200E,
-- U+200F, U+202A to U+202E, U+2066 to U+2069), and the line and paragraph separators (U+2028, U+2029). As bytes: in
-- valid UTF-8 each begins with a byte that begins nothing else.
local UNSEEN = { '%c', '\xC2[\x80-\x9F]', '\xD8\x9C', '\xE2\x80[\x8E\x8F\xA8-\xAE]', '\xE2\x81[\xA6-\xA9]' }

-- The end of a message about `text`, which may have at most `most` bytes, or any number without it; nil when it is good.
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
