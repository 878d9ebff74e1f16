'use strict';

const fs = require('node:fs');

// Splits one line of server.cfg or of the console into words as the game server does: double quotes keep spaces,
// backslash escapes inside them, # and // begin a comment outside them, ; ends a command. Returns a list of commands,
// each a list of words.
function tokenize(line) {
  const commands = [];
  let words = [];
  let word = null;
  let quoted = false;
  const endWord = () => {
    if (word !== null) words.push(word);
    word = null;
  };
  const endCommand = () => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
  };
  for (let i = 0; i < line.length; i += 1) {
    const c = line[i];
    if (quoted) {
      if (c === '\\' && (line[i + 1] === '"' || line[i + 1] === '\\')) {
        word += line[i + 1];
        i += 1;
      } else if (c === '"') {
        quoted = false;
      } else {
        word += c;
      }
    } else if (c === '"') {
      quoted = true;
      word = word === null ? '' : word;
    } else if (word === null && (c === '#' || (c === '/' && line[i + 1] === '/'))) {
      break;
    } else if (c === ';') {
      endCommand();
    } else if (/\s/.test(c)) {
      endWord();
    } else {
      word = (word === null ? '' : word) + c;
    }
  }
  endCommand();
  return commands;
}

// The commands of a whole text, in order.
function parse(text) {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap(tokenize);
}

function readFile(path) {
  return parse(fs.readFileSync(path, 'utf8'));
}

module.exports = { tokenize, parse, readFile };
