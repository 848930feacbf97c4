#include "runners/terminal/console.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace agon {

namespace {
bool can_rewrite(std::FILE* file) {
  const int descriptor = fileno(file);
  if (descriptor < 0 || isatty(descriptor) == 0) return false;
  const char* term = std::getenv("TERM");
  return term != nullptr && *term != '\0' && std::strcmp(term, "dumb") != 0;
}

std::size_t columns_of(std::FILE* file) {
  winsize size{};
  if (ioctl(fileno(file), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}
}  // namespace

void fill_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // the lowest free number is the one that is missing
    if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) return;
  }
}

std::string printable_lines(std::string_view text) {
  std::string result;
  while (true) {
    const std::size_t end = text.find('\n');
    result += printable(text.substr(0, end));
    if (end == std::string_view::npos) return result;
    result += '\n';
    text.remove_prefix(end + 1);
  }
}

std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 80;
  if (text.size() <= kMost) return printable(text);
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return printable(text.substr(0, end)) + "...";
}

Console::Console(std::FILE* out, std::FILE* err)
    : out_(out), err_(err), is_terminal_(can_rewrite(out)) {}

Console::~Console() {
  clear_progress();
  if (log_ != nullptr) std::fclose(log_);
}

void Console::open_log(const std::string& path) {
  log_ = std::fopen(path.c_str(), "ae");
  if (log_ == nullptr)
    throw Error(ExitCode::CantCreate, "'" + path + "': cannot write: " + std::strerror(errno));
}

void Console::write(std::FILE* to, const std::string& text) {
  if (to == nullptr) return;
  std::fwrite(text.data(), 1, text.size(), to);
  std::fflush(to);
}

void Console::line(std::string_view text) {
  clear_progress();
  const std::string safe = printable_lines(text) + "\n";
  write(out_, safe);
  write(log_, safe);
}

void Console::complain(std::string_view text) {
  clear_progress();
  const std::string safe = printable_lines(text) + "\n";
  write(err_, safe);
  write(log_, safe);
}

void Console::log_only(std::string_view text) {
  write(log_, printable_lines(text) + "\n");
}

void Console::progress(std::string_view text) {
  if (!is_terminal_) return;
  const std::size_t width = columns_of(out_);
  const std::string safe = printable(text.substr(0, std::min(text.size(), width - 1)));
  write(out_, "\r\033[K" + safe);
  showing_progress_ = true;
}

void Console::clear_progress() {
  if (!showing_progress_) return;
  showing_progress_ = false;
  write(out_, "\r\033[K");
}

}  // namespace agon
