'use strict';

// HTTP requests of a test to the stand-in's own port. The game goes on while they are under way.

const http = require('node:http');

const LIMIT_MS = 120000;

/** `ask(path, {method, body, headers})` at `url` -> {status, headers, body}, or {error: its code}. */
function askerOf(host, url) {
  return async (path, { method = 'GET', body, headers = {} } = {}) => {
    let outcome = null;
    const request = http.request(`${url}${path}`, { method, headers, agent: false }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => {
        outcome = { status: response.statusCode, headers: response.headers, body: Buffer.concat(parts).toString() };
      });
    });
    request.on('error', (error) => {
      outcome = { error: error.code };
    });
    request.end(body);
    await host.until(() => outcome !== null, { limitMs: LIMIT_MS, what: `an answer to ${method} ${path}` });
    return outcome;
  };
}

module.exports = { askerOf };
