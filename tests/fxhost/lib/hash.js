'use strict';

// The hash that the game uses for names (one-at-a-time over lower case), as an unsigned 32-bit number.
function hashKey(text) {
  let hash = 0;
  for (const byte of Buffer.from(text.toLowerCase(), 'utf8')) {
    hash = (hash + byte) >>> 0;
    hash = (hash + (hash << 10)) >>> 0;
    hash = (hash ^ (hash >>> 6)) >>> 0;
  }
  hash = (hash + (hash << 3)) >>> 0;
  hash = (hash ^ (hash >>> 11)) >>> 0;
  return (hash + (hash << 15)) >>> 0;
}

// As natives return it: signed.
const signedHashKey = (text) => hashKey(text) | 0;

module.exports = { hashKey, signedHashKey };
