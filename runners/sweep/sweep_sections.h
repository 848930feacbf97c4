#pragma once
#include "graphs/keys/forms.h"

/// A sweep file as written (LANGUAGE.md rule 17).
namespace agon {

/// `tpe: {trials: 40, startup: 10, time: 3600}`.
struct SearchSection {
  std::optional<Whole> trials;
  std::optional<Number> time;  // seconds
  std::optional<Whole> startup;
};

struct BestSection {
  Origin origin;
  std::optional<Text> minimize;
  std::optional<Text> maximize;
};

struct AshaSection {
  Origin origin;
  Text watch;
  bool maximize = false;
  Whole from = 1;
  Number factor = 3;
};

struct MedianSection {
  Origin origin;
  Text watch;
  bool maximize = false;
  Whole from = 1;
  Whole every = 100;
  Whole startup = 5;
};

struct StopEarlySection {
  Origin origin;
  std::optional<AshaSection> asha;
  std::optional<MedianSection> median;
  bool health = false;
};

/// A value under `over`, its way of drawing unread.
struct OverItem {
  Origin origin;  // of the key
  std::string key;
  Yaml value;
};

struct SweepSections {
  Origin origin;
  Whole agon = 1;
  Text sweep;
  Text name;
  std::optional<Text> about;
  Whole seed = 1;
  std::vector<OverItem> set;
  std::vector<OverItem> over;
  Whole repeat = 1;
  std::vector<BestSection> best;
  /// The word and what stands under it; a lone word has an empty section.
  struct Method {
    std::string word;
    SearchSection section;
    Origin origin;
  };
  std::optional<Method> search;
  std::optional<StopEarlySection> stop_early;
  Whole jobs = 1;
};

const Keys<SweepSections>& sweep_keys();

}  // namespace agon
