// The component of pump_node: Node as the game server runs it. One loop, isolate and environment a resource, all on one
// thread; every millisecond each loop is run once with the isolate locked and no context entered. A resource ends by
// 'beforeExit', 'exit', Stop, FreeEnvironment, and the end of its loop, while the process goes on.
//
//   pump_node SCRIPT CONFIG RESTARTS TURNS ENVIRONMENTS END
//
// SCRIPT is run in each environment, with CONFIG (JSON) and the number of its life as arguments; it returns an object
// with the functions turn(), done(), stop() and report(). ENVIRONMENTS run at once, RESTARTS times one of them in turn
// is stopped and started after TURNS milliseconds. Then all run until they are done, and END says how it ends: `stop`
// stops all of them, `exit` calls exit(), `abandon` calls _exit(). Each line of the output is a JSON object.
#include <dirent.h>
#include <malloc.h>
#include <node.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPeriod = std::chrono::milliseconds(1);
constexpr auto kLimit = std::chrono::seconds(300);  // for the scripts to be done, on a busy machine too

std::string content(const char* file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::size_t entries(const char* folder) {
  std::size_t count = 0;
  DIR* opened = opendir(folder);
  while (opened != nullptr && readdir(opened) != nullptr) ++count;
  if (opened != nullptr) closedir(opened);
  return count - 2;  // . and ..
}

/// Resident memory, KiB, without what the C library keeps for later.
long resident_kib() {
  malloc_trim(0);
  long total = 0;
  long resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "pump_node: %s\n", what);
  std::_Exit(3);
}

