// Every operation against its golden row (tests/golden/README.md).
#include <gtest/gtest.h>
#include <simdjson.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "api/call.h"
#include "api/request.h"

namespace sonoran::api {
namespace {

namespace dom = simdjson::dom;
namespace fs = std::filesystem;

/// Compares JSON types as well as digits: 1 is not 1.0.
std::string normal(std::string_view json) {
  dom::parser parser;
  return simdjson::minify(parser.parse(simdjson::padded_string(json)).value());
}

/// The body as it is sent. For a call that only names units and one value it is made when the request leaves.
std::string body_of(const CheckedCall& call) {
  if (call.desired.units.empty()) return call.body;
  std::vector<std::string> units;
  for (const std::string_view unit : call.desired.units.views()) units.emplace_back(unit);
  return call.operation == &set_unit_panic() ? panic_body(units, call.desired.value != 0)
                                             : status_body(units, call.desired.value);
}

/// Each field of the row as a part of the form, and the file as its last part.
void check_form(const Multipart& form, dom::object fields) {
  for (const auto& [name, value] : fields) {
    const std::string begin = "Content-Disposition: form-data; name=\"" + std::string(name) + "\"";
    std::string part;
    if (name == "file") {
      const fs::path path(std::string(value.get_string().value()));
      part = begin + "; filename=\"" + path.filename().string() + "\"\r\nContent-Type: video/webm\r\n\r\n";
    } else {
      part = begin + "\r\n\r\n" +
             (value.is_string() ? std::string(value.get_string().value()) : simdjson::minify(value)) + "\r\n";
    }
    EXPECT_NE(form.head.find(part), std::string::npos) << part;
  }
}

TEST(Golden, EveryOperationLeavesAsTheApiIsPublished) {
  const fs::path folder = fs::temp_directory_path() / "sonoran_golden";
  fs::create_directories(folder / "clips");
  std::ofstream(folder / "clips/stop.webm", std::ios::binary) << "\x1A\x45\xDF\xA3";
  const std::vector<std::string> folders = {folder.string()};

  dom::parser parser;
  std::set<std::string> seen;
  const dom::array rows = parser.load(SONORAN_SOURCE "/tests/golden/operations.json");
  for (const dom::element row : rows) {
    const std::string id(row["operation"].get_string().value());
    SCOPED_TRACE(id);
    seen.insert(id);
    const std::string arguments = simdjson::minify(row["arguments"].value());
    auto result = check_call(id, arguments, {}, {.server_id = 1, .upload_folders = folders});
    ASSERT_TRUE(result) << result.error().text;
    const CheckedCall& call = *result;
    EXPECT_EQ(call.operation->method, std::string_view(row["method"]));
    EXPECT_EQ(call.target, std::string_view(row["target"]));
    const dom::element headers = row["headers"];
    EXPECT_EQ(call.operation->authenticated, headers["Authorization"].error() == simdjson::SUCCESS);
    std::string content_type;
    if (call.multipart) {
      content_type = call.multipart->content_type.substr(0, call.multipart->content_type.find(';'));
      check_form(*call.multipart, row["body"]);
    } else if (row["body"].is_null()) {
      EXPECT_EQ(call.body, "");
    } else {
      content_type = "application/json";
      EXPECT_EQ(normal(body_of(call)), std::string(simdjson::minify(row["body"].value())));
    }
    std::string_view wanted;
    const bool named = headers["Content-Type"].get(wanted) == simdjson::SUCCESS;
    EXPECT_EQ(named, !content_type.empty());
    EXPECT_EQ(content_type, wanted);
  }
  for (const Operation& operation : operations()) EXPECT_TRUE(seen.contains(std::string(operation.id))) << operation.id;
  fs::remove_all(folder);
}

}  // namespace
}  // namespace sonoran::api
