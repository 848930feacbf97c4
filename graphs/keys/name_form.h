#pragma once
#include "graphs/keys/forms.h"

namespace agon {

/// A file's own name, which is also the folder of what it makes.
Form<Text> experiment_name();

}  // namespace agon