/// One resource's JavaScript.
class Environment {
 public:
  Environment(node::MultiIsolatePlatform* platform, const std::string& script, const std::string& config, int life)
      : platform_(platform), allocator_(node::ArrayBufferAllocator::Create()) {
    expect(uv_loop_init(&loop_) == 0, "uv_loop_init failed");
    isolate_ = node::NewIsolate(allocator_.get(), &loop_, platform_);
    expect(isolate_ != nullptr, "NewIsolate failed");
    const v8::Locker locker(isolate_);
    const v8::Isolate::Scope isolate_scope(isolate_);
    const v8::HandleScope handles(isolate_);
    data_ = node::CreateIsolateData(isolate_, &loop_, platform_, allocator_.get());
    const v8::Local<v8::Context> context = node::NewContext(isolate_);
    context_.Reset(isolate_, context);
    const v8::Context::Scope context_scope(context);
    const auto flags = static_cast<node::EnvironmentFlags::Flags>(node::EnvironmentFlags::kNoCreateInspector |
                                                                  node::EnvironmentFlags::kNoRegisterESMLoader);
    environment_ = node::CreateEnvironment(data_, context, {"pump_node", config, std::to_string(life)}, {}, flags);
    expect(environment_ != nullptr, "CreateEnvironment failed");
    v8::Local<v8::Value> result;
    const v8::TryCatch caught(isolate_);
    if (!node::LoadEnvironment(environment_, script.c_str()).ToLocal(&result) || !result->IsObject()) {
      complain("the script", caught);
      return;
    }
    script_.Reset(isolate_, result.As<v8::Object>());
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  ~Environment() { stop(); }

  [[nodiscard]] bool failed() const { return failed_; }

  /// What the game server does every millisecond.
  void pump() {
    const v8::Locker locker(isolate_);
    const v8::Isolate::Scope isolate_scope(isolate_);
    const v8::HandleScope handles(isolate_);
    uv_run(&loop_, UV_RUN_NOWAIT);
    platform_->DrainTasks(isolate_);
  }

  /// Calls a function of the script, as the game server calls a tick or an event's handler: in its context.
  std::string call(const char* name) {
    const v8::Locker locker(isolate_);
    const v8::Isolate::Scope isolate_scope(isolate_);
    const v8::HandleScope handles(isolate_);
    const v8::Local<v8::Context> context = context_.Get(isolate_);
    const v8::Context::Scope context_scope(context);
    const v8::TryCatch caught(isolate_);
    if (script_.IsEmpty()) return "";
    const v8::Local<v8::Object> script = script_.Get(isolate_);
    const auto key = v8::String::NewFromUtf8(isolate_, name).ToLocalChecked();
    v8::Local<v8::Value> function;
    v8::Local<v8::Value> result;
    if (!script->Get(context, key).ToLocal(&function) || !function->IsFunction() ||
        !function.As<v8::Function>()->Call(context, script, 0, nullptr).ToLocal(&result)) {
      complain(name, caught);
      return "";
    }
    isolate_->PerformMicrotaskCheckpoint();
    return result->IsUndefined() ? "" : *v8::String::Utf8Value(isolate_, result);
  }

  /// Ends it; milliseconds that the game thread stood still. What the script says of the end is in `last_words`.
  long stop() {
    if (environment_ == nullptr) return 0;
    const auto began = Clock::now();
    last_words = call("stop");
    {
      const v8::Locker locker(isolate_);
      const v8::Isolate::Scope isolate_scope(isolate_);
      {
        const v8::HandleScope handles(isolate_);
        (void)node::EmitProcessBeforeExit(environment_);
        (void)node::EmitProcessExit(environment_);
        node::Stop(environment_);
        script_.Reset();
        context_.Reset();
      }
      const v8::HandleScope handles(isolate_);
      node::FreeEnvironment(std::exchange(environment_, nullptr));
      node::FreeIsolateData(data_);
    }
    bool finished = false;
    platform_->AddIsolateFinishedCallback(
        isolate_, [](void* flag) { *static_cast<bool*>(flag) = true; }, &finished);
    platform_->UnregisterIsolate(isolate_);
    isolate_->Dispose();
    while (!finished) uv_run(&loop_, UV_RUN_ONCE);
    expect(uv_loop_close(&loop_) == 0, "a handle keeps the loop of an environment that ended");
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count();
  }

  std::string last_words;

 private:
  void complain(const char* where, const v8::TryCatch& caught) {
    failed_ = true;
    const v8::Local<v8::Context> context = isolate_->GetCurrentContext();
    v8::Local<v8::Value> stack;
    if (!caught.HasCaught() || !caught.StackTrace(context).ToLocal(&stack)) stack = caught.Exception();
    std::fprintf(stderr, "pump_node: %s failed: %s\n", where,
                 stack.IsEmpty() ? "" : *v8::String::Utf8Value(isolate_, stack));
  }

  node::MultiIsolatePlatform* platform_;
  std::shared_ptr<node::ArrayBufferAllocator> allocator_;
  uv_loop_t loop_{};
  v8::Isolate* isolate_ = nullptr;
  node::IsolateData* data_ = nullptr;
  node::Environment* environment_ = nullptr;
  v8::Global<v8::Context> context_;
  v8::Global<v8::Object> script_;
  bool failed_ = false;
};

using Environments = std::vector<std::unique_ptr<Environment>>;

/// One millisecond of the server.
void turn(Environments& all, Clock::time_point& next) {
  for (auto& one : all) {
    one->pump();
    one->call("turn");
    expect(!one->failed(), "a script failed");
  }
  next = std::max(next + kPeriod, Clock::now());
  std::this_thread::sleep_until(next);
}

void say(const std::string& json) {
  std::printf("%s\n", json.c_str());
  std::fflush(stdout);
}

void say_measures(int life, long stop_ms, const std::string& last_words) {
  std::ostringstream line;
  line << "{\"life\":" << life << ",\"stop_ms\":" << stop_ms << ",\"threads\":" << entries("/proc/self/task")
       << ",\"descriptors\":" << entries("/proc/self/fd") << ",\"resident_kib\":" << resident_kib()
       << ",\"script\":" << (last_words.empty() ? "null" : last_words) << "}";
  say(line.str());
}

int serve(node::MultiIsolatePlatform* platform, char** argv) {
  const std::string script = content(argv[1]);
  const std::string config = argv[2];
  const int restarts = std::stoi(argv[3]);
  const int turns = std::stoi(argv[4]);
  const int count = std::stoi(argv[5]);
  const std::string end = argv[6];
  int life = 0;
  Environments all;
  const auto start = [&] { return std::make_unique<Environment>(platform, script, config, life++); };
  while (static_cast<int>(all.size()) < count) all.push_back(start());
  auto next = Clock::now();
  for (int restart = 0; restart < restarts; ++restart) {
    for (int i = 0; i < turns; ++i) turn(all, next);
    auto& one = all[static_cast<std::size_t>(restart % count)];
    const long stop_ms = one->stop();
    const std::string last_words = one->last_words;
    one.reset();
    say_measures(restart, stop_ms, last_words);
    one = start();
  }
  const auto until = Clock::now() + kLimit;
  while (!std::ranges::all_of(all, [](auto& one) { return one->call("done") == "true"; }) && Clock::now() < until) {
    turn(all, next);
  }
  for (auto& one : all) say(one->call("report"));
  if (end == "exit") std::exit(0);
  if (end == "abandon") ::_exit(0);
  for (auto& one : all) {
    const long stop_ms = one->stop();
    const std::string last_words = one->last_words;
    one.reset();
    say_measures(restarts, stop_ms, last_words);
  }
  return 0;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int component_main(int argc, char** argv) {
  if (argc != 7) {
    std::fputs("usage: pump_node SCRIPT CONFIG RESTARTS TURNS ENVIRONMENTS stop|exit|abandon\n", stderr);
    return 2;
  }
  argv = uv_setup_args(argc, argv);
  // The program brings its own platform; its arguments are not Node's.
  using Flags = node::ProcessInitializationFlags::Flags;
  const auto flags = static_cast<Flags>(Flags::kNoInitializeV8 | Flags::kNoInitializeNodeV8Platform);
  const auto initialized = node::InitializeOncePerProcess({argv[0]}, flags);
  expect(initialized->exit_code() == 0, "InitializeOncePerProcess failed");
  const auto platform = node::MultiIsolatePlatform::Create(2);
  v8::V8::InitializePlatform(platform.get());
  v8::V8::Initialize();
  const int code = serve(platform.get(), argv);
  v8::V8::Dispose();
  v8::V8::DisposePlatform();
  node::TearDownOncePerProcess();
  return code;
}
