// The end of the process while modules are at work: a server that calls exit() without having stopped its resources.
#pragma once

namespace sonoran::runtime {

class Module;

/// exit() destroys what libraries keep in static objects, and the loop threads would go on using it: a crash at the end
/// of a server. So the modules that live then are stopped first, without waiting for the CAD. Any thread.
/// On Windows there is nothing to do: there the threads are gone before the objects.
void stop_at_process_end(Module& module);

/// Before a module is destroyed. Any thread.
void forget_at_process_end(Module& module);

}  // namespace sonoran::runtime
