// uploadBodycamRecording: which files and bytes may be sent, how the form looks, and that it arrives whole in pieces.
#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <filesystem>
#include <fstream>

#include "api/call.h"
#include "core/limits.h"
#include "net/connection.h"

namespace sonoran {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace http = boost::beast::http;
using api::CheckedCall;

const std::string kWebm = "\x1A\x45\xDF\xA3";

/// A folder for one test, removed behind it: allowed/ and secret/ beside each other.
class Upload : public testing::Test {
 protected:
  Upload() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::temp_directory_path() / ("sonoran_upload_" + std::string(info->name()));
    fs::remove_all(root_);
    fs::create_directories(root_ / "allowed" / "clips");
    fs::create_directories(root_ / "secret");
    folders_ = {(root_ / "allowed").string()};
  }
  ~Upload() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  std::string write(const std::string& name, const std::string& bytes) {
    const fs::path path = root_ / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }
  Result<CheckedCall> check(const std::string& file, const std::string& more = "", std::string attachment = {}) {
    const std::string path = file.empty() ? "" : R"("file":")" + file + R"(",)";
    return api::check_call("uploadBodycamRecording",
                           "{" + path + R"("communityUserId":"abc","durationMs":1000)" + more + "}",
                           std::move(attachment), {.server_id = 1, .upload_folders = folders_});
  }
  static std::string words_of(const Result<CheckedCall>& result) { return result ? "accepted" : result.error().text; }
  std::string refused(const std::string& file, const std::string& more = "", std::string attachment = {}) {
    return words_of(check(file, more, std::move(attachment)));
  }

  fs::path root_;
  std::vector<std::string> folders_;
};

/// The message for a file that is not there or lies elsewhere: it is the same.
std::string nowhere(const std::string& path) {
  return "uploadBodycamRecording: file '" + path +
         "' is no file that may be sent; it has to be there, in a folder that sonoran_bridge_upload_folders allows.";
}

TEST_F(Upload, AFormHasItsFieldsAndTheFileBetweenBoundaries) {
  const api::Multipart form =
      api::lay_out_form({{"durationMs", "1000"}, {"a\"b\r\n", "\xC3\xBC"}}, "file", "stop \"1\".webm", "BOUNDARY");
  EXPECT_EQ(form.head,
            "--BOUNDARY\r\nContent-Disposition: form-data; name=\"durationMs\"\r\n\r\n1000\r\n"
            "--BOUNDARY\r\nContent-Disposition: form-data; name=\"a%22b%0D%0A\"\r\n\r\n\xC3\xBC\r\n"
            "--BOUNDARY\r\nContent-Disposition: form-data; name=\"file\"; filename=\"stop %221%22.webm\"\r\n"
            "Content-Type: video/webm\r\n\r\n");
  EXPECT_EQ(form.tail, "\r\n--BOUNDARY--\r\n");
  EXPECT_EQ(form.content_type, "multipart/form-data; boundary=BOUNDARY");
  EXPECT_EQ(form.content_length(), form.head.size() + form.tail.size());
  EXPECT_NE(api::random_boundary(), api::random_boundary());
}

