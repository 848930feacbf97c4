#pragma once
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/base/origin.h"

namespace agon {

/// What the process returns for each kind of failure (sysexits.h numbers).
enum class ExitCode : int {
  Ok = 0,
  Usage = 64,        // command line
  Data = 65,         // a data file, checkpoint or picture is wrong
  NoInput = 66,      // a named file is missing or unreadable
  Unavailable = 69,  // device, instruction set or resource absent
  Internal = 70,     // our mistake
  CantCreate = 73,   // an output place is taken or cannot be made
  Io = 74,           // read or write failed
  Stopped = 75,      // stopped on request, can be resumed
  Permission = 77,
  Config = 78,  // the experiment file is wrong
};

/// A failure a user can understand: one line, lower case, no full stop, expected against got.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// Two facts of a graph disagree (shapes, types, arity). The message names the op; the layer that
/// asked for the node adds its origin.
class GraphError : public Error {
 public:
  explicit GraphError(const std::string& message) : Error(ExitCode::Config, message) {}
};

/// A broken promise of the program itself.
class InternalError : public Error {
 public:
  explicit InternalError(const std::string& message) : Error(ExitCode::Internal, message) {}
};

enum class Severity { Error, Warning, Note };

/// One finding about a user's file.
struct Diagnostic {
  Severity severity = Severity::Error;
  Origin origin;
  std::string message;

  bool operator==(const Diagnostic&) const = default;
};

/// "error[78] file:line:column: path: message" ("warning ..." and "note ..." have no code).
std::string to_text(const Diagnostic& diagnostic);

/// Collects findings so that all of them are shown at once, in order of position, each once.
class Diagnostics {
 public:
  void error(const Origin& origin, const std::string& message);
  void warning(const Origin& origin, const std::string& message);
  void note(const Origin& origin, const std::string& message);
  void add(Diagnostic found) { found_.push_back(std::move(found)); }

  bool has_errors() const;
  /// Sorted by file, line, column; duplicates removed.
  std::vector<Diagnostic> sorted() const;
  /// Throws ConfigError if there are errors.
  void throw_if_errors() const;

 private:
  std::vector<Diagnostic> found_;
};

/// Every finding about an experiment file; what() is the lines joined by newlines.
class ConfigError : public Error {
 public:
  explicit ConfigError(std::vector<Diagnostic> diagnostics);
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace agon
