#pragma once
#include <string>

namespace agon {

/// An experiment on points for tests of what samples and evaluations see: `values` are lines under
/// `step:`, known without any network; the one there is has to be trained.
inline std::string looked_at(const std::string& values, const std::string& more) {
  return R"(agon: 1
name: t
data: {source: rings}
networks:
  net: {input: {x: [2]}, layers: [{dense: 2}]}
step:
  label: data.label
  z: normal([batch, 2])
  made: net(z)
)" + values +
         R"(losses:
  l: mean(made ^ 2)
  of_data: mean(data.point)
optimizers:
  o: {minimize: l, update: net, sgd: {lr: 0.1}}
train: {steps: 4, batch: 3}
)" + more;
}

}  // namespace agon
