// Runs npm-connector, the program, and tells how it went.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/testing/temp_folder.h"

namespace testing_util {

struct ProgramRun {
  int exit_code = 0;   // minus the signal that ended it
  std::string output;  // standard output and standard error
  std::size_t peak_kib = 0;
  std::chrono::steady_clock::duration duration;
};

// Starts it with the token in the environment and both outputs going to the file `output`.
inline pid_t StartConnector(std::vector<std::string> arguments, const std::string& token, const std::string& output) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::setenv("BATON_ACCESS_TOKEN", token.c_str(), 1);
  arguments.insert(arguments.begin(), "npm-connector");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::execv(CONNECTOR_PROGRAM, argv.data());
  ::_exit(127);
}

inline ProgramRun RunConnector(const std::vector<std::string>& arguments, const std::string& token = "npm_token") {
  const TempFolder folder;
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = StartConnector(arguments, token, folder.File("output"));
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  ProgramRun run;
  run.duration = std::chrono::steady_clock::now() - start;
  run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  run.peak_kib = static_cast<std::size_t>(usage.ru_maxrss);
  run.output = ReadBytes(folder.File("output"));
  return run;
}

}  // namespace testing_util
