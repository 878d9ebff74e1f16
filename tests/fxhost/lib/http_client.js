'use strict';

const http = require('node:http');

const NO_ANSWER_MS = 5000;
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

// What stands behind PerformHttpRequest: asks, and gives {status, body, headers, error}. Only this machine is asked; of
// any other host it is said that nobody answered. An answer of 400 and above is an error with the answer's body.
function performHttpRequest(
  { url, method = 'GET', data = '', headers = {}, followLocation = true },
  done,
  redirects = 5,
) {
  const failed = (error) => done({ status: 0, body: null, headers: {}, error });
  let target;
  try {
    target = new URL(url);
  } catch {
    failed('the URL is malformed');
    return;
  }
  if (target.protocol !== 'http:' || !LOOPBACK.includes(target.hostname)) {
    failed(`fxhost asks nobody but this machine, by http: ${target.origin} was not asked`);
    return;
  }
  const body = Buffer.from(String(data));
  const given = Array.isArray(headers) ? {} : headers;
  const request = http.request(target, {
    method,
    agent: false,
    headers: {
      'User-Agent': 'FXServer/PerformHttpRequest',
      ...(body.length > 0 && { 'Content-Length': body.length }),
      ...given,
    },
    timeout: NO_ANSWER_MS,
  });
  request.on('timeout', () => request.destroy(new Error('no answer within 5 s')));
  request.on('error', (error) => failed(error.message));
  request.on('response', (response) => {
    const { statusCode: status, headers: answered } = response;
    if (followLocation && status >= 300 && status < 400 && answered.location && redirects > 0) {
      response.resume();
      performHttpRequest({ url: new URL(answered.location, target).href, method: 'GET', headers }, done, redirects - 1);
      return;
    }
    const parts = [];
    response.on('data', (part) => parts.push(part));
    response.on('end', () => {
      const text = Buffer.concat(parts).toString();
      done(
        status < 400
          ? { status, body: text, headers: answered, error: null }
          : { status, body: null, headers: answered, error: text },
      );
    });
  });
  request.end(body);
}

module.exports = { performHttpRequest };
