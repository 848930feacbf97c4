#include "runners/health/rules.h"

#include <array>

namespace agon {

namespace {
constexpr double kNone = HealthRule::kNever;

/// Where a limit is not from the paper named it was chosen on the failures of tests/failures and on
/// the shipped experiments (docs/health.md).
constexpr std::array kRules = {
    HealthRule{.signal = "not_finite",
               .measure = "not_finite",
               .above = {kNone, 0.5},
               .looks = 1,
               .meaning = "its gradient is not finite",
               .advice = "lower its learning rate, or set clip_norm"},
    HealthRule{.signal = "gradient_explosion",
               .measure = "explosion",
               .above = {10, 100},
               .looks = 3,
               .meaning = "its gradient is {} times as long as it used to be",
               .advice = "lower its learning rate, set clip_norm, or penalise the discriminator's "
                         "gradient"},
    HealthRule{.signal = "update_ratio",
               .measure = "update",
               .above = {kNone, 0.1},
               .looks = 2,
               .meaning = "a step changes its weights by {} of their length",
               .advice = "lower its learning rate"},
    HealthRule{.signal = "critic_accuracy",
               .measure = "both_right",
               .above = {0.99, kNone},
               .looks = 5,
               .grace = 0.05,
               .meaning = "it tells {} of real and of generated examples apart",
               .advice = "no failure by itself (Brock 2018, 4.2); if the generator stands still, "
                         "lower the discriminator's learning rate or penalise its gradient"},
    HealthRule{.signal = "dead_critic",
               .measure = "dead",
               .above = {kNone, 0.5},
               .looks = 3,
               .grace = 0.05,
               .meaning = "it gives every example the same score",
               .advice = "raise its learning rate, or give it other first weights"},
    HealthRule{.signal = "critic_overfitting",
               .measure = "overfit",
               .above = {0.3, 0.5},
               .looks = 3,
               .grace = 0.05,
               .meaning = "it learns its examples by heart: held-out ones are {} of the way to "
                          "generated ones",
               .advice =
                   "change real and generated examples alike before it sees them (Zhao 2020), "
                   "slow it down as it wins (Karras 2020), penalise its gradient (R1), give it "
                   "dropout, or train for fewer steps"},
    HealthRule{.signal = "vanishing_gradient",
               .measure = "vanishing",
               .below = {1e-2, 1e-4},
               .looks = 2,
               .grace = 0.1,
               .meaning = "its gradient is {} of what it was at first",
               .advice = "lower the discriminator's learning rate, or use the non-saturating loss "
                         "bce_with_logits(score, 1) (Goodfellow 2014, 3)"},
    HealthRule{
        .signal = "vanishing_gradient",
        .measure = "unheard",
        .above = {kNone, 0.99},
        .looks = 2,
        .meaning = "{} of its examples are judged where its loss has no slope",
        .advice = "use the non-saturating loss bce_with_logits(score, 1) (Goodfellow 2014, 3)"},
    HealthRule{.signal = "collapse",
               .measure = "diversity",
               .below = {0.5, 0.1},
               .looks = 2,
               .grace = 0.1,
               .meaning = "its examples differ {} times as much as the data's",
               .advice = "lower the learning rates, penalise the discriminator's gradient (R1), or "
                         "show it several examples at once (minibatch_deviation, pacgan)"},
    HealthRule{.signal = "missing_modes",
               .measure = "missing",
               .above = {0, 0.2},
               .looks = 3,
               .grace = 0.2,
               .meaning = "{} of the data's modes have no example near them",
               .advice = "penalise the discriminator's gradient (R1), or show it several examples "
                         "at once (minibatch_deviation, pacgan)"},
    HealthRule{.signal = "label_ignored",
               .measure = "label",
               .below = {0.2, 0.1},
               .looks = 3,
               .grace = 0.25,
               .meaning = "another label moves its examples {} times as far as other noise",
               .advice = "check that labels belong to their examples; give them to the "
                         "discriminator too, by projection or an auxiliary classifier"},
    HealthRule{.signal = "noise_ignored",
               .measure = "label",
               .above = {kNone, 50},
               .looks = 2,
               .grace = 0.1,
               .meaning = "another label moves its examples {} times as far as other noise",
               .advice =
                   "add a term that rewards differences (mode seeking), or lower the learning "
                   "rates"},
    HealthRule{.signal = "critic_slope",
               .measure = "slope",
               .above = {kNone, 10},
               .looks = 3,
               .grace = 0.05,
               .meaning = "its gradient at generated examples has the length {}, far from 1",
               .advice = "penalise its gradient towards 1 (Gulrajani 2017), or narrow keep:"},
    HealthRule{.signal = "critic_slope",
               .measure = "free_slope",
               .below = {-kNone, 0.1},
               .looks = 3,
               .grace = 0.05,
               .meaning = "its gradient at generated examples has the length {}, far from 1",
               .advice = "penalise its gradient towards 1 (Gulrajani 2017), or raise its learning "
                         "rate"},
    HealthRule{.signal = "weights_at_bounds",
               .measure = "at_bounds",
               .above = {0.5, kNone},
               .looks = 3,
               .grace = 0.05,
               .meaning = "{} of its weights are at the limits of keep:",
               .advice = "penalise the gradient instead (Gulrajani 2017, 3)"},
    HealthRule{.signal = "saturation",
               .measure = "saturated",
               .above = {0.5, kNone},
               .looks = 2,
               .grace = 0.1,
               .meaning = "{} more of its numbers are at the ends of the range than of the data's",
               .advice = "lower its learning rate"},
    HealthRule{.signal = "saturation",
               .measure = "still",
               .above = {0.5, 0.9},
               .looks = 2,
               .grace = 0.1,
               .meaning = "{} of the pixels that vary in the data are the same in all it makes",
               .advice = "lower its learning rate, or give its last layers other first weights"},
    HealthRule{.signal = "posterior_collapse",
               .measure = "active",
               .below = {0.25, 1e-9},
               .looks = 2,
               .grace = 0.1,
               .meaning = "{} of its units say anything of the example",
               .advice = "lower the weight of the divergence, or raise it slowly from 0"},
    HealthRule{
        .signal = "posterior_collapse",
        .measure = "divergence",
        .below = {-kNone, 0.01},
        .looks = 2,
        .grace = 0.1,
        .meaning = "its divergence from the prior is {} nat: the decoder has nothing to go by",
        .advice = "lower the weight of the divergence, or raise it slowly from 0"},
};
}  // namespace

std::span<const HealthRule> health_rules() {
  return kRules;
}

}  // namespace agon
