#include "graphs/experiment/look_mistakes.h"

#include <fmt/format.h>

#include "engine/base/text.h"
#include "graphs/experiment/names.h"
#include "graphs/experiment/variables.h"

namespace agon {

namespace {

bool is_inside(const std::string& path, const std::string& section) {
  return path.starts_with(section) && (path.size() == section.size() ||
                                       path[section.size()] == '.' || path[section.size()] == '[');
}

/// A look evaluated once more, some other way, for its mistakes alone.
class Trial {
 public:
  Trial(const System& system, const Look& look, std::int64_t batch,
        const std::vector<const Named<Expr>*>& with)
      : system_(system.experiment, system.ops), graph_(system.ops) {
    declare_networks(system_);
    declare_variables(system_);
    const Value zero = graph_.constant(0, DType::F64);
    scene_ = std::make_unique<Scene>(system_, graph_,
                                     SceneSettings{.batch = batch,
                                                   .looking = true,
                                                   .stream_prefix = "",
                                                   .step = zero,
                                                   .draw = zero,
                                                   .alone = true});
    if (look.define) look.define(*scene_);
    for (const Named<Expr>* replaced : with) scene_->replace(*replaced);
  }

  /// Whether a mistake at that place is met.
  bool meets(const Look& look, const Origin& mistake) {
    for (const Expr* expression : look.expressions) {
      attempt(expression->origin, [&] { scene_->evaluate(*expression, "look", "step"); });
    }
    for (const Named<Expr>* loss : look.losses) attempt(loss->origin, [&] { scene_->loss(*loss); });
    return has_error_at(system_.diagnostics.sorted(), mistake);
  }

  std::optional<Term> value(const Named<Expr>& definition) {
    std::optional<Term> term;
    attempt(definition.origin, [&] { term = scene_->step_value(definition); });
    return term;
  }

 private:
  template <class F>
  void attempt(const Origin& where, const F& evaluate) {
    try {
      evaluate();
    } catch (...) {
      system_.report_current_exception(where);
    }
  }

  System system_;
  Graph graph_;
  std::unique_ptr<Scene> scene_;
};

bool same_kind(const Term& a, const Term& b) {
  if (a.number() != nullptr && b.number() != nullptr) return true;
  const Tensor* x = a.as_tensor();
  const Tensor* y = b.as_tensor();
  if (x == nullptr || y == nullptr) return a.described() == b.described();
  return x->shape() == y->shape() && is_floating(x->dtype()) == is_floating(y->dtype());
}

class Telling {
 public:
  Telling(const System& system, Look look) : system_(system), look_(std::move(look)) {}

  Diagnostic told(Diagnostic found) const {
    const bool own = is_inside(found.origin.path, look_.name);
    if (own && (look_.with.empty() || is_inside(found.origin.path, look_.name + ".with")))
      return found;
    const std::int64_t trained = system_.experiment.batch;
    // what is wrong whoever evaluates it is no matter of the look
    if (!own && Trial(system_, look_, trained, {}).meets(look_, found.origin)) return found;
    std::vector<std::string> causes;
    for (const Named<Expr>* with : look_.with) {
      Trial without(system_, look_, look_.batch, all_but(*with));
      if (without.meets(look_, found.origin)) continue;
      if (const auto blamed = misfit(found, *with, without)) return *blamed;
      causes.push_back(fmt::format("{} is '{}' ({})", with->name, canonical_text(with->value),
                                   place_text(with->origin, found.origin)));
    }
    if (own) return found;
    found.message +=
        fmt::format("; in {} ({})", look_.name, place_text(look_.origin, found.origin));
    if (!causes.empty()) {
      found.message += ", where " + joined(causes, " and ");
    } else if (look_.batch != trained) {
      found.message += fmt::format(", whose batch is {}", look_.batch);
    }
    return found;
  }

 private:
  std::vector<const Named<Expr>*> all_but(const Named<Expr>& one) const {
    std::vector<const Named<Expr>*> others = look_.with;
    std::erase(others, &one);
    return others;
  }

  /// The mistake as one of a `with` without which there is none, where that is of another shape
  /// than what it replaces.
  std::optional<Diagnostic> misfit(const Diagnostic& found, const Named<Expr>& with,
                                   Trial& without) const {
    const Named<Expr>* original = system_.find_step(with.name);
    if (original == nullptr) return std::nullopt;
    const auto before = without.value(*original);
    Trial as_written(system_, look_, look_.batch, look_.with);
    const auto now = as_written.value(with);
    if (!before || !now || same_kind(*before, *now)) return std::nullopt;
    return Diagnostic{
        Severity::Error, with.origin,
        fmt::format("'{}' is {} where step.{} ({}) is {}: {} ({}): {}", canonical_text(with.value),
                    now->described(), with.name, place_text(original->origin, with.origin),
                    before->described(), found.origin.path, place_text(found.origin, with.origin),
                    found.message)};
  }

  const System& system_;
  Look look_;
};

}  // namespace

LookMistakes::LookMistakes(System& system, Look look) : system_(system) {
  auto telling = std::make_shared<const Telling>(system, std::move(look));
  system.retell = [telling](Diagnostic found) { return telling->told(std::move(found)); };
}

LookMistakes::~LookMistakes() {
  system_.retell = nullptr;
}

}  // namespace agon
