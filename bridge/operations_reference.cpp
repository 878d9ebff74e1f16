// operations_reference: prints what is written about the operations, from the table (what the module goes by) and the
// descriptive texts of config/operations.json: docs (docs/operations.md), lua (lua/types/operations.lua) or typescript
// (lua/types/operations.d.ts). `cmake --build --preset dev --target operations` writes them; a test compares them.
#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/operation.h"

namespace {

namespace dom = simdjson::dom;
using namespace sonoran::api;

/// Texts that the table does not have, because only people read them.
struct Texts {
  std::string_view tag;
  std::string_view summary;
  std::string_view returns;
  std::string_view because;  // why it may be repeated, or not
  dom::element example;
};

std::map<std::string_view, Texts> read_texts(dom::parser& parser) {
  std::map<std::string_view, Texts> texts;
  const dom::array rows = parser.load(SONORAN_OPERATIONS_JSON);
  for (const dom::element row : rows) {
    texts[row["operationId"].get_string()] = {row["tag"].get_string(), row["summary"].get_string(),
                                              row["returns"].get_string(), row["repeatableBecause"].get_string(),
                                              row["example"].value()};
  }
  return texts;
}

/// `serverId` is filled in from the settings.
bool is_needed(const Parameter& parameter) {
  return parameter.presence == Presence::kRequired && parameter.name != "serverId";
}

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && is_letter(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

// --- Lua ------------------------------------------------------------------------------------------------------------

std::string lua_text(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result + "'";
}

std::string lua_value(dom::element value) {
  switch (value.type()) {
    case dom::element_type::OBJECT: {
      std::string result;
      const dom::object members = value.get_object();
      for (const auto& [name, member] : members) {
        result += result.empty() ? "{ " : ", ";
        result += is_name(name) ? std::string(name) : "[" + lua_text(name) + "]";
        result += " = " + lua_value(member);
      }
      return result.empty() ? "{}" : result + " }";
    }
    case dom::element_type::ARRAY: {
      // An empty table can be a list or an object.
      const dom::array elements = value.get_array();
      if (elements.size() == 0) return "CAD.list()";
      std::string result;
      for (const dom::element element : elements) {
        result += result.empty() ? "{ " : ", ";
        result += lua_value(element);
      }
      return result + " }";
    }
    case dom::element_type::STRING:
      return lua_text(value.get_string());
    case dom::element_type::NULL_VALUE:
      return "CAD.null";
    default:
      return simdjson::minify(value);
  }
}

std::string_view lua_type(const Parameter& parameter) {
  if (parameter.texts) return "table<string, string|number|boolean>";
  switch (parameter.type) {
    case ValueType::kString:
    case ValueType::kFile:
      return "string";
    case ValueType::kInteger:
      return "integer";
    case ValueType::kNumber:
      return "number";
    case ValueType::kBoolean:
      return "boolean";
    case ValueType::kObject:
      return "table";
    case ValueType::kArray:
      return "any[]";
    case ValueType::kStringArray:
      return "string[]";
    case ValueType::kIntegers:
      return "integer[]";
    case ValueType::kObjects:
      return "table[]";
  }
  return "any";
}

/// All arguments, required ones first, each in its place's order.
std::vector<Parameter> arguments(const Operation& operation) {
  std::vector<Parameter> all;
  for (const auto& parameters : {operation.path_parameters, operation.query, operation.fields}) {
    all.insert(all.end(), parameters.begin(), parameters.end());
  }
  std::ranges::stable_partition(all, is_needed);
  return all;
}

std::string limit_text(const Operation& operation) {
  return std::to_string(operation.rate_per_minute) + " a minute";
}

std::string one_of(const Operation& operation) {
  std::string names;
  for (const std::string_view name : operation.exactly_one) names += (names.empty() ? "" : ", ") + std::string(name);
  return names;
}

/// Where one text is published, an array of texts is taken as well.
std::string field_type(const Parameter& parameter, std::string_view (*type)(const Parameter&)) {
  std::string result(type(parameter));
  if (parameter.presence == Presence::kConditional && parameter.type == ValueType::kString)
    result += "|" + result + "[]";
  return result;
}

/// The file is needed unless its bytes are attached.
std::string_view optional_mark(const Parameter& parameter) {
  return is_needed(parameter) && parameter.type != ValueType::kFile ? "" : "?";
}

/// Whether unpublished fields are taken as well.
bool is_open(const Operation& operation) {
  return operation.body == BodyKind::kJsonObject || operation.body == BodyKind::kObjectOrArray;
}

/// Whether some fields of the body must be given, unless `body` is.
bool needs_fields(const Operation& operation) {
  return is_open(operation) && std::ranges::any_of(operation.fields, is_needed);
}

/// The parameters of the path and the query, required ones first.
std::vector<Parameter> outside_body(const Operation& operation) {
  std::vector<Parameter> all(operation.path_parameters.begin(), operation.path_parameters.end());
  all.insert(all.end(), operation.query.begin(), operation.query.end());
  std::ranges::stable_partition(all, is_needed);
  return all;
}

/// The type of `body`.
const char* whole_body(const Operation& operation, const char* one, const char* several) {
  return operation.body == BodyKind::kObjectOrArray ? several : one;
}

void print_lua(const std::map<std::string_view, Texts>& texts) {
  std::puts(
      "---@meta\n"
      "-- Types for editors (LuaLS) of the CAD's operations, lua/cad.lua. Generated from config/operations.json; "
      "change "
      "it\n"
      "-- there, then build the target `operations`. Not loaded by the game server.\n");
  for (const Operation& operation : operations()) {
    const std::string id(operation.id);
    const Texts& text = texts.at(operation.id);
    std::printf("---@class sonoran.args.%s\n", id.c_str());
    for (const Parameter& parameter : arguments(operation)) {
      const std::string type = field_type(parameter, lua_type);
      std::string remark;
      if (parameter.name == "serverId") remark = " The configured one where it is left out.";
      if (!parameter.left_out.empty()) remark = " " + std::string(parameter.left_out) + " where it is left out.";
      std::printf("---@field %s%s %s%s\n", std::string(parameter.name).c_str(),
                  std::string(optional_mark(parameter)).c_str(), type.c_str(), remark.c_str());
    }
    if (is_open(operation)) {
      std::puts("---@field body? any The whole body, instead of its fields.\n---@field [string] any");
    }
    std::string types = "sonoran.args." + id;
    if (needs_fields(operation)) {
      std::printf("\n---@class sonoran.whole.%s\n", id.c_str());
      for (const Parameter& parameter : outside_body(operation)) {
        std::printf("---@field %s%s %s\n", std::string(parameter.name).c_str(),
                    std::string(optional_mark(parameter)).c_str(), field_type(parameter, lua_type).c_str());
      }
      std::printf("---@field body %s The whole body, instead of its fields.\n",
                  whole_body(operation, "table", "table|table[]"));
      types += "|sonoran.whole." + id;
    }
    std::printf(
        "\n---@class sonoran.op.%s\n---@overload fun(args?: %s, callback?: fun(answer: sonoran.Answer), "
        "options?: sonoran.CallOptions): (integer|false), string?\nlocal %s = {}\n",
        id.c_str(), types.c_str(), id.c_str());
    std::printf(
        "---%s Limit: %s. Raises what `answer.error` has.\n---@async\n---@param args? %s\n"
        "---@param options? sonoran.CallOptions\n---@return any body %s\n---@return integer status\n"
        "function %s.await(args, options) end\n\n",
        std::string(text.summary).c_str(), limit_text(operation).c_str(), types.c_str(),
        std::string(text.returns).c_str(), id.c_str());
  }
  std::puts(
      "---@class sonoran.Ready\n---@overload fun(fn: fun())\nlocal ready = {}\n---@async\nfunction ready.await() "
      "end\n\n"
      "---@class sonoran.CAD\n"
      "---@field ready sonoran.Ready Runs a function once the bridge is started and its settings are good.\n"
      "---@field null any JSON's null.\n"
      "---@field object fun(fields?: table): table A table that is a JSON object, also when it is empty.\n"
      "---@field list fun(elements?: table): table A table that is a JSON array, also when it is empty.\n"
      "---@field cancel fun(handle: integer): boolean, string?\n"
      "---@field on sonoran.On Calls a function with each event of a type, or of all ('*'): docs/events.md.\n"
      "---@field off fun(handle: integer): boolean, string?");
  for (const Operation& operation : operations()) {
    const Texts& text = texts.at(operation.id);
    std::string line(text.summary);
    line += " Limit: " + limit_text(operation) + ".";
    if (!operation.exactly_one.empty()) line += " Exactly one of " + one_of(operation) + ".";
    std::printf("---@field %s sonoran.op.%s %s\n", std::string(operation.id).c_str(), std::string(operation.id).c_str(),
                line.c_str());
  }
  std::puts("CAD = {}");
}

// --- TypeScript -----------------------------------------------------------------------------------------------------

std::string_view typescript_type(const Parameter& parameter) {
  if (parameter.texts) return "Record<string, string | number | boolean>";
  switch (parameter.type) {
    case ValueType::kString:
    case ValueType::kFile:
      return "string";
    case ValueType::kInteger:  // the game's MessagePack takes no bigint
    case ValueType::kNumber:
      return "number";
    case ValueType::kBoolean:
      return "boolean";
    case ValueType::kObject:
      return "Record<string, unknown>";
    case ValueType::kArray:
      return "unknown[]";
    case ValueType::kStringArray:
      return "string[]";
    case ValueType::kIntegers:
      return "number[]";
    case ValueType::kObjects:
      return "Record<string, unknown>[]";
  }
  return "unknown";
}

void print_typescript(const std::map<std::string_view, Texts>& texts) {
  std::puts(
      "// Types for editors (TypeScript) of the CAD's operations. Generated from config/operations.json; change it "
      "there, "
      "then\n"
      "// build the target `operations`. Not loaded by the game server.\n\n"
      "/** The arguments of each operation. An integer beyond 2^53 goes with the arguments as JSON text. */\n"
      "export interface SonoranOperations {");
  for (const Operation& operation : operations()) {
    const Texts& text = texts.at(operation.id);
    std::printf("  /**\n   * %s\n   * Limit: %s.%s Answers: %s.\n   */\n", std::string(text.summary).c_str(),
                limit_text(operation).c_str(),
                operation.exactly_one.empty() ? "" : (" Exactly one of " + one_of(operation) + ".").c_str(),
                std::string(text.returns).c_str());
    const auto all = arguments(operation);
    if (all.empty() && !is_open(operation)) {
      std::printf("  %s: Record<string, never>;\n", std::string(operation.id).c_str());
      continue;
    }
    std::printf("  %s: {\n", std::string(operation.id).c_str());
    const auto print_fields = [](const std::vector<Parameter>& parameters) {
      for (const Parameter& parameter : parameters) {
        std::string type(typescript_type(parameter));
        if (parameter.presence == Presence::kConditional && parameter.type == ValueType::kString) type += " | string[]";
        std::printf("    %s%s: %s;\n", std::string(parameter.name).c_str(),
                    std::string(optional_mark(parameter)).c_str(), type.c_str());
      }
    };
    print_fields(all);
    if (is_open(operation)) {
      std::puts(
          "    /** The whole body, instead of its fields. */\n    body?: unknown;\n    [field: string]: unknown;");
    }
    if (needs_fields(operation)) {
      std::puts("  } | {");
      print_fields(outside_body(operation));
      std::printf(
          "    /** The whole body, instead of its fields. */\n    body: %s;\n",
          whole_body(operation, "Record<string, unknown>", "Record<string, unknown> | Record<string, unknown>[]"));
    }
    std::puts("  };");
  }
  std::puts("}\n\nexport type SonoranOperation = keyof SonoranOperations;");
}

// --- Markdown -------------------------------------------------------------------------------------------------------

std::string_view plain_type(const Parameter& parameter) {
  if (parameter.texts) return "object of texts";
  switch (parameter.type) {
    case ValueType::kString:
      return "text";
    case ValueType::kInteger:
      return "integer";
    case ValueType::kNumber:
      return "number";
    case ValueType::kBoolean:
      return "boolean";
    case ValueType::kObject:
      return "object";
    case ValueType::kArray:
      return "array";
    case ValueType::kStringArray:
      return "texts";
    case ValueType::kIntegers:
      return "integers";
    case ValueType::kObjects:
      return "objects";
    case ValueType::kFile:
      return "file";
  }
  return "";
}

void print_place(const char* place, std::span<const Parameter> parameters) {
  if (parameters.empty()) return;
  std::printf("- %s:", place);
  bool first = true;
  for (const Parameter& parameter : parameters) {
    std::printf("%s `%s` %s%s", first ? "" : ",", std::string(parameter.name).c_str(),
                field_type(parameter, plain_type).c_str(), is_needed(parameter) ? " (required)" : "");
    if (parameter.high == std::numeric_limits<std::int64_t>::max()) {
      std::printf(" of at least %lld", static_cast<long long>(parameter.low));
    } else if (parameter.high != 0) {
      std::printf(" %lld to %lld", static_cast<long long>(parameter.low), static_cast<long long>(parameter.high));
    }
    if (!parameter.left_out.empty()) std::printf(" (%s where it is left out)", std::string(parameter.left_out).c_str());
    first = false;
  }
  std::puts("");
}

void print_docs(const std::map<std::string_view, Texts>& texts) {
  std::printf(
      "# Operations\n\n"
      "Generated from `config/operations.json`; change it there, then build the target `operations`.\n\n"
      "All %zu operations of the CAD's v2 API. From Lua, with `@sonoran_bridge/lua/cad.lua` in your manifest's\n"
      "`server_scripts`: `CAD.name(arguments, function(answer) ... end)`, or in a thread `CAD.name.await(arguments)`, "
      "which\n"
      "gives the body, or raises what `answer.error` has ([errors.md](errors.md)). Without it:\n"
      "`exports.sonoran_bridge:call('name', arguments, callback)`.\n\n"
      "Arguments are one table: parameters of the path and the query and fields of the body side by side. `serverId` "
      "is\n"
      "`sonoran_serverId` where it is left out. Whatever is no parameter goes into the body as it is, fields that are "
      "not\n"
      "listed here as well; `body` gives the whole body at once. Parameters are checked before anything leaves; the "
      "fields of a\n"
      "body are the CAD's to judge (\"required\" there is what it publishes), but for bounds, for what a kick needs, "
      "and "
      "for what\n"
      "createCustomDispatchCall and setCommunityLink need. In an *object of texts* numbers and booleans become texts, "
      "as they\n"
      "were written, tables their JSON, and null stays out, for the CAD takes texts only there.\n\n"
      "Limits hold a key, thus all servers of a community together; a call that must wait, waits. Commands to the same "
      "target\n"
      "(call, unit, record, …) leave in the order in which they were called. Those marked *repeated* are sent again "
      "when no\n"
      "answer came, until the deadline; all others are then answered with `outcome_unknown`. Why is said "
      "beside each.\n",
      operations().size());
  std::vector<std::string_view> tags;
  for (const Operation& operation : operations()) {
    const std::string_view tag = texts.at(operation.id).tag;
    if (std::ranges::find(tags, tag) == tags.end()) tags.push_back(tag);
  }
  for (const std::string_view tag : tags) {
    std::printf("\n## %s\n", std::string(tag).c_str());
    for (const Operation& operation : operations()) {
      const Texts& text = texts.at(operation.id);
      if (text.tag != tag) continue;
      const std::string id(operation.id);
      std::printf("\n### %s\n\n%s\n\n`%s %s` · %s", id.c_str(), std::string(text.summary).c_str(),
                  std::string(operation.method).c_str(), std::string(operation.path).c_str(),
                  limit_text(operation).c_str());
      if (operation.lane == Lane::kUrgent) std::printf(" · urgent");
      if (operation.lane == Lane::kBulk) std::printf(" · bulk");
      std::printf(" · %s: %s\n\n", operation.repeatable ? "repeated" : "not repeated",
                  std::string(text.because).c_str());
      print_place("path", operation.path_parameters);
      print_place("query", operation.query);
      print_place(operation.body == BodyKind::kMultipart ? "form" : "body", operation.fields);
      if (operation.body == BodyKind::kObjectOrArray) std::puts("- or an array of such bodies as `body`");
      if (!operation.exactly_one.empty()) std::printf("- exactly one of: %s\n", one_of(operation).c_str());
      std::printf("- gives: %s\n", std::string(text.returns).c_str());
      std::printf("\n```lua\nlocal body = CAD.%s.await(%s)\n```\n", id.c_str(),
                  text.example.get_object().size() == 0 ? "" : lua_value(text.example).c_str());
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    dom::parser parser;
    const auto texts = read_texts(parser);
    const std::string_view what = argc == 2 ? argv[1] : "";
    if (what == "docs") {
      print_docs(texts);
    } else if (what == "lua") {
      print_lua(texts);
    } else if (what == "typescript") {
      print_typescript(texts);
    } else {
      std::fputs("operations_reference takes docs, lua or typescript.\n", stderr);
      return 2;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr,
                 "operations_reference: %s (each row needs tag, summary, returns, repeatableBecause and example)\n",
                 error.what());
    return 1;
  }
  return 0;
}
