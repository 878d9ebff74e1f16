// The operations of the CAD, and the one that a request means.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonoran::simulator {

/// A field of a JSON body or a parameter of the query.
struct Field {
  enum class Need { kOptional, kRequired, kConditional };
  std::string name;
  std::string type;  // as published: "integer", "array of strings", ...
  Need need = Need::kOptional;
  std::optional<std::int64_t> minimum;  // of an integer
  std::optional<std::int64_t> maximum;
  bool texts = false;  // an object whose values are texts
};

struct Operation {
  std::string id;
  std::string method;
  std::string path;                   // with {parameters}
  std::vector<std::string> segments;  // of the path
  std::map<std::string, std::string> path_types;
  std::vector<Field> query;
  std::string content_type;  // "" is an operation without a body
  std::vector<Field> fields;
  bool authenticated = true;
  std::size_t rate_per_minute = 0;
};

struct Match {
  const Operation* operation = nullptr;           // null: no such path, or not with this method
  std::map<std::string, std::string> parameters;  // of the path
  std::vector<std::string> allowed;               // the methods of this path; empty is an unknown path
};

class Routes {
 public:
  /// `json` has the format of config/operations.json.
  explicit Routes(std::string_view json);

  [[nodiscard]] Match match(std::string_view method, const std::vector<std::string>& segments) const;
  [[nodiscard]] const std::vector<Operation>& operations() const { return operations_; }

 private:
  std::vector<Operation> operations_;
};

/// All operations as built into the program.
const Routes& published_routes();

}  // namespace sonoran::simulator
