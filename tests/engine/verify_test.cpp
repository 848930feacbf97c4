#include <gtest/gtest.h>

#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "ops/pointwise/pointwise.h"
#include "tests/engine/random_graph.h"
#include "tests/engine/registry.h"

namespace agon {
namespace {

const Type kVector{DType::F32, {3}};

struct Fault {
  const char* name;
  std::function<void(Graph& graph, Graph& other)> make;
  const char* message;
};

const Fault kFaults[] = {
    {"input_of_another_graph",
     [](Graph& g, Graph& other) {
       Value y = neg(g.input("x", kVector));
       g.replace_input(*y.node, 0, other.input("x", kVector));
     },
     "node 1 (neg): reads a node that is not in the graph"},
    {"output_of_another_graph",
     [](Graph& g, Graph& other) { g.set_output("y", other.input("x", kVector)); },
     "output 'y': reads a node that is not in the graph"},
    {"update_of_another_graph",
     [](Graph& g, Graph& other) { g.set_update("w", other.input("x", kVector)); },
     "update 'w': reads a node that is not in the graph"},
    {"no_such_output",
     [](Graph& g, Graph&) {
       g.set_output("y", {g.input("x", kVector).node, 1});
     },
     "output 'y': reads output 1 of node 0 (input) which has 1"},
    {"cycle",
     [](Graph& g, Graph&) {
       Value a = neg(g.input("x", kVector));
       Value b = tanh(a);
       g.replace_input(*a.node, 0, b);
     },
     "the graph has a cycle"},
    {"type_not_inferred",
     [](Graph& g, Graph&) {
       Value y = neg(g.input("x", kVector));
       g.replace_input(*y.node, 0, g.input("z", {DType::F32, {4}}));
     },
     "node 1 (neg): is f32[3], but its inputs give f32[4]"},
    {"inference_fails",
     [](Graph& g, Graph&) {
       Value y = g.input("x", kVector) + g.input("z", kVector);
       g.replace_input(*y.node, 0, g.input("i", {DType::I32, {3}}));
     },
     "node 2 (add): expects"},
    {"update_of_another_type",
     [](Graph& g, Graph&) {
       g.variable("w", kVector);
       g.set_update("w", g.input("x", {DType::F32, {4}}));
     },
     "update 'w' is f32[4], the variable is f32[3]"},
    {"attributes_that_do_not_print",
     [](Graph& g, Graph&) {
       g.add("scaled", {g.input("x", kVector)}, OneNameForTwo{1, 2});
     },
     "node 1 (scaled): attributes {by: 1, by: 2} do not survive printing"},
};

class VerifierFaults : public testing::TestWithParam<Fault> {};

TEST_P(VerifierFaults, AreFound) {
  Graph other(test_ops());
  Graph graph(test_ops());
  GetParam().make(graph, other);
  try {
    verify(graph);
    FAIL() << "accepted";
  } catch (const InternalError& e) {
    EXPECT_EQ(std::string(e.what()).substr(0, std::string(GetParam().message).size()),
              GetParam().message);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, VerifierFaults, testing::ValuesIn(kFaults),
                         [](const auto& fault) { return std::string(fault.param.name); });

TEST(Verifier, NamesTheUsersPlace) {
  Graph graph(test_ops());
  Value x = graph.input("x", kVector);
  const Graph::OriginScope scope(graph, Origin{"gan.yaml", 4, 7, "losses.g"});
  Value y = neg(x);
  graph.replace_input(*y.node, 0, graph.input("z", {DType::F32, {4}}));
  try {
    verify(graph);
    FAIL() << "accepted";
  } catch (const InternalError& e) {
    EXPECT_NE(std::string(e.what()).find("gan.yaml:4:7"), std::string::npos) << e.what();
  }
}

TEST(Verifier, AcceptsWhatIsWellFormed) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) verify(*random_graph(seed));
}

}  // namespace
}  // namespace agon
