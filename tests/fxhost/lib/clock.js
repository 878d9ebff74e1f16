'use strict';

// The game's clock in milliseconds since the host started: real, or virtual (moves only by advance(), for tests).
class Clock {
  constructor(virtual) {
    this.virtual = virtual;
    this.began = performance.now();
    this.elapsed = 0;
  }

  now() {
    return this.virtual ? this.elapsed : performance.now() - this.began;
  }

  advance(ms) {
    if (this.virtual) this.elapsed += ms;
  }
}

module.exports = { Clock };
