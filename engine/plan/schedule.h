#pragma once
#include "engine/runtime/program.h"

namespace agon {

/// The schedule of a program whose instructions and places are known; `queues` of the accelerator
/// at most. Two instructions are ordered where one writes bytes that the other reads or writes
/// (places in arenas by range, scratch included; variables, inputs and constants by name), as they
/// are in the program; and two of different devices that touch the same variable, which they must
/// not do at once. An instruction goes to the queue of something it waits for, where that was
/// the last there; else to the one that has been given least work. Nothing is launched later than
/// needed: a segment of the accelerator ends where the processors are to do something that does not
/// wait for the rest of it, so that both work at the same time.
Schedule schedule(const Program& program, int queues);

}  // namespace agon
