#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "graphs/experiment/scene.h"
#include "graphs/experiment/variables.h"

namespace agon {

/// State of one written call in one scene. It is read as the draw found it, however often it moves.
class Scene::State final : public KeptState {
 public:
  State(Scene& scene, KeptCall* kept, std::string name, DrawSource& draws)
      : scene_(scene), kept_(kept), name_(std::move(name)), draws_(draws) {}

  bool looking() const override { return scene_.settings_.looking; }
  DrawSource& draws() override { return draws_; }

  Value read(const std::string& part, const Tensor& like) override {
    const VariableDecl decl{.name = name_ + "/" + part,
                            .type = like.value.type(),
                            .file = file_form(like),
                            .role = VariableDecl::Role::State,
                            .network = "",
                            .weights_file = "",
                            .weights_name = ""};
    const VariableDecl* known = known_part(decl);
    if (known == nullptr && looking() && !scene_.settings_.alone) {
      const Experiment& e = scene_.system_.experiment;
      // another stage may read it
      if (e.stage_steps != e.steps)
        return scene_.graph_.constant(0, decl.type.dtype, decl.type.shape);
      throw GraphError("nothing in training reads it, so there is nothing to look at");
    }
    if (known == nullptr && kept_ != nullptr) kept_->parts.push_back(decl);
    if (known != nullptr && known->type != decl.type) {
      throw GraphError(fmt::format("keeps {} in training, got {} here; keep what has no batch axis",
                                   to_text(known->type.shape), to_text(decl.type.shape)));
    }
    return scene_.variable_at_start(decl);
  }

  void move(const std::string& part, const Tensor& value) override {
    if (scene_.logging_ && !kept_->logged) return;
    scene_.set_variable(name_ + "/" + part, value.value);
  }

 private:
  const VariableDecl* known_part(const VariableDecl& decl) const {
    if (kept_ == nullptr) return nullptr;
    const auto it = std::find_if(kept_->parts.begin(), kept_->parts.end(),
                                 [&](const VariableDecl& p) { return p.name == decl.name; });
    return it == kept_->parts.end() ? nullptr : &*it;
  }

  Scene& scene_;
  KeptCall* kept_;  // null when looking at what training does not keep
  std::string name_;
  DrawSource& draws_;
};

namespace {

/// Texts of the calls of `word` in an expression, in written order, each once.
void collect_calls(const Expr& e, const std::string& word, std::vector<std::string>& texts) {
  if (e.kind == ExprKind::Call && e.callee().is_name(word)) {
    const std::string text = canonical_text(e);
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
  }
  for (const Expr& operand : e.operands) collect_calls(operand, word, texts);
  for (const ExprOption& option : e.options) collect_calls(option.value, word, texts);
}

}  // namespace

Scene::KeptCallName Scene::kept_call(const std::string& word, const std::string& text) {
  for (KeptCall& kept : system_.kept_calls) {
    if (kept.text == text) return {&kept, kept.name};
  }
  const Frame& frame = frames_.back();
  std::vector<std::string> texts;
  collect_calls(*frame.root, word, texts);
  const auto n = std::find(texts.begin(), texts.end(), text) - texts.begin() + 1;
  const std::string name = fmt::format("{}/{}{}", frame.path, word, n);
  if (settings_.looking) return {nullptr, name};
  system_.kept_calls.push_back({text, name, {}, logging_});
  return {&system_.kept_calls.back(), name};
}

Scene::~Scene() = default;

KeptState* Scene::state(const std::string& word, const std::string& text) {
  const auto [kept, name] = kept_call(word, text);
  states_.push_back(std::make_unique<State>(*this, kept, name, stream_draws(name, true)));
  return states_.back().get();
}

std::optional<bool> Scene::due(std::int64_t period, const Expr& term) {
  if (settings_.looking) return true;
  periods_.emplace(period, &term);
  const bool due = !settings_.due || settings_.due->contains(period);
  partial_ = partial_ || !due;
  return due;
}

std::optional<double> Scene::param(const std::string& name) {
  const auto& params = system_.experiment.params;
  const auto it = params.find(name);
  return it == params.end() ? std::nullopt : std::optional(it->second);
}

}  // namespace agon
