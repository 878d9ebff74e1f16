// The component of hidden_node: Node's own main function, so that the program is a `node` whose library is hidden.
#include <node.h>

extern "C" __attribute__((visibility("default"))) int component_main(int argc, char** argv) {
  return node::Start(argc, argv);
}
