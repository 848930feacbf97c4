#pragma once
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace agon::emulation {

/// Something a device is to do, and what has to be done before.
struct Work {
  std::function<void()> act;  // null: nothing is to be done; throws Trouble
  std::vector<std::shared_ptr<Work>> after;
  bool done = false;
};
using WorkPtr = std::shared_ptr<Work>;
using Works = std::vector<WorkPtr>;

/// `works`, given so that each stands behind what it comes after, in another such order drawn by
/// `random`. What a work comes after and is not among them counts as done.
Works in_some_order(const Works& works, std::mt19937_64& random);

/// Those of `works` that are among `last` or have to be done before one of them, in the given
/// order.
Works needed_for(const Works& last, const Works& works);

}  // namespace agon::emulation
