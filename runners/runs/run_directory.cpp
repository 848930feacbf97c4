#include "runners/runs/run_directory.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/runtime/durable_file.h"
#include "graphs/document/suggestion.h"

namespace agon {

namespace fs = std::filesystem;

namespace {
[[noreturn]] void cannot_make(const std::string& path, int reason) {
  const ExitCode code =
      reason == EACCES || reason == EPERM ? ExitCode::Permission : ExitCode::CantCreate;
  throw Error(code, fmt::format("'{}': cannot make the directory: {}", printable(path),
                                std::strerror(reason)));
}

/// Makes a directory with those it lies in; all survive a power cut.
void make_directories(const std::string& path) {
  std::error_code failure;
  std::vector<fs::path> missing;
  for (fs::path at = fs::absolute(path); !fs::exists(at, failure) && at.has_relative_path();
       at = at.parent_path())
    missing.push_back(at);
  fs::create_directories(path, failure);
  if (failure) cannot_make(path, failure.value());
  for (const fs::path& made : missing) flush_folder(made.parent_path());
}

/// What a directory holds; nothing where it does not exist.
std::vector<fs::directory_entry> entries_of(const std::string& folder) {
  std::vector<fs::directory_entry> entries;
  std::error_code failure;
  for (fs::directory_iterator it(folder, failure), end; !failure && it != end;
       it.increment(failure))
    entries.push_back(*it);
  if (failure && failure != std::errc::no_such_file_or_directory &&
      failure != std::errc::not_a_directory) {
    throw Error(ExitCode::Io,
                fmt::format("'{}': cannot be read: {}", printable(folder), failure.message()));
  }
  return entries;
}

std::optional<std::int64_t> number_of(const std::string& directory) {
  std::int64_t number = 0;
  const char* end = directory.data() + directory.size();
  const auto [stop, failure] = std::from_chars(directory.data(), end, number);
  if (failure != std::errc() || stop != end || number < 1) return std::nullopt;
  return number;
}

/// Numbers of the runs in <runs>/<name>, ascending, with the directories' own spelling.
std::vector<std::pair<std::int64_t, std::string>> numbers_in(const std::string& folder) {
  std::vector<std::pair<std::int64_t, std::string>> found;
  std::error_code failure;
  for (const fs::directory_entry& entry : entries_of(folder)) {
    const std::string name = entry.path().filename().string();
    if (const auto number = number_of(name); number && entry.is_directory(failure))
      found.emplace_back(*number, name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> names_in(const std::string& runs) {
  std::vector<std::string> names;
  std::error_code failure;
  for (const fs::directory_entry& entry : entries_of(runs)) {
    if (entry.is_directory(failure)) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool is_run(const std::string& path) {
  std::error_code failure;
  return fs::is_regular_file(path + "/lock.json", failure);
}
}  // namespace

std::string RunDirectory::sample(std::int64_t step, const std::string& spec) const {
  return fmt::format("{}/step-{:06}{}{}.png", samples(), step, spec.empty() ? "" : "-", spec);
}

bool is_run_name(const std::string& name) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= 64 && name.front() != '.' && name.front() != '-' &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_word(c) || c == '_' || c == '.' || c == '-'; });
}

RunDirectory create_run(const std::string& runs, const std::string& name) {
  if (!is_run_name(name))
    throw InternalError(fmt::format("'{}' cannot name a run", printable(name)));
  const std::string folder = runs + "/" + name;
  std::error_code failure;
  const bool had_runs = fs::exists(runs, failure);
  const bool had_folder = fs::exists(folder, failure);
  make_directories(folder);
  // what is there already may have been made by a process that was killed right after
  if (had_runs) flush_folder(fs::absolute(runs).parent_path());
  if (had_folder) flush_folder(runs);
  const auto taken = numbers_in(folder);
  for (std::int64_t number = taken.empty() ? 1 : taken.back().first + 1;; ++number) {
    RunDirectory run{fmt::format("{}/{:04}", folder, number)};
    if (mkdir(run.path.c_str(), 0777) != 0) {
      if (errno == EEXIST) continue;
      cannot_make(run.path, errno);
    }
    flush_folder(folder);
    make_directories(run.samples());
    make_directories(run.checkpoints());
    return run;
  }
}

RunDirectory find_run(const std::string& runs, const std::string& argument) {
  if (is_run(argument)) return {fs::path(argument).lexically_normal().string()};
  const auto slash = argument.find('/');
  const std::string name = argument.substr(0, slash);
  const auto numbers = numbers_in(runs + "/" + name);
  if (numbers.empty()) {
    const std::vector<std::string> names = names_in(runs);
    throw Error(ExitCode::NoInput, fmt::format("no run '{}' in '{}'{}", printable(argument),
                                               printable(runs), suggestion(name, names)));
  }
  if (slash == std::string::npos) {
    for (auto it = numbers.rbegin(); it != numbers.rend(); ++it) {
      RunDirectory run{fmt::format("{}/{}/{}", runs, name, it->second)};
      if (is_run(run.path)) return run;
    }
    throw Error(ExitCode::NoInput,
                fmt::format("'{}' holds no run that has begun", printable(runs + "/" + name)));
  }
  const auto wanted = number_of(argument.substr(slash + 1));
  for (const auto& [number, spelling] : numbers) {
    if (wanted == number) return {fmt::format("{}/{}/{}", runs, name, spelling)};
  }
  throw Error(ExitCode::NoInput,
              fmt::format("no run '{}' in '{}'; the newest is '{}/{}'", printable(argument),
                          printable(runs), printable(name), numbers.back().second));
}

std::vector<RunDirectory> all_runs(const std::string& runs) {
  std::vector<RunDirectory> found;
  for (const std::string& name : names_in(runs)) {
    const std::string folder = fmt::format("{}/{}", runs, name);
    for (const auto& [number, spelling] : numbers_in(folder))
      found.push_back({fmt::format("{}/{}", folder, spelling)});
  }
  return found;
}

}  // namespace agon
