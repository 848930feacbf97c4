// The record of a run, lock.json, and the last row of its metrics: what lists, resuming and
// comparing take from them.
#include "runners/runs/opened_run.h"
#include "runners/runs/pinned.h"
#include "tests/fuzz/allowed.h"
#include "tests/fuzz/scratch.h"

namespace agon {
namespace {

/// What another run pinned.
const nlohmann::ordered_json& other_record() {
  static const auto record = nlohmann::ordered_json::parse(R"({
    "config": {"hash": "0"}, "seed": 1, "precision": "float32", "determinism": "run", "lanes": 2,
    "versions": {"numerics": 1}, "libraries": {"TBB": "1"}, "cpu": {"model": "x", "isa": "y"},
    "environment": {"OMP_NUM_THREADS": "1"},
    "data": [{"source": "digits", "split": "train", "count": 1,
              "files": [{"path": "a", "bytes": 1, "sha256": "0"}]}],
    "weights": [{"network": "g", "path": "b", "sha256": "0"}]})");
  return record;
}

void read_run(InputBytes lock, InputBytes metrics) {
  const RunDirectory run{scratch_folder() + "/run"};
  scratch_file("run/lock.json", lock);
  scratch_file("run/metrics.jsonl", metrics);
  run_state(run);
  const nlohmann::ordered_json record = read_lock(run);
  for (const auto differences : {machine_differences, experiment_differences, data_differences}) {
    list_text(differences(record, other_record()));
    require(differences(record, record).empty(), "a record is not other than itself");
  }
  pinned_part(record);
}

}  // namespace
}  // namespace agon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  agon::Parts parts({data, size});
  const agon::InputBytes lock = parts.part();
  agon::allow_refusal([&] { agon::read_run(lock, parts.rest()); });
  return 0;
}
