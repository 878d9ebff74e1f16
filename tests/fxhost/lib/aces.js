'use strict';

// Who may do what: add_ace <principal> <object> allow|deny, add_principal <child> <parent>. An object named `command`
// covers `command.status`. Deny wins; nothing said is no.
class Aces {
  constructor() {
    this.entries = [];
    this.parents = new Map();
  }

  addAce(principal, object, allow) {
    this.entries.push({ principal, object, allow });
  }

  addPrincipal(child, parent) {
    if (!this.parents.has(child)) this.parents.set(child, new Set());
    this.parents.get(child).add(parent);
  }

  allowed(principals, object) {
    const all = new Set();
    const add = (principal) => {
      if (all.has(principal)) return;
      all.add(principal);
      for (const parent of this.parents.get(principal) || []) add(parent);
    };
    principals.forEach(add);
    add('builtin.everyone');
    const about = this.entries.filter(
      (entry) => all.has(entry.principal) && (object === entry.object || object.startsWith(`${entry.object}.`)),
    );
    return about.length > 0 && about.every((entry) => entry.allow);
  }
}

module.exports = { Aces };
