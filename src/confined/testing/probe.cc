// A program that tries what it should not be able to do when it is confined, for program_test.cc.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

void Tell(const char* name, bool got) { std::printf("%s %s\n", name, got ? "got" : "refused"); }

bool Connects(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return fd >= 0 && connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// Another process' memory; its own will do.
bool Reads(pid_t process) {
  char from = 'x';
  char to = 0;
  const iovec local = {&to, 1};
  const iovec remote = {&from, 1};
  return process_vm_readv(process, &local, 1, &remote, 1, 0) == 1;
}

bool Forks() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  return child > 0 && waitpid(child, nullptr, 0) == child;
}

// In place of itself, so that this needs no fork: what it starts says that it was started.
void Executes() {
  std::fflush(stdout);
  execl("/bin/echo", "echo", "exec got", nullptr);
  const int fd = open("/bin/echo", O_RDONLY);
  if (fd >= 0) {
    char name[] = "echo";
    char words[] = "exec got";
    char* const arguments[] = {name, words, nullptr};
    char* const nothing[] = {nullptr};
    fexecve(dup2(fd, 100) == 100 ? 100 : fd, arguments, nothing);
  }
  Tell("exec", false);
}

void Attack(int port, const char* secret, int held) {
  char byte = 0;
  const int file = open(secret, O_RDONLY);
  Tell("read", file >= 0 && read(file, &byte, 1) == 1);
  Tell("write", open(secret, O_WRONLY | O_APPEND) >= 0);
  Tell("create", open("/tmp", O_TMPFILE | O_WRONLY, 0600) >= 0);
  Tell("rename", rename(secret, (std::string(secret) + ".away").c_str()) == 0 &&
                     rename((std::string(secret) + ".away").c_str(), secret) == 0);
  Tell("connect", Connects(port));
  Tell("inherited", fcntl(held, F_GETFD) >= 0);
  Tell("fork", Forks());
  Tell("trace", Reads(getpid()));
  Tell("environment", std::getenv("STRONGROOM_PROBE_SECRET") != nullptr);
  Executes();
}

int Echo() {
  char buffer[65536];
  while (true) {
    const ssize_t got = read(0, buffer, sizeof buffer);
    if (got <= 0) return got == 0 ? 0 : 1;
    if (std::fwrite(buffer, 1, static_cast<size_t>(got), stdout) != static_cast<size_t>(got)) return 1;
  }
}

}  // namespace

int main(int count, char** words) {
  const std::string what = count > 1 ? words[1] : "";
  if (what == "attack" && count == 5) {
    Attack(std::atoi(words[2]), words[3], std::atoi(words[4]));
    return 0;
  }
  if (what == "echo") return Echo();
  if (what == "deaf") return std::puts("no") >= 0 ? 0 : 1;
  if (what == "greedy") {
    std::vector<char> all(size_t{512} << 20, 'x');
    return all[all.size() / 2] == 'x' ? 0 : 1;
  }
  while (what == "hang") pause();
  return 1;
}
