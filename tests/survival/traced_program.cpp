#include "tests/survival/traced_program.h"

#if defined(__x86_64__)

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <stdexcept>

#include "tests/survival/system_calls.h"

namespace agon {

namespace {
constexpr int kNotStarted = 126;
// a program that goes round for ever ends too: nothing here computes for that long
constexpr rlim_t kMostSeconds = 300;

/// Stops the file calls alone, so that nothing else is slowed down.
bool install_filter() {
  const auto load = [](std::size_t offset) {
    return sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset));
  };
  const auto numbers = file_calls();
  const auto count = static_cast<unsigned char>(numbers.size());
  std::vector<sock_filter> filter = {
      load(offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0,
               static_cast<unsigned char>(count + 1)),
      load(offsetof(seccomp_data, nr)),
  };
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto to_trace = static_cast<unsigned char>(numbers.size() - i);
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, numbers[i], to_trace, 0));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// A stream of a child that can be read afterwards.
class Captured {
 public:
  Captured() : file_(std::tmpfile()) {
    if (file_ == nullptr) throw std::runtime_error("no file for a program's output");
  }
  ~Captured() { std::fclose(file_); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  int descriptor() const { return fileno(file_); }
  std::string text() const {
    std::string text;
    std::rewind(file_);
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) text += static_cast<char>(c);
    return text;
  }

 private:
  std::FILE* file_;
};

[[noreturn]] void become(const std::function<void()>& subject, const Captured& out,
                         const Captured& err) {
  const rlimit seconds{kMostSeconds, kMostSeconds};
  setrlimit(RLIMIT_CPU, &seconds);
  // in a program built with a sanitizer: the search for leaks cannot work under ptrace
  const char* asan = std::getenv("ASAN_OPTIONS");
  setenv("ASAN_OPTIONS", (std::string(asan == nullptr ? "" : asan) + ":detect_leaks=0").c_str(), 1);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(out.descriptor(), STDOUT_FILENO);
  dup2(err.descriptor(), STDERR_FILENO);
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(kNotStarted);
  raise(SIGSTOP);  // the parent sets its options now
  if (!install_filter()) _exit(kNotStarted);
  subject();
  _exit(0);
}

class Tracer {
 public:
  Tracer(pid_t program, std::string folder, CallObserver& observer)
      : program_(program), below_(std::move(folder) + "/"), observer_(observer) {}
  /// Also when an exception passes: no program is left behind.
  ~Tracer() {
    if (!ended_) stop();
  }
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  void follow(Ending& ending) {
    while (!ended_) {
      int status = 0;
      const pid_t thread = waitpid(-1, &status, __WALL);
      if (thread < 0) throw std::runtime_error(std::string("waitpid: ") + std::strerror(errno));
      if (WIFSTOPPED(status)) {
        on_stop(thread, status);
      } else if (thread == program_) {
        ended_ = true;
        if (WIFEXITED(status)) ending.code = WEXITSTATUS(status);
        if (WIFSIGNALED(status)) ending.signal = WTERMSIG(status);
      }
    }
  }

 private:
  struct Made {
    TracedCall call;
    user_regs_struct registers{};  // as the program had them
  };

  void stop() {
    kill(program_, SIGKILL);
    for (int status = 0; waitpid(-1, &status, __WALL) != -1;)
      if (!WIFSTOPPED(status)) continue;
  }

  void on_stop(pid_t thread, int status) {
    const int event = status >> 16;
    if (event == PTRACE_EVENT_SECCOMP) return on_call(thread);
    if (event == 0 && WSTOPSIG(status) == (SIGTRAP | 0x80)) return on_return(thread);
    // a new thread begins with a SIGSTOP of the tracing itself
    const bool own = event != 0 || WSTOPSIG(status) == SIGSTOP;
    ptrace(PTRACE_CONT, thread, nullptr, own ? 0 : WSTOPSIG(status));
  }

  bool is_watched(const std::string& path) const { return (path + "/").starts_with(below_); }

