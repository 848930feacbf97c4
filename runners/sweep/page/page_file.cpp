#include "runners/sweep/page/page_file.h"

#include "engine/runtime/durable_file.h"
#include "runners/sweep/page/sweep_page.h"

namespace agon {

void write_sweep_page(const std::string& path, const SweepFile& sweep,
                      const std::vector<SettingResult>& results) {
  const std::string page = sweep_page(sweep, results);
  DurableFile file(path);
  file.write(page);
  file.commit();
}

}  // namespace agon
