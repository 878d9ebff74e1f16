// convars_reference: prints config/convars.md, or with --example config/server.cfg.example, from the table of settings.
// `cmake --build --preset dev --target convars` writes both; a test compares them.
#include <sonoran_bridge.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace {

std::vector<sb_setting_info> settings() {
  std::vector<sb_setting_info> rows;
  sb_setting_info info{};
  info.struct_size = sizeof info;
  for (size_t i = 0; sb_setting_at(i, &info) != 0; ++i) rows.push_back(info);
  return rows;
}

void print_reference() {
  std::puts(
      "# Convars\n\n"
      "Generated from the table in `plugin/core/settings.cpp`; change it there, then build the target `convars`.\n\n"
      "Write `set name \"value\"` in server.cfg, before `ensure sonoran_bridge`. Never use `setr` or `sets` for the "
      "key:\n"
      "they show it to every player. The bridge reads the convars at start and at the console command\n"
      "`sonoran_bridge reload`. With a wrong value it does not start (or goes on with the old values), and its "
      "message\n"
      "names the wrong value and what would be right.\n\n"
      "Any resource can set a convar. Some convars decide where the key goes, whom the bridge trusts, which files may "
      "be\n"
      "sent, and who may call what: `sonoran_bridge_url`, `_ca_file`, `_ca_bundle`, `_upload_folders`, `_allow`. The "
      "bridge\n"
      "trusts their values at its first start in a server process. A later change waits for the console command\n"
      "`sonoran_bridge trust <host or convar>`. To keep other resources from reading the key, use\n"
      "`add_convar_permission sonoran_bridge read sonoran_apiKey`.\n\n"
      "| convar | type | default | range | meaning |\n|---|---|---|---|---|");
  for (const auto& row : settings()) {
    const std::string value = *row.default_value == '\0' ? "" : "`" + std::string(row.default_value) + "`";
    std::printf("| `%s` | %s | %s | %s | %s |\n", row.name, row.type, value.c_str(), row.range, row.sentence);
  }
}

void print_example() {
  std::puts(
      "# sonoran_bridge in server.cfg. The three lines that are needed:\n\n"
      "set sonoran_apiKey \"\"    # the community's API key; use set, never setr or sets\n"
      "set sonoran_serverId \"1\"\n"
      "ensure sonoran_bridge\n\n"
      "# Put this line before the first ensure of server.cfg, so that no other resource can read the key. It is "
      "required\n"
      "# where the vendor's configuration protects the key; other resources that read it then have such lines too:\n"
      "# add_convar_permission sonoran_bridge read sonoran_apiKey\n"
      "# The game server has no line against writing. So the bridge trusts the values of sonoran_bridge_url, "
      "_ca_file,\n"
      "# _ca_bundle, _upload_folders and _allow at its first start. A later change waits for the console command\n"
      "# sonoran_bridge trust <host or convar>.\n\n"
      "# All other convars, with their defaults. Put those that you change before the ensure line. More is in "
      "config/convars.md.");
  for (const auto& row : settings()) {
    if (std::strcmp(row.name, "sonoran_apiKey") == 0 || std::strcmp(row.name, "sonoran_serverId") == 0) continue;
    std::printf("\n# %s%s%s%s\n# set %s \"%s\"\n", row.sentence, *row.range == '\0' ? "" : " (", row.range,
                *row.range == '\0' ? "" : ")", row.name, row.default_value);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--example") == 0) {
    print_example();
  } else if (argc == 1) {
    print_reference();
  } else {
    std::fputs("convars_reference takes nothing, or --example.\n", stderr);
    return 2;
  }
  return 0;
}
