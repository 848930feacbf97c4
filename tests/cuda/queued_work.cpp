#include "tests/cuda/queued_work.h"

#include <unordered_map>
#include <unordered_set>

namespace agon::emulation {

Works in_some_order(const Works& works, std::mt19937_64& random) {
  std::unordered_map<const Work*, std::vector<std::size_t>> followers;
  for (const WorkPtr& work : works) followers[work.get()];
  std::vector<int> waits_for(works.size(), 0);
  for (std::size_t i = 0; i < works.size(); ++i) {
    for (const WorkPtr& before : works[i]->after) {
      const auto at = followers.find(before.get());
      if (at == followers.end()) continue;
      at->second.push_back(i);
      ++waits_for[i];
    }
  }
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < works.size(); ++i)
    if (waits_for[i] == 0) ready.push_back(i);
  Works order;
  while (!ready.empty()) {
    std::swap(ready[random() % ready.size()], ready.back());
    const std::size_t chosen = ready.back();
    ready.pop_back();
    order.push_back(works[chosen]);
    for (const std::size_t follower : followers[works[chosen].get()])
      if (--waits_for[follower] == 0) ready.push_back(follower);
  }
  return order;
}

Works needed_for(const Works& last, const Works& works) {
  std::unordered_set<const Work*> needed;
  std::vector<const Work*> open;
  const auto need = [&](const WorkPtr& work) {
    if (!work->done && needed.insert(work.get()).second) open.push_back(work.get());
  };
  for (const WorkPtr& work : last) need(work);
  while (!open.empty()) {
    const Work* work = open.back();
    open.pop_back();
    for (const WorkPtr& before : work->after) need(before);
  }
  Works chosen;
  for (const WorkPtr& work : works)
    if (needed.contains(work.get())) chosen.push_back(work);
  return chosen;
}

}  // namespace agon::emulation
