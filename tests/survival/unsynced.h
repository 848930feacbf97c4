#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/survival/disk_change.h"
#include "tests/survival/traced_call.h"

namespace agon {

/// What a power cut does to what was not flushed to the disk.
enum class Loss {
  Nothing,  // the process alone was killed
  Dropped,  // all of it is lost
  Garbled,  // names are as they were last, unflushed ranges of files hold other bytes
  Torn,     // a part of it is lost: names up to some point in time, of each file its first writes,
            // of which the last one is garbled
};
inline constexpr std::array kLosses = {Loss::Nothing, Loss::Dropped, Loss::Garbled, Loss::Torn};
const char* name_of(Loss loss);

/// Follows the file calls of programs, one after another, and knows what a power cut at this moment
/// may take away, by what POSIX promises:
///   - bytes written, and sizes, are on the disk after fsync or fdatasync of the file;
///   - a name made, moved or removed is so on the disk after fsync of its folder. A folder once
///     flushed is flushed with all that happened in it; fsync of a file does not keep its name;
///   - bytes whose flush failed are never safe again, even when a later flush of the same file
///     succeeds (Linux marks them clean: Rebello et al. 2020).
/// Not modelled: what O_SYNC, sync() and syncfs() would keep (nothing is taken to be kept); names
/// in another order than they were made in; bytes of a sector beside the ones written; bytes
/// written anew after their flush failed (taken to be lost all the same); renames from one folder
/// to another, hard and symbolic links, which throw; modes and times, which agon never reads.
class Unsynced {
 public:
  /// `attic`: an empty folder on the same file system, for copies of what is removed.
  explicit Unsynced(std::string attic);
  Unsynced(const Unsynced&) = delete;
  Unsynced& operator=(const Unsynced&) = delete;

  /// Both for every call, before it is made and after. Throws std::runtime_error for a rename from
  /// one folder to another.
  void before(const TracedCall& call);
  void after(const TracedCall& call, std::int64_t result);

  /// Makes the files what a power cut could leave of them; what is then there is on the disk. No
  /// program may be running.
  void lose(Loss loss, std::uint64_t seed);

  /// How many changes a power cut could take away, of names and of bytes.
  std::size_t size() const { return changes_.size(); }

 private:
  DiskChange change_by(const TracedCall& call);
  std::string kept(const std::string& path);
  void flushed(const std::string& path, bool failed);
  void flushed_folder(const std::string& folder);

  std::string attic_;
  std::size_t in_attic_ = 0;
  std::vector<DiskChange> changes_;        // in the order of time
  std::map<pid_t, DiskChange> beginning_;  // calls under way, by thread
};

}  // namespace agon