  void on_call(pid_t thread) {
    user_regs_struct registers{};
    // a thread that was killed meanwhile has no registers
    if (ptrace(PTRACE_GETREGS, thread, nullptr, &registers) != 0) return;
    const auto call = decoded(thread, registers);
    if (!call || (!is_watched(call->path) && !is_watched(call->other))) {
      ptrace(PTRACE_CONT, thread, nullptr, 0);
      return;
    }
    if (call->kind == CallKind::Foreign)
      throw std::runtime_error("not modelled: " + to_text(*call));
    const Verdict verdict = observer_.before(*call);
    if (verdict.what == Verdict::What::Kill) {
      kill(program_, SIGKILL);
      return;
    }
    const Made& made = made_[thread] = {*call, registers};
    impose(thread, verdict, made);
    ptrace(PTRACE_SYSCALL, thread, nullptr, 0);
  }

  static void impose(pid_t thread, const Verdict& verdict, const Made& made) {
    user_regs_struct changed = made.registers;
    if (verdict.what == Verdict::What::Answer) {
      changed.orig_rax = static_cast<decltype(changed.orig_rax)>(-1);  // no call is made
      changed.rax = static_cast<decltype(changed.rax)>(-verdict.reason);
    } else if (verdict.what == Verdict::What::Shorten && made.call.size > 1 &&
               (changed.orig_rax == SYS_write || changed.orig_rax == SYS_pwrite64)) {
      changed.rdx = made.call.size / 2;
    } else {
      return;
    }
    ptrace(PTRACE_SETREGS, thread, nullptr, &changed);
  }

  void on_return(pid_t thread) {
    const auto made = made_.find(thread);
    user_regs_struct registers{};
    if (made == made_.end() || ptrace(PTRACE_GETREGS, thread, nullptr, &registers) != 0) {
      ptrace(PTRACE_CONT, thread, nullptr, 0);
      return;
    }
    // compilers count on registers that the kernel leaves alone
    registers.rdx = made->second.registers.rdx;
    ptrace(PTRACE_SETREGS, thread, nullptr, &registers);
    observer_.after(made->second.call, static_cast<std::int64_t>(registers.rax));
    made_.erase(made);
    ptrace(PTRACE_CONT, thread, nullptr, 0);
  }

  pid_t program_;
  std::string below_;
  CallObserver& observer_;
  bool ended_ = false;
  std::map<pid_t, Made> made_;  // by thread, until they return
};

std::string found_obstacle() {
  struct Seen : CallObserver {
    Verdict before(const TracedCall&) override { return {Verdict::What::Answer, EIO}; }
    void after(const TracedCall&, std::int64_t result) override { seen = result == -EIO; }
    bool seen = false;
  } observer;
  try {
    trace([] { rmdir("/nowhere/at/all"); }, "/nowhere", observer);
  } catch (const std::runtime_error& failure) {
    return failure.what();
  }
  return observer.seen ? "" : "system calls cannot be changed here";
}
}  // namespace

const std::string& no_tracing() {
  static const std::string obstacle = found_obstacle();
  return obstacle;
}

Ending trace(const std::function<void()>& subject, const std::string& folder,
             CallObserver& observer) {
  const Captured out;
  const Captured err;
  std::fflush(nullptr);  // or the child writes it a second time
  const pid_t program = fork();
  if (program < 0) throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
  if (program == 0) become(subject, out, err);
  int status = 0;
  waitpid(program, &status, 0);
  if (!WIFSTOPPED(status)) throw std::runtime_error("ptrace is not permitted here");
  Tracer tracer(program, folder, observer);
  ptrace(PTRACE_SETOPTIONS, program, nullptr,
         PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
             PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC);
  ptrace(PTRACE_CONT, program, nullptr, 0);
  Ending ending;
  tracer.follow(ending);
  if (ending.code == kNotStarted) throw std::runtime_error("seccomp is not permitted here");
  ending.out = out.text();
  ending.err = err.text();
  return ending;
}

}  // namespace agon

#endif
