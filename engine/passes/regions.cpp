#include "engine/passes/regions.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"
#include "engine/passes/loops.h"

namespace agon {

namespace {

constexpr int kMostAgain = 8;          // effort up to which a value is computed again
constexpr std::size_t kMostReads = 2;  // tensors read for it
constexpr std::size_t kMostMembers = 96;
constexpr std::size_t kMostCone = 40;  // members that one result brings
constexpr std::size_t kMostInputs = 32;

/// What is computed for one result: pointwise nodes of its loop that are not kept, and itself last.
struct Cone {
  std::vector<Node*> nodes;
  std::vector<Value> reads;  // distinct
};

struct Group {
  Loop loop;
  std::vector<Node*> results;
  std::set<Node*> nodes;
  std::set<Value, ValueOrder> reads;
  std::set<std::size_t> after;  // groups whose results it needs, directly
};

class RegionFinder {
 public:
  explicit RegionFinder(const Graph& graph) : order_(graph.topological_order()) {
    const auto users = graph.users();
    for (std::size_t i = 0; i < order_.size(); ++i) {
      Node* node = order_[i];
      position_[node] = i;
      loops_[node] = loop_of(*node);
      readers_[node] = users[static_cast<std::size_t>(node->id())];
    }
    for (const auto* named : {&graph.outputs(), &graph.updates()}) {
      for (const auto& [name, value] : *named) results_.insert(value.node);
    }
  }

  std::vector<Region> find() {
    for (Node* node : order_) decide_where(node);
    for (Node* node : order_) {
      if (is_result(node)) place(node);
      note_groups(node);
    }
    join_neighbours();
    std::vector<Region> regions;
    for (const Group& group : groups_) {
      if (group.results.empty()) continue;  // joined to another
      const bool fold_alone = group.nodes.size() == 1 && is_fold(*group.nodes.begin());
      if (!fold_alone) regions.push_back(region_of(group));
    }
    return regions;
  }

 private:
  bool is_kept(const Node* node) const { return kept_.contains(node); }
  bool is_fold(const Node* node) const { return node->op().folded_axes != nullptr; }
  bool is_result(const Node* node) const {
    return loops_.at(node).kind != LoopKind::None && (is_fold(node) || is_kept(node));
  }
  /// Whether the node computes a value of the loop that could also be computed again.
  bool flows(const Node* node, const Loop& loop) const {
    return !is_fold(node) && loops_.at(node) == loop && !is_kept(node);
  }

  Cone cone_of(Node* top) const {
    Cone cone;
    std::set<Node*> seen;
    std::vector<Node*> stack{top};
    while (!stack.empty()) {
      Node* node = stack.back();
      stack.pop_back();
      if (!seen.insert(node).second) continue;
      cone.nodes.push_back(node);
      for (const Value& v : node->inputs()) {
        if (flows(v.node, loops_.at(top))) {
          stack.push_back(v.node);
        } else if (std::ranges::find(cone.reads, v) == cone.reads.end()) {
          cone.reads.push_back(v);
        }
      }
    }
    return cone;
  }

  /// Keeps a pointwise value in memory where it must be, or where that is cheaper.
  void decide_where(Node* node) {
    const Loop& loop = loops_.at(node);
    if (loop.kind == LoopKind::None || is_fold(node)) return;
    const auto& readers = readers_.at(node);
    const bool needed = results_.contains(node) || std::ranges::any_of(readers, [&](const Node* r) {
                          return loops_.at(r) != loop;
                        });
    if (needed) {
      must_keep_.insert(node);
      kept_.insert(node);
      return;
    }
    const Cone cone = cone_of(node);
    int effort = 0;
    for (const Node* part : cone.nodes) effort += part->op().effort;
    const auto whole = std::ranges::count_if(
        cone.reads, [&](Value v) { return v.shape().elements() == loop.shape.elements(); });
    const bool dear = effort > kMostAgain || static_cast<std::size_t>(whole) > kMostReads;
    if ((readers.size() > 1 && dear) || cone.nodes.size() >= kMostCone) kept_.insert(node);
  }

  /// The groups whose results a value needs, directly.
  std::set<std::size_t> needs(Value v) const {
    const auto own = group_of_.find(v.node);
    if (own != group_of_.end()) return {own->second};
    return before_.at(v.node);
  }

  void note_groups(Node* node) {
    auto& before = before_[node];
    for (const Value& v : node->inputs()) before.merge(needs(v));
  }

  /// Puts a result into the group that shares most with it, or into one of its own.
  void place(Node* result) {
    const Loop& loop = loops_.at(result);
    const Cone cone = cone_of(result);
    std::size_t best = groups_.size();
    std::int64_t most = 0;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      if (groups_[g].loop != loop) continue;
      const std::int64_t shared = shared_elements(groups_[g], cone);
      if (shared > most && fits(groups_[g], cone.nodes.size(), cone.reads.size()) &&
          !needed_again(g, cone.reads)) {
        most = shared;
        best = g;
      }
    }
    if (best == groups_.size()) groups_.push_back({loop, {}, {}, {}, {}});
    Group& group = groups_[best];
    for (const Value& v : cone.reads) {
      if (is_inside(best, v)) continue;
      group.reads.insert(v);
      group.after.merge(needs(v));
    }
    group.nodes.insert(cone.nodes.begin(), cone.nodes.end());
    group.results.push_back(result);
    group_of_[result] = best;
  }

