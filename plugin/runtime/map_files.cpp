#include "runtime/map_files.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "api/postal_list.h"
#include "api/upload_file.h"
#include "core/limits.h"
#include "core/text.h"
#include "core/vehicle_kind.h"

namespace sonoran::runtime {
namespace {

namespace fs = std::filesystem;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// The whole file. The message is the end of a sentence: "is not ...".
Check read_file(const std::string& path, std::string& into) {
  if (!api::is_path_of_a_disk(path, api::kPaths)) return Message{"is no path of a file of this machine"};
  const fs::path place(std::u8string(path.begin(), path.end()));
  std::error_code error;
  // Not a pipe, which would keep the reader waiting.
  if (!fs::is_regular_file(fs::status(place, error))) return Message{"is not there, or is no file"};
#ifdef _WIN32
  const std::unique_ptr<std::FILE, Close> file(::_wfopen(place.c_str(), L"rbN"));
#else
  const std::unique_ptr<std::FILE, Close> file(std::fopen(place.c_str(), "rb"));
#endif
  if (!file) return Message{"cannot be opened"};
  into.resize(limits::kMapFileBytes + 1);
  into.resize(std::fread(into.data(), 1, into.size(), file.get()));
  if (std::ferror(file.get()) != 0) return Message{"cannot be read"};
  if (into.size() > limits::kMapFileBytes) {
    return Message{"has more than " + std::to_string(limits::kMapFileBytes / 1024) + " KiB"};
  }
  return {};
}

std::string shown(const std::string& path) {
  return in_quotes(path, 200);
}

/// One file. `take` reads its text and may refuse it; `instead` says what is used then.
template <class Take>
void read_one(const std::string& setting, const std::string& path, const char* what, const char* instead,
              std::vector<LogLine>& log, Take&& take) {
  std::string text;
  Check taken = read_file(path, text);
  if (taken) taken = take(text);
  if (taken) return;
  log.push_back({LogLevel::kWarn, std::string("The ") + what + " is not taken, because " + setting + " is " +
                                      shown(path) + ", which " + taken.error().text + "; " + instead + "."});
}

}  // namespace

state::MapFiles read_map_files(const Settings& settings, const state::MapFiles& before, std::vector<LogLine>& log) {
  state::MapFiles files;
  if (!settings.postals.empty()) {
    files.postals = before.postals;
    const char* const instead = before.postals ? "the list from before stays" : "no postal is shown";
    read_one("sonoran_bridge_postals", settings.postals, "list of postals", instead, log,
             [&](const std::string& text) -> Check {
               auto list = api::read_postals(text);
               if (!list) return list.error();
               files.postals = std::make_shared<const state::Postals>(*std::move(list));
               log.push_back({LogLevel::kInfo, "The map shows the nearest of " + std::to_string(files.postals->size()) +
                                                   " postals of " + shown(settings.postals) + "."});
               return {};
             });
  }
  if (!settings.vehicles.empty()) {
    files.models = before.models;
    const char* const instead = before.models->size() != 0 ? "the table from before stays" : "no model is shown";
    read_one("sonoran_bridge_vehicles", settings.vehicles, "table of vehicles", instead, log,
             [&](const std::string& text) -> Check {
               std::vector<std::string> unknown;
               auto models = api::VehicleModels::read(text, unknown);
               if (!models) return models.error();
               files.models = std::make_shared<const api::VehicleModels>(*std::move(models));
               if (files.models->size() != 0) {
                 log.push_back({LogLevel::kInfo, "The map shows models for " + std::to_string(files.models->size()) +
                                                     " kinds of vehicle, of " + shown(settings.vehicles) + "."});
               }
               if (unknown.empty()) return {};
               std::string names;
               for (const std::string& name : unknown) names += (names.empty() ? "" : ", ") + in_quotes(name);
               log.push_back({LogLevel::kWarn, shown(settings.vehicles) + " has kinds of vehicle that there are not (" +
                                                   names + "); there are " + all_vehicle_kinds() + "."});
               return {};
             });
  }
  return files;
}

}  // namespace sonoran::runtime
