#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "graphs/experiment/checks.h"

namespace agon {

namespace {

/// Whether differentiating y would give one of the xs a gradient.
bool gradient_reaches(Value y, std::span<const Value> xs) {
  const std::unordered_set<Value> wanted(xs.begin(), xs.end());
  std::unordered_set<const Node*> seen;
  std::vector<Value> open = {y};
  while (!open.empty()) {
    const Value v = open.back();
    open.pop_back();
    if (wanted.contains(v)) return true;
    if (!is_floating(v.dtype()) || v.node->op().stops_gradient) continue;
    if (!seen.insert(v.node).second) continue;
    for (const Value& in : v.node->inputs()) open.push_back(in);
  }
  return false;
}

std::string targets_of(const Named<OptimizerSection>& optimizer) {
  std::vector<std::string> names;
  for (const Text& target : optimizer.value.update) names.push_back(target.text);
  return joined(names, " and ");
}

/// Takes a formula apart at its sums, through the names of losses and step values.
class SummandWalk {
 public:
  SummandWalk(System& system, const Scene& scene, const Named<OptimizerSection>& optimizer,
              std::span<const Value> xs)
      : system_(system), scene_(scene), optimizer_(optimizer), xs_(xs) {}

  /// `path`: of the definition that holds e.
  void visit(const Expr& e, const std::string& path) {
    if (e.kind == ExprKind::Unary && e.op == Operator::Negate) return visit(e.operands[0], path);
    if (e.kind == ExprKind::Binary && visit_binary(e, path)) return;
    if (e.kind == ExprKind::Name) {
      const Named<Expr>* named = system_.find_loss(e.name);
      if (named == nullptr) named = system_.find_step(e.name);
      if (named != nullptr) return visit(named->value, named->origin.path);
    }
    note(e, path);
  }

 private:
  /// A sum inside a product or a quotient: "(norm(x) - 1) / n" is a formula, its constant no slip.
  void visit_scaled(const Expr& e, const std::string& path) {
    ++scaled_;
    visit(e, path);
    --scaled_;
  }

  bool visit_binary(const Expr& e, const std::string& path) {
    const Expr& a = e.operands[0];
    const Expr& b = e.operands[1];
    if (e.op == Operator::Add || e.op == Operator::Subtract) {
      // "1 - ssim(a, b)" says on purpose where the best is
      if (e.op == Operator::Add || a.kind != ExprKind::Number) visit(a, path);
      visit(b, path);
      return true;
    }
    if (e.op != Operator::Multiply && e.op != Operator::Divide) return false;
    const double* left = e.op == Operator::Multiply ? number(a) : nullptr;
    const double* right = number(b);
    if ((left == nullptr) == (right == nullptr)) return false;
    // a factor of 0 drops its term (rule 11)
    if (*(left != nullptr ? left : right) != 0) visit_scaled(left != nullptr ? b : a, path);
    return true;
  }

  const double* number(const Expr& e) const {
    const Term* term = scene_.made_of(e);
    return term == nullptr ? nullptr : term->number();
  }

  void note(const Expr& e, const std::string& path) {
    const Term* term = scene_.made_of(e);
    if (term == nullptr) return;
    const double* constant = term->number();
    const Tensor* tensor = term->as_tensor();
    if (constant == nullptr && tensor == nullptr) return;
    if (constant != nullptr && (*constant == 0 || scaled_ > 0)) return;
    const auto [it, fresh] =
        system_.findings.summands.try_emplace({e.origin.file, e.origin.line, e.origin.column});
    Findings::Summand& summand = it->second;
    if (fresh) {
      summand.origin = e.origin;
      if (summand.origin.path.empty()) summand.origin.path = path;
      summand.text = canonical_text(e);
      summand.optimizer = optimizer_.name;
      summand.targets = targets_of(optimizer_);
    }
    if (constant != nullptr) summand.constant = *constant;
    if (tensor != nullptr && gradient_reaches(tensor->value, xs_)) summand.reaches = true;
  }

  System& system_;
  const Scene& scene_;
  const Named<OptimizerSection>& optimizer_;
  std::span<const Value> xs_;
  int scaled_ = 0;  // products and quotients around what is visited
};

}  // namespace

void note_summands(System& system, const Scene& scene, const Named<OptimizerSection>& optimizer,
                   std::span<const Value> xs) {
  SummandWalk(system, scene, optimizer, xs)
      .visit(optimizer.value.minimize, optimizer.origin.path + ".minimize");
}

}  // namespace agon