TEST_F(Upload, AnAttachmentIsTheFile) {
  auto result = check("", R"(,"identId":15,"unitNumber":"A-1","roblox":null,"more":[1, 2])", kWebm + "xyz");
  ASSERT_TRUE(result) << words_of(result);
  const CheckedCall& call = *result;
  EXPECT_EQ(call.target, "/v2/general/bodycam-recordings");
  EXPECT_EQ(call.body, "");
  EXPECT_EQ(call.multipart->bytes, kWebm + "xyz");
  for (const char* part : {"name=\"durationMs\"\r\n\r\n1000\r\n", "name=\"communityUserId\"\r\n\r\nabc\r\n",
                           "name=\"identId\"\r\n\r\n15\r\n", "name=\"unitNumber\"\r\n\r\nA-1\r\n",
                           "name=\"more\"\r\n\r\n[1, 2]\r\n", "name=\"file\"; filename=\"recording.webm\"\r\n"}) {
    EXPECT_NE(call.multipart->head.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(call.multipart->head.find("roblox"), std::string::npos);
}

TEST_F(Upload, WhatTheCadWouldRefuseIsRefusedHere) {
  const std::string name = "uploadBodycamRecording";
  EXPECT_EQ(refused("", ""), name + " needs file, the path of a .webm file, or its bytes as an attachment.");
  EXPECT_EQ(refused("", "", "RIFFxxxx"),
            name + ": the recording is no WebM file; it does not begin with an EBML header.");
  EXPECT_EQ(refused("", "", kWebm + std::string(limits::kRecordingBytes - 3, 'x')),
            name + ": the recording has 6000001 bytes; 6000000 is the most.");
  EXPECT_EQ(refused("", "", kWebm + std::string(limits::kRecordingBytes - 4, 'x')), "accepted");
  EXPECT_EQ(refused("", R"(,"roblox":5)", kWebm),
            name +
                " takes exactly one of accountUuid, communityUserId, roblox or discord; there are communityUserId and "
                "roblox.");
  const auto duration = [&](const std::string& value) {
    return words_of(api::check_call(name, R"({"roblox":5,"durationMs":)" + value + "}", kWebm, {}));
  };
  EXPECT_EQ(duration("1"), "accepted");
  EXPECT_EQ(duration("120000"), "accepted");
  EXPECT_EQ(duration("0"), name + ": durationMs must be 1 to 120000, not 0.");
  EXPECT_EQ(duration("120001"), name + ": durationMs must be 1 to 120000, not 120001.");
  EXPECT_EQ(duration("18446744073709551615"), name + ": durationMs must be 1 to 120000, not 18446744073709551615.");
  EXPECT_EQ(duration("1.5"), name + ": durationMs must be a whole number, not 1.5.");
  EXPECT_EQ(duration("null"), name + " needs durationMs, a whole number.");
  EXPECT_EQ(refused("", R"(,"body":{})", kWebm), name + " takes its parts by name, not as a body.");
  EXPECT_EQ(refused("x.webm", "", kWebm), name + " takes file or an attachment, not both.");
}

TEST_F(Upload, AFileLiesWithinTheAllowedFolders) {
  const std::string inside = write("allowed/clips/stop.WEBM", kWebm + "inside");
  for (const std::string& path : {inside, std::string("clips/stop.WEBM"), std::string("clips/../clips/./stop.WEBM"),
                                  (root_ / "secret/../allowed/clips/stop.WEBM").string()}) {
    auto result = check(path);
    ASSERT_TRUE(result) << words_of(result);
    const auto& form = *result->multipart;
    EXPECT_EQ(form.file.path, fs::canonical(inside).string());
    EXPECT_EQ(form.file_size(), 10U);
    EXPECT_EQ(form.bytes, "");
    EXPECT_NE(form.head.find("filename=\"stop.WEBM\""), std::string::npos);
  }
}

TEST_F(Upload, NeitherDotsNorLinksLeadOut) {
  const std::string secret = write("secret/s.webm", kWebm);
  fs::create_symlink(secret, root_ / "allowed/link.webm");
  fs::create_directory_symlink(root_ / "secret", root_ / "allowed/folder");
  fs::create_directories(root_ / "allowed2");
  write("allowed2/a.webm", kWebm);
  for (const std::string& path :
       {secret, std::string("../secret/s.webm"), std::string("link.webm"), std::string("folder/s.webm"),
        std::string("clips/../../secret/s.webm"), (root_ / "allowed/../allowed2/a.webm").string()}) {
    EXPECT_EQ(refused(path), nowhere(path));
  }
  // A link within the allowed folders does not lead out of them.
  write("allowed/clips/real.webm", kWebm);
  fs::create_symlink(root_ / "allowed/clips/real.webm", root_ / "allowed/alias.webm");
  EXPECT_EQ(refused("alias.webm"), "accepted");
}

TEST_F(Upload, WhatLiesElsewhereIsRefusedWithTheWordsForWhatIsNotThere) {
  const std::string there = write("secret/s.webm", kWebm);
  const std::string not_there = (root_ / "secret/t.webm").string();
  EXPECT_EQ(refused(there), nowhere(there));
  EXPECT_EQ(refused(not_there), nowhere(not_there));
  EXPECT_EQ(refused("../secret/s.webm"), nowhere("../secret/s.webm"));
  EXPECT_EQ(refused("../secret/t.webm"), nowhere("../secret/t.webm"));
  EXPECT_EQ(refused("//host/share/a.webm"), nowhere("//host/share/a.webm"));
  EXPECT_EQ(refused(R"(\\\\host\\share\\a.webm)"), nowhere(R"(\\host\share\a.webm)"));
}

/// A folder that is a link may be meant by either of its names.
TEST_F(Upload, APathThatMayNameAnotherMachineIsRefusedAlsoWhereTheFileIsThere) {
  const std::string inside = write("allowed/there.webm", kWebm);
  ASSERT_EQ(refused(inside), "accepted");
  EXPECT_EQ(refused("/" + inside), nowhere("/" + inside));
}

TEST_F(Upload, AnAllowedFolderMayBeALink) {
  const std::string inside = write("secret/s.webm", kWebm);
  fs::create_directory_symlink(root_ / "secret", root_ / "way");
  folders_ = {(root_ / "way").string() + "/"};
  for (const std::string& path : {std::string("s.webm"), inside, (root_ / "way/s.webm").string()}) {
    EXPECT_EQ(refused(path), "accepted") << path;
  }
}

TEST_F(Upload, TheNameOfAFieldHasNoControlCharacters) {
  EXPECT_EQ(refused("", R"(,"a\u0000b":1)", kWebm),
            "uploadBodycamRecording: the name of the field 'a?b' has control characters.");
  EXPECT_EQ(refused("", R"(,"a\r\nX: b":1)", kWebm),
            "uploadBodycamRecording: the name of the field 'a??X: b' has control characters.");
}

TEST(PathOfADisk, IsNeitherOfAnotherMachineNorOfADriver) {
  using api::Paths;
  for (const char* path :
       {R"(\\host\share\a.webm)", "//host/share/a.webm", R"(\/host/a.webm)", R"(/\host\a.webm)", R"(\\?\C:\a.webm)",
        R"(\\.\pipe\a.webm)", "//?/C:/a.webm", "//./COM1", "", "a\nb.webm", "a\x7F", "a\xFF.webm"}) {
    EXPECT_FALSE(api::is_path_of_a_disk(path, Paths::kWindows)) << path;
    EXPECT_FALSE(api::is_path_of_a_disk(path, Paths::kPosix)) << path;
  }
  EXPECT_FALSE(api::is_path_of_a_disk(std::string_view("a\0.webm", 7), Paths::kPosix));
  for (const char* path :
       {"a.webm", "clips/2026-11-27T07:14.webm", "/srv/clips/../a.webm", "a\\b.webm", "/srv/CON.webm"}) {
    EXPECT_TRUE(api::is_path_of_a_disk(path, Paths::kPosix)) << path;
  }
}

TEST(PathOfADisk, ByWindowsRulesIsNoDeviceStreamOrPlaceOfADrive) {
  const auto taken = [](std::string_view path) { return api::is_path_of_a_disk(path, api::Paths::kWindows); };
  for (const char* path :
       {"a.webm", R"(clips\a.webm)", "clips/../a.webm", R"(C:\clips\a.webm)", "d:/clips/./a.webm", "console.webm",
        "com.webm", "com10.webm", "lpt.webm", "a.con.webm", "nullable/aux1.webm", R"(\clips\a.webm)", ".webm"}) {
    EXPECT_TRUE(taken(path)) << path;
  }
  for (const char* device : {"CON", "con", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$", "COM0", "COM1", "com9",
                             "LPT1", "lpt9", "COM\xC2\xB9", "LPT\xC2\xB2", "lpt\xC2\xB3"}) {
    for (const char* form : {"%", "%.webm", "% .webm", "clips/%.webm", "C:\\%.tar.webm", "%/a.webm", "%:a.webm"}) {
      std::string path = form;
      path.replace(path.find('%'), 1, device);
      EXPECT_FALSE(taken(path)) << path;
    }
  }
  for (const char* path : {"a.webm:stream.webm", "a.webm::$DATA", "clips/a:b.webm", "C:a.webm", "C:", "1:/a.webm",
                           "a?.webm", "a*.webm", "a|b.webm", "<a>.webm", "\"a\".webm", R"(\??\C:\a.webm)", "a.webm.",
                           "a.webm ", "clips /a.webm", "clips./a.webm"}) {
    EXPECT_FALSE(taken(path)) << path;
  }
}

/// The same file, by a hard link: only the path to it has changed.
TEST_F(Upload, AFolderOnTheWayThatWasSwappedForALinkChangesNothing) {
  fs::create_directories(root_ / "allowed/clips/day");
  const std::string inside = write("allowed/clips/day/a.webm", kWebm);
  fs::create_directories(root_ / "secret/day");
  fs::create_hard_link(inside, root_ / "secret/day/a.webm");
  auto result = check("clips/day/a.webm");
  ASSERT_TRUE(result) << words_of(result);
  const api::UploadFile file = result->multipart->file;
  api::UploadReader reader;
  EXPECT_TRUE(reader.open(file));
  for (const char* folder : {"allowed/clips/day", "allowed/clips"}) {
    const fs::path real = root_ / folder;
    fs::rename(real, root_ / "aside");
    fs::create_directory_symlink(folder == std::string_view("allowed/clips") ? root_ / "secret" : root_ / "secret/day",
                                 real);
    ASSERT_TRUE(fs::equivalent(inside, file.path)) << "who follows links finds the same file";
    EXPECT_FALSE(reader.open(file)) << folder;
    fs::remove(real);
    fs::rename(root_ / "aside", real);
    EXPECT_TRUE(reader.open(file));
  }
}

TEST_F(Upload, AFileThatIsNoneOrNoRecordingIsRefused) {
  const std::string name = "uploadBodycamRecording: file ";
  write("allowed/a.txt", kWebm);
  EXPECT_EQ(refused("a.txt"), name + "must be a .webm file, not 'a.txt'.");
  EXPECT_EQ(refused("none.webm"), nowhere("none.webm"));
  fs::create_directory(root_ / "allowed/folder.webm");
  EXPECT_EQ(refused("folder.webm"), name + "'folder.webm' is no regular file.");
  write("allowed/text.webm", "plain text");
  EXPECT_EQ(refused("text.webm"),
            "uploadBodycamRecording: the recording is no WebM file; it does not begin with an EBML header.");
  write("allowed/empty.webm", "");
  EXPECT_EQ(refused("empty.webm"),
            "uploadBodycamRecording: the recording is no WebM file; it does not begin with an EBML header.");
  fs::resize_file(write("allowed/large.webm", kWebm), limits::kRecordingBytes + 1);
  EXPECT_EQ(refused("large.webm"), "uploadBodycamRecording: the recording has 6000001 bytes; 6000000 is the most.");
  EXPECT_EQ(refused(".webm"), nowhere(".webm"));
  EXPECT_EQ(refused(R"(a\u0000.webm)"), nowhere("a?.webm"));
  folders_.clear();
  EXPECT_EQ(refused("a.webm"),
            "uploadBodycamRecording: no folder is allowed for uploads; set "
            "sonoran_bridge_upload_folders to those that a file may lie in.");
}

/// Sends one request to a listener in the same loop, which reads it, or does what `serve` does.
class Wire : public Upload {
 protected:
  using Request = http::request<http::string_body>;

  api::Response send(const net::HttpRequest& request, bool answer_early = false) {
    asio::io_context loop;
    asio::ip::tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
    const auto endpoint = parse_endpoint("http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()));
    const auto limit = std::chrono::seconds(30);
    const net::HttpLimits limits{limit, limit, std::size_t{1024} * 1024};
    net::Dialer dialer(loop.get_executor(), *endpoint, {limit, limit, limit}, nullptr);
    const std::string authorization = "Bearer k";
    const std::string agent = "test";
    const auto connection = std::make_shared<net::Connection>(dialer, limits, authorization, agent);

    asio::co_spawn(loop, serve(acceptor, answer_early), asio::detached);
    api::Response response;
    asio::co_spawn(
        loop,
        [&]() -> asio::awaitable<void> {
          const api::Response opened = co_await connection->open();
          EXPECT_EQ(opened.stage, api::Stage::kAnswered) << opened.detail;
          bool gone = false;
          response = co_await connection->exchange(request, gone);
          EXPECT_FALSE(gone);
          connection->close();
        },
        asio::detached);
    loop.run();
    return response;
  }

  asio::awaitable<void> serve(asio::ip::tcp::acceptor& acceptor, bool answer_early) {
    auto [accept_error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    if (accept_error) co_return;
    boost::beast::flat_buffer buffer;
    http::request_parser<http::string_body> parser;
    parser.body_limit(std::uint64_t{64} * 1024 * 1024);
    boost::system::error_code error;
    if (answer_early) {
      error =
          std::get<0>(co_await http::async_read_header(socket, buffer, parser, asio::as_tuple(asio::use_awaitable)));
    } else {
      error = std::get<0>(co_await http::async_read(socket, buffer, parser, asio::as_tuple(asio::use_awaitable)));
    }
    received_whole_ = !error && !answer_early;
    received_ = parser.release();
    if (error) co_return;
    const std::string answer = "HTTP/1.1 " + std::string(answer_early ? "413 Too Large" : "200 OK") +
                               "\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    co_await asio::async_write(socket, asio::buffer(answer), asio::as_tuple(asio::use_awaitable));
    if (answer_early) {
      // Reads on, like a server that wants its refusal to be read.
      std::string rest(65536, '\0');
      while (!error) {
        error = std::get<0>(co_await socket.async_read_some(asio::buffer(rest), asio::as_tuple(asio::use_awaitable)));
      }
    }
  }

  net::HttpRequest request(const CheckedCall& call) {
    return {
        .method = "POST", .target = call.target, .body = call.body, .authenticated = true, .multipart = call.multipart};
  }

  bool received_whole_ = false;
  Request received_;
};

TEST_F(Wire, AFileOfTheLargestSizeArrivesWhole) {
  std::string bytes = kWebm;
  while (bytes.size() < limits::kRecordingBytes) bytes += static_cast<char>(bytes.size() * 31 % 251);
  write("allowed/large.webm", bytes);
  auto result = check("large.webm");
  ASSERT_TRUE(result) << words_of(result);
  const CheckedCall& call = *result;
  EXPECT_EQ(call.multipart->bytes.capacity(), std::string().capacity());
  const api::Response response = send(request(call));
  EXPECT_EQ(response.status, 200) << response.detail;
  ASSERT_TRUE(received_whole_);
  EXPECT_EQ(received_[http::field::content_type], call.multipart->content_type);
  EXPECT_EQ(received_[http::field::authorization], "Bearer k");
  EXPECT_TRUE(received_.body() == call.multipart->head + bytes + call.multipart->tail);
}

TEST_F(Wire, BytesArriveWhole) {
  const std::string bytes = kWebm + std::string(300000, 'v');
  auto result = check("", "", bytes);
  const CheckedCall& call = *result;
  EXPECT_EQ(send(request(call)).status, 200);
  EXPECT_TRUE(received_.body() == call.multipart->head + bytes + call.multipart->tail);
}

TEST_F(Wire, AFileReplacedAfterTheCheckIsNotSent) {
  write("allowed/a.webm", kWebm + "first");
  write("secret/s.webm", kWebm + "other");
  const auto result = check("a.webm");
  const CheckedCall& call = *result;
  fs::remove(root_ / "allowed/a.webm");
  fs::create_symlink(root_ / "secret/s.webm", root_ / "allowed/a.webm");
  const api::Response linked = send(request(call));
  EXPECT_EQ(linked.stage, api::Stage::kPrepare);
  EXPECT_FALSE(received_whole_);
  fs::remove(root_ / "allowed/a.webm");
  fs::rename(root_ / "secret/s.webm", root_ / "allowed/a.webm");
  const api::Response replaced = send(request(call));
  EXPECT_EQ(replaced.stage, api::Stage::kPrepare);
  const api::Outcome outcome = api::interpret(replaced, 0);
  EXPECT_EQ(outcome.failure, api::Failure::kRejected);
  EXPECT_EQ(outcome.error.kind, ErrorKind::kInvalidArgument);
  EXPECT_NE(outcome.error.detail.find("was changed or replaced"), std::string::npos) << outcome.error.detail;
}

TEST_F(Wire, ARefusalInTheMiddleOfAnUploadIsRead) {
  const auto result = check("", "", kWebm + std::string(5000000, 'v'));
  const api::Response response = send(request(*result), true);
  EXPECT_EQ(response.stage, api::Stage::kAnswered) << response.detail;
  EXPECT_EQ(response.status, 413);
}

}  // namespace
}  // namespace sonoran
