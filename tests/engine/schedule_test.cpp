#include "engine/plan/schedule.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "tests/engine/mixed_graphs.h"
#include "tests/engine/random_graph.h"
#include "tests/engine/registry.h"

namespace agon {
namespace {

using Pace = FakeAccelerator::Pace;

/// "gpu: neg@0 mul@1(0)" for each segment: op, queue, and the queues it waits for.
std::string described(const Program& program) {
  std::vector<std::string> lines;
  for (const Segment& segment : program.schedule.segments) {
    std::string line = segment.device == Device::Gpu ? "gpu:" : "cpu:";
    if (segment.waits_for) line = fmt::format("cpu after {}:", *segment.waits_for);
    for (const Queued& item : segment.items) {
      line += " " + program.instructions[item.instruction].node->op().name;
      if (segment.device == Device::Gpu) line += fmt::format("@{}", item.queue);
      for (const int queue : item.after) line += fmt::format("({})", queue);
    }
    lines.push_back(line);
  }
  return joined(lines, "\n");
}

struct Case {
  const char* name;
  const char* graph;
  const char* schedule;
};

class Schedules : public testing::TestWithParam<Case> {};

TEST_P(Schedules, AreAsExpected) {
  MixedRun run(0, Pace::AtOnce, Inside::References);
  const auto graph = parse_graph(GetParam().graph, test_ops());
  const auto program = run.compiled(*graph, {.disabled_passes = {"fuse", "simplify"}, .queues = 2});
  EXPECT_EQ(described(*program), GetParam().schedule);
  run.expect_steps(*graph, *program, 2);
}

const Case kCases[] = {
    {"the_processors_alone_need_none", R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = tanh(%0) : f32[4]
       update "w" = %1)",
     ""},
    {"the_accelerator_alone_is_one_launch", R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = tanh(%0) @gpu : f32[4]
       update "w" = %1)",
     "gpu: tanh@0"},
    {"branches_go_to_queues_and_join", R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = tanh(%0) @gpu : f32[4]
       %2 = neg(%0) @gpu : f32[4]
       %3 = neg(%2) @gpu : f32[4]
       %4 = tanh(%1) @gpu : f32[4]
       %5 = mul(%3, %4) @gpu : f32[4]
       output "y" = %5)",
     "gpu: tanh@0 neg@1 neg@1 tanh@0 mul@0(1) download@0"},
    {"what_was_waited_for_is_not_waited_for_again", R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = tanh(%0) @gpu : f32[4]
       %2 = neg(%0) @gpu : f32[4]
       %3 = mul(%1, %2) @gpu : f32[4]
       %4 = mul(%3, %2) @gpu : f32[4]
       output "y" = %4)",
     "gpu: tanh@0 neg@1 mul@1(0) mul@1 download@1"},
    {"the_processors_wait_for_what_they_read_alone", R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = neg(%0) @gpu : f32[4]
       %2 = neg(%1) @gpu : f32[4]
       %3 = tanh(%0) @gpu : f32[4]
       %4 = mul(%3, %3) : f32[4]
       output "a" = %2
       output "b" = %4)",
     "gpu: tanh@0 download@0\ngpu: neg@0 neg@0 download@0\ncpu after 0: mul"},
    {"both_work_where_neither_reads_the_other", R"(
       %0 = input {name: "x", dtype: f32, shape: [4]} : f32[4]
       %1 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %2 = tanh(%0) : f32[4]
       %3 = tanh(%1) @gpu : f32[4]
       output "a" = %2
       output "b" = %3)",
     "gpu: tanh@0 download@0\ncpu: tanh"},
    {"what_waits_comes_behind_what_does_not", R"(
       %0 = input {name: "x", dtype: f32, shape: [4]} : f32[4]
       %1 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %2 = tanh(%1) @gpu : f32[4]
       %3 = neg(%2) : f32[4]
       %4 = tanh(%0) : f32[4]
       output "a" = %3
       output "b" = %4)",
     "gpu: tanh@0 download@0\ncpu: tanh\ncpu after 0: neg"},
    {"a_variable_is_read_by_one_at_a_time", R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = tanh(%0) @gpu : f32[4]
       %2 = neg(%0) : f32[4]
       output "a" = %1
       output "b" = %2)",
     "gpu: tanh@0 download@0\ncpu after 0: neg"},
    {"there_and_back", R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = tanh(%0) @gpu : f32[4]
       %2 = neg(%1) : f32[4]
       %3 = neg(%2) @gpu : f32[4]
       output "y" = %3)",
     "gpu: tanh@0 download@0\ncpu after 0: neg\ngpu: upload@0 neg@0 download@0"},
};

INSTANTIATE_TEST_SUITE_P(Graphs, Schedules, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string(row.param.name); });

