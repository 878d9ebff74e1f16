// The end of the process while modules run: a server that calls exit() without stopping its resources first.
#pragma once

namespace sonoran::runtime {

class Module;

/// exit() destroys static objects of libraries while the loop threads still use them, which would crash the server at
/// its end. So this stops all running modules first, without waiting for the CAD. Any thread. On Windows there is
/// nothing to do, because the threads end before the objects.
void stop_at_process_end(Module& module);

/// Before a module is destroyed. Any thread.
void forget_at_process_end(Module& module);

}  // namespace sonoran::runtime
