#include "simulator/request_log.h"

#include <boost/json.hpp>
#include <stdexcept>

namespace sonoran::simulator {
namespace {

constexpr std::size_t kMostKept = 200'000;
constexpr std::size_t kMostKeptBytes = std::size_t{256} << 20;

std::size_t size_of(const RecordedRequest& request) {
  return request.target.size() + request.body.size();
}

}  // namespace

RequestLog::RequestLog(const std::string& file) {
  if (file.empty()) return;
  file_.open(file, std::ios::binary | std::ios::trunc);
  if (!file_) throw std::runtime_error("The file '" + file + "' cannot be written.");
}

void RequestLog::add(RecordedRequest request) {
  request.index = count_++;
  // Flushed line by line, because others read the file while it grows.
  if (file_.is_open()) file_ << boost::json::serialize(json_of(request)) << '\n' << std::flush;
  kept_bytes_ += size_of(request);
  kept_.push_back(std::move(request));
  while (kept_.size() > kMostKept || kept_bytes_ > kMostKeptBytes) {
    kept_bytes_ -= size_of(kept_.front());
    kept_.pop_front();
  }
}

void RequestLog::clear() {
  kept_.clear();
  kept_bytes_ = 0;
  count_ = 0;
}

std::vector<RecordedRequest> RequestLog::since(std::uint64_t index) const {
  const std::uint64_t first = count_ - kept_.size();
  const std::uint64_t skipped = index <= first ? 0 : std::min<std::uint64_t>(index - first, kept_.size());
  return {kept_.begin() + static_cast<std::ptrdiff_t>(skipped), kept_.end()};
}

boost::json::object json_of(const RecordedRequest& request) {
  boost::json::object headers;
  for (const auto& [name, value] : request.headers) headers[name] = value;
  return {{"index", request.index},
          {"monotonic_us", request.monotonic_us},
          {"operation", request.operation},
          {"key", request.key},
          {"method", request.method},
          {"target", request.target},
          {"headers", std::move(headers)},
          {"body", request.body},
          {"status", request.status},
          {"executed", request.executed},
          {"stray", request.stray},
          {"over_tls", request.over_tls},
          {"tls_version", request.tls_version},
          {"server_name", request.server_name},
          {"tls_resumed", request.tls_resumed},
          {"tls_early", request.tls_early},
          {"address", request.address},
          {"connection", request.connection}};
}

}  // namespace sonoran::simulator
