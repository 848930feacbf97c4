#pragma once
#include <cstdio>
#include <string>
#include <string_view>

namespace agon {

/// Where a command's text goes: lines to standard output, warnings and errors to standard error,
/// both into the run's log once there is one. A progress line is rewritten in place on a terminal
/// and never reaches anything else. What a reader closed is written no more, without complaint.
class Console {
 public:
  Console() : Console(stdout, stderr) {}
  Console(std::FILE* out, std::FILE* err);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// Appends everything from now on to the file. Throws Error(CantCreate).
  void open_log(const std::string& path);

  /// One line or several; control characters other than newlines are shown escaped.
  void line(std::string_view text = {});
  /// The same on standard error.
  void complain(std::string_view text);
  /// For the log alone.
  void log_only(std::string_view text);

  /// Whether `progress` shows anything: standard output is a terminal that can go back in a line.
  bool is_terminal() const { return is_terminal_; }
  /// Replaces the progress line. Cut to the width of the terminal.
  void progress(std::string_view text);
  void clear_progress();

 private:
  void write(std::FILE* to, const std::string& text);

  std::FILE* out_;
  std::FILE* err_;
  std::FILE* log_ = nullptr;
  bool is_terminal_;
  bool showing_progress_ = false;
};

/// Opens /dev/null for each standard stream that the process was started without, so that no file
/// opened later takes its place and is written into.
void fill_standard_streams();

/// Control characters and invalid UTF-8 escaped in each line; newlines stay.
std::string printable_lines(std::string_view text);

/// A word of the user's for an error message: escaped, at most 80 characters.
std::string shown(std::string_view text);

}  // namespace agon