/// What a schedule orders, worked out instruction by instruction.
class Orders {
 public:
  explicit Orders(const Program& program) : program_(program), spots_(program.instructions.size()) {
    const auto& segments = program.schedule.segments;
    std::optional<std::size_t> waited;
    for (std::size_t s = 0; s < segments.size(); ++s) {
      if (segments[s].waits_for) waited = std::max(*segments[s].waits_for, waited.value_or(0));
      std::vector<std::vector<std::size_t>> in_queue(
          static_cast<std::size_t>(program.schedule.queues));
      for (const Queued& item : segments[s].items) {
        Spot& spot = spots_[item.instruction];
        ++spot.times;
        spot.segment = s;
        spot.waited = waited;
        auto& own = in_queue.at(static_cast<std::size_t>(item.queue));
        for (const int queue : item.after) {
          const auto& other = in_queue.at(static_cast<std::size_t>(queue));
          if (!other.empty()) own.push_back(other.back());
        }
        for (const std::size_t earlier : own) follow(spot, earlier);
        own = {item.instruction};
      }
    }
  }

  void expect_each_once() const {
    for (const Spot& spot : spots_) ASSERT_EQ(spot.times, 1);
  }

  bool is_ordered(std::size_t earlier, std::size_t later) const {
    const Spot &a = spots_[earlier], &b = spots_[later];
    const bool from_gpu = is_gpu(earlier), to_gpu = is_gpu(later);
    if (from_gpu && !to_gpu) return b.waited && *b.waited >= a.segment;
    if (a.segment != b.segment) return a.segment < b.segment;
    return !from_gpu || b.follows.contains(earlier);
  }

  bool is_gpu(std::size_t i) const {
    return program_.instructions[i].node->device() == Device::Gpu;
  }

 private:
  struct Spot {
    int times = 0;
    std::size_t segment = 0;
    std::optional<std::size_t> waited;  // the last segment waited for up to here
    std::set<std::size_t> follows;      // of the same segment
  };

  void follow(Spot& spot, std::size_t earlier) {
    spot.follows.insert(earlier);
    spot.follows.insert(spots_[earlier].follows.begin(), spots_[earlier].follows.end());
  }

  const Program& program_;
  std::vector<Spot> spots_;
};

struct Used {
  Place place;
  std::size_t bytes;
  bool written;
};

std::vector<Used> used_by(const Instruction& instruction) {
  std::vector<Used> used;
  const Node& node = *instruction.node;
  for (std::size_t i = 0; i < instruction.in.size(); ++i)
    used.push_back({instruction.in[i], node.inputs()[i].type().bytes(), false});
  for (std::size_t i = 0; i < instruction.out.size(); ++i)
    used.push_back({instruction.out[i], node.outputs()[i].bytes(), true});
  used.push_back({{Place::Kind::Arena, instruction.scratch, node.device()},
                  instruction.kernel->scratch_bytes(),
                  true});
  return used;
}

bool conflict(const Used& a, const Used& b, bool same_device) {
  if (a.place.kind != b.place.kind) return false;
  if (a.place.kind == Place::Kind::Variable)
    return a.place.index == b.place.index && (a.written || b.written || !same_device);
  if (a.place.kind != Place::Kind::Arena || a.place.memory != b.place.memory) return false;
  return (a.written || b.written) && a.place.index < b.place.index + b.bytes &&
         b.place.index < a.place.index + a.bytes;
}

/// Pairs of instructions that must not be exchanged, of both devices and of one.
struct Tally {
  int across = 0;
  int within = 0;
  int free = 0;
};

void expect_ordered(const Program& program, Tally& tally) {
  const Orders orders(program);
  orders.expect_each_once();
  for (std::size_t later = 0; later < program.instructions.size(); ++later) {
    const auto mine = used_by(program.instructions[later]);
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      const bool same = orders.is_gpu(earlier) == orders.is_gpu(later);
      bool meet = false;
      for (const Used& other : used_by(program.instructions[earlier])) {
        for (const Used& own : mine) meet = meet || conflict(other, own, same);
      }
      const bool ordered = orders.is_ordered(earlier, later);
      ASSERT_TRUE(ordered || !meet) << earlier << " and " << later << "\n" << described(program);
      if (meet) ++(same ? tally.within : tally.across);
      tally.free += ordered ? 0 : 1;
    }
  }
}

TEST(ScheduleProperty, EveryHazardIsOrdered) {
  MixedRun run(0, Pace::AtOnce, Inside::FragileKernels);
  Tally tally;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto graph = random_graph(seed);
    place_at_random(*graph, seed);
    PlanOptions options{.queues = 1 + static_cast<int>(seed % 4)};
    if (seed % 3 == 1) options.disabled_passes = {"fuse", "simplify"};
    if (seed % 5 == 1) options.shuffle = seed;
    const auto program = run.compiled(*graph, options);
    if (program->schedule.segments.empty()) continue;
    ASSERT_LE(program->schedule.queues, options.queues);
    expect_ordered(*program, tally);
    if (HasFatalFailure()) FAIL() << "seed " << seed << "\n" << to_text(*program->graph);
  }
  // what the test is about must have happened
  EXPECT_GT(tally.across, 500);
  EXPECT_GT(tally.within, 500);
  EXPECT_GT(tally.free, 500);
}

}  // namespace
}  // namespace agon
