#include "tests/survival/watcher.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace agon {

namespace {
/// The step of ".../checkpoints/step-12"; 0 for any other path.
std::int64_t step_of_checkpoint(const std::string& path) {
  constexpr std::string_view kPlace = "/checkpoints/step-";
  const std::size_t at = path.find(kPlace);
  std::int64_t step = 0;
  if (at == std::string::npos) return 0;
  const char* end = path.data() + path.size();
  const auto [stop, failure] = std::from_chars(path.data() + at + kPlace.size(), end, step);
  return failure == std::errc() && stop == end ? step : 0;
}
}  // namespace

std::string to_text(const Fault& fault) {
  constexpr std::array kNames = {"nothing", "kill", "error", "short write", "flush left out"};
  std::string text = kNames[static_cast<std::size_t>(fault.what)];
  if (fault.reason != 0) text += std::string(" ") + strerrorname_np(fault.reason);
  return text + (fault.lasting ? " from call " : " at call ") + std::to_string(fault.call);
}

bool can_fail_with(const TracedCall& call, int reason) {
  const bool makes = call.kind == CallKind::MakeFolder ||
                     (call.kind == CallKind::Open && (call.flags & O_CREAT) != 0);
  switch (reason) {
    case EIO:
      return true;
    case ENOSPC:
    case EDQUOT:
      return makes || call.kind == CallKind::Write || call.kind == CallKind::Rename ||
             call.kind == CallKind::Flush;
    case EMFILE:
    case ENFILE:
      return call.kind == CallKind::Open;
    default:
      return false;
  }
}

bool Watcher::counts(const TracedCall& call) const {
  return counted_ == Counted::All || (changes_files(call) && !call.path.ends_with("/log.txt"));
}

bool Watcher::is_at_fault(const TracedCall& call) const {
  if (fault_.what == Fault::What::None || calls_.size() < fault_.call) return false;
  if (calls_.size() == fault_.call) return true;
  return fault_.lasting && can_fail_with(call, fault_.reason);
}

Verdict Watcher::before(const TracedCall& call) {
  unsynced_.before(call);
  lying_ = false;
  if (counts(call)) {
    calls_.push_back(call);
    if (fault_.killed_behind_save > 0 && saves_ == fault_.killed_behind_save)
      return {Verdict::What::Kill};
    if (is_at_fault(call)) {
      switch (fault_.what) {
        case Fault::What::Kill:
          return {Verdict::What::Kill};
        case Fault::What::Error:
          return {Verdict::What::Answer, fault_.reason};
        case Fault::What::Short:
          return {Verdict::What::Shorten};
        default:
          lying_ = true;
      }
    }
  }
  return {call.kind == CallKind::Flush ? Verdict::What::Answer : Verdict::What::GoOn};
}

void Watcher::after(const TracedCall& call, std::int64_t result) {
  if (!lying_) unsynced_.after(call, result);
  if (result < 0) return;
  if (call.kind == CallKind::Rename) named_ = std::max(named_, step_of_checkpoint(call.other));
  if (call.kind == CallKind::Flush && call.path.ends_with("/checkpoints")) {
    committed_ = named_;
    ++saves_;
  }
}

}  // namespace agon
