#include "runners/commands/command_line.h"

int main(int argc, char** argv) {
  agon::fill_standard_streams();
  agon::Console console;
  return agon::run_command_line(argc, argv, console);
}
