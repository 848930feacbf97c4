#pragma once
#include "engine/runtime/cuda/driver.h"

namespace agon {

/// The emulated driver, except that what is given back is gone even where the call is made to fail:
/// what is left over then is the fault of those who never tried. Counts contexts, which the
/// emulation does not.
const CudaDriver& giving_driver();
int contexts_held();

}  // namespace agon