  /// A value that the group has at hand as it computes it.
  bool is_inside(std::size_t g, Value v) const {
    const auto own = group_of_.find(v.node);
    return own != group_of_.end() && own->second == g && !is_fold(v.node);
  }

  std::int64_t shared_elements(const Group& group, const Cone& cone) const {
    if (group.loop.kind == LoopKind::Scalars) return 1;
    const std::int64_t whole = group.loop.shape.elements();
    std::int64_t shared = 0;
    for (const Value& v : cone.reads) {
      const bool at_hand = group.reads.contains(v) || group.nodes.contains(v.node);
      if (at_hand && v.shape().elements() == whole) shared += whole;
    }
    for (Node* node : cone.nodes) shared += group.nodes.contains(node) ? whole : 0;
    return shared;
  }

  static bool fits(const Group& group, std::size_t nodes, std::size_t reads) {
    return group.nodes.size() + nodes <= kMostMembers && group.reads.size() + reads <= kMostInputs;
  }

  /// Whether one of `reads` depends on results of group `g` other than by values at hand.
  template <class Values>
  bool needed_again(std::size_t g, const Values& reads) const {
    std::vector<std::size_t> stack;
    for (const Value& v : reads) {
      if (is_inside(g, v)) continue;
      for (const std::size_t before : needs(v)) stack.push_back(before);
    }
    std::set<std::size_t> seen;
    while (!stack.empty()) {
      const std::size_t at = stack.back();
      stack.pop_back();
      if (at == g) return true;
      if (!seen.insert(at).second) continue;
      stack.insert(stack.end(), groups_[at].after.begin(), groups_[at].after.end());
    }
    return false;
  }

  /// Results go where they share most, which can part a group from one that it reads: those that
  /// may are one after all.
  void join_neighbours() {
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const std::set<std::size_t>& after = groups_[g].after;  // grows and shrinks by what is joined
      const auto next = [&] {
        return std::ranges::find_if(after, [&](std::size_t before) { return joins(g, before); });
      };
      for (auto it = next(); it != after.end(); it = next()) join(g, *it);
    }
  }

  bool joins(std::size_t g, std::size_t before) const {
    const Group& group = groups_[g];
    return group.loop == groups_[before].loop &&
           std::ranges::any_of(group.reads, [&](Value v) { return is_inside(before, v); }) &&
           fits(groups_[before], group.nodes.size(), group.reads.size()) &&
           !needed_again(before, group.reads);
  }

  /// All of the group `before` becomes part of `g`.
  void join(std::size_t g, std::size_t before) {
    Group from = std::move(groups_[before]);
    groups_[before] = {from.loop, {}, {}, {}, {}};
    Group& to = groups_[g];
    for (Node* result : from.results) group_of_[result] = g;
    std::erase_if(to.reads, [&](Value v) { return is_inside(g, v); });
    to.results.insert(to.results.begin(), from.results.begin(), from.results.end());
    to.nodes.merge(from.nodes);
    to.reads.merge(from.reads);
    to.after.merge(from.after);
    to.after.erase(before);
    const auto rename = [&](std::set<std::size_t>& groups) {
      if (groups.erase(before) != 0) groups.insert(g);
    };
    for (Group& group : groups_) rename(group.after);
    for (auto& [node, groups] : before_) rename(groups);
  }

  Region region_of(const Group& group) const {
    Region region;
    region.members.assign(group.nodes.begin(), group.nodes.end());
    std::ranges::sort(region.members, {}, [&](Node* node) { return position_.at(node); });
    for (Node* node : region.members) {
      const bool own = group_of_.contains(node);
      if (own && (is_fold(node) || must_keep_.contains(node) || is_read_elsewhere(node, group)))
        region.results.push_back(node);
    }
    return region;
  }

  bool is_read_elsewhere(Node* node, const Group& group) const {
    for (const Group& other : groups_) {
      if (&other != &group && other.reads.contains(node->out())) return true;
    }
    return false;
  }

  std::vector<Node*> order_;
  std::unordered_map<const Node*, std::size_t> position_;
  std::unordered_map<const Node*, Loop> loops_;
  std::unordered_map<const Node*, std::vector<Node*>> readers_;
  std::set<const Node*> results_;  // outputs and updates of the graph
  std::set<const Node*> must_keep_;
  std::set<const Node*> kept_;
  std::vector<Group> groups_;
  std::unordered_map<const Node*, std::size_t> group_of_;  // of a result
  std::unordered_map<const Node*, std::set<std::size_t>> before_;
};

}  // namespace

std::vector<Region> find_regions(const Graph& graph) {
  return RegionFinder(graph).find();
}

}  // namespace agon
