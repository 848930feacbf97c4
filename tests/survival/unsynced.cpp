#include "tests/survival/unsynced.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <stdexcept>

namespace agon {

namespace fs = std::filesystem;

namespace {
std::string parent(const std::string& path) {
  return fs::path(path).parent_path().string();
}

bool exists(const std::string& path) {
  std::error_code failure;
  return fs::exists(fs::symlink_status(path, failure));
}

/// `path` as it is called once `from` is `to`.
std::string moved(const std::string& path, const std::string& from, const std::string& to) {
  return path.starts_with(from + "/") ? to + path.substr(from.size()) : path;
}
}  // namespace

const char* name_of(Loss loss) {
  constexpr const char* kNames[] = {"nothing", "dropped", "garbled", "torn"};
  return kNames[static_cast<int>(loss)];
}

Unsynced::Unsynced(std::string attic) : attic_(std::move(attic)) {}

/// Another name for a file that is about to lose its own.
std::string Unsynced::kept(const std::string& path) {
  std::string name = attic_ + "/" + std::to_string(in_attic_++);
  if (link(path.c_str(), name.c_str()) != 0) throw std::runtime_error("cannot link " + path);
  return name;
}

DiskChange Unsynced::change_by(const TracedCall& call) {
  using Kind = DiskChange::Kind;
  DiskChange change;
  change.path = call.path;
  change.other = call.other;
  const auto content = [&](std::uint64_t offset, std::uint64_t size) {
    change.kind = Kind::Content;
    change.file = std::make_shared<FileByInode>(call.path);
    change.offset = offset;
    change.size = size;
    change.old_size = change.file->size();
    const std::uint64_t left = change.old_size - std::min(change.old_size, offset);
    change.old_bytes = change.file->bytes(offset, size > 0 ? std::min(left, size) : left);
  };
  switch (call.kind) {
    case CallKind::Open:
      if (!exists(call.path)) {
        if ((call.flags & O_CREAT) != 0) change.kind = Kind::Made;
      } else if ((call.flags & O_TRUNC) != 0) {
        content(0, 0);
      }
      break;
    case CallKind::Write:
      content(call.offset, call.size);
      break;
    case CallKind::Truncate:
      content(call.offset, 0);
      break;
    case CallKind::Rename:
      if (parent(call.path) != parent(call.other))
        throw std::runtime_error("from folder to folder, not modelled: " + to_text(call));
      change.kind = (call.flags & RENAME_EXCHANGE) != 0 ? Kind::Exchanged : Kind::Renamed;
      if (change.kind == Kind::Renamed && fs::is_regular_file(call.other))
        change.kept = kept(call.other);
      break;
    case CallKind::Unlink:
      if (fs::is_regular_file(call.path)) change.kept = kept(call.path);
      change.kind = Kind::Removed;
      break;
    case CallKind::MakeFolder:
      change.kind = Kind::MadeFolder;
      break;
    case CallKind::RemoveFolder:
      change.kind = Kind::RemovedFolder;
      break;
    default:
      break;
  }
  return change;
}

void Unsynced::before(const TracedCall& call) {
  beginning_.insert_or_assign(call.thread, change_by(call));
}

void Unsynced::after(const TracedCall& call, std::int64_t result) {
  if (call.kind == CallKind::Flush) return flushed(call.path, result < 0);
  const auto begun = beginning_.find(call.thread);
  if (begun == beginning_.end()) return;
  DiskChange change = std::move(begun->second);
  beginning_.erase(begun);
  if (result < 0 || change.kind == DiskChange::Kind::None) return;
  if (call.kind == CallKind::Write) change.size = static_cast<std::uint64_t>(result);
  changes_.push_back(std::move(change));
}

void Unsynced::flushed(const std::string& path, bool failed) {
  if (fs::is_directory(path)) {
    if (!failed) flushed_folder(path);
    return;
  }
  const auto is_of_file = [&](const DiskChange& c) {
    return c.file != nullptr && c.file->is(path);
  };
  if (failed) {
    for (DiskChange& change : changes_) change.beyond_help |= is_of_file(change);
    return;
  }
  std::erase_if(changes_, [&](const DiskChange& c) { return is_of_file(c) && !c.beyond_help; });
  for (DiskChange& change : changes_) {
    if (!is_of_file(change)) continue;
    // what follows these bytes is safe now, so that a hole is left where they were
    change.old_bytes.resize(change.size, '\0');
    change.old_size = change.file->size();
  }
}

void Unsynced::flushed_folder(const std::string& folder) {
  std::vector<DiskChange> left;
  for (DiskChange& change : changes_) {
    if (!change.is_name() || parent(change.path) != folder) {
      left.push_back(std::move(change));
      continue;
    }
    // what was done inside of it before is found under its new name, or nowhere
    if (change.kind == DiskChange::Kind::RemovedFolder) {
      std::erase_if(left, [&](const DiskChange& c) {
        return c.is_name() && c.path.starts_with(change.path + "/");
      });
    }
    for (DiskChange& inside : left) {
      for (std::string* name : {&inside.path, &inside.other}) {
        if (change.kind == DiskChange::Kind::Exchanged && name->starts_with(change.other + "/"))
          *name = moved(*name, change.other, change.path);
        else if (change.kind == DiskChange::Kind::Renamed ||
                 change.kind == DiskChange::Kind::Exchanged)
          *name = moved(*name, change.path, change.other);
      }
    }
  }
  changes_ = std::move(left);
}

namespace {
std::string random_bytes(std::mt19937_64& random, std::uint64_t count) {
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}
}  // namespace

void Unsynced::lose(Loss loss, std::uint64_t seed) {
  if (loss == Loss::Nothing) return;
  std::mt19937_64 random(seed);
  std::size_t names = 0;
  std::map<std::uint64_t, std::size_t> writes;  // by inode: how many stay
  for (const DiskChange& change : changes_) {
    if (change.is_name()) {
      ++names;
    } else {
      ++writes[change.file->number()];
    }
  }
  const auto some = [&](std::size_t most) {
    return loss == Loss::Dropped ? 0 : loss == Loss::Garbled ? most : random() % (most + 1);
  };
  const std::size_t names_kept = some(names);
  std::map<std::uint64_t, std::size_t> seen = writes;
  for (auto& [inode, count] : writes) count = some(count);
  // backwards, so that each change is undone in the state it led to
  for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
    if (change->is_name()) {
      if (names-- > names_kept) undo(*change);
      continue;
    }
    const std::uint64_t inode = change->file->number();
    const std::size_t number = seen[inode]--;
    if (number > writes[inode]) {
      undo(*change);
    } else if (loss == Loss::Garbled || number == writes[inode]) {
      change->file->put(change->offset, random_bytes(random, change->size));
    }
  }
  changes_.clear();
  beginning_.clear();
}

}  // namespace agon
