#include "chaos_network.h"

#include <unistd.h>

#include <sstream>

#include "child_process.h"

namespace strongroom {
namespace {

// "ip ..." in words.
Status Ip(const std::string& words) {
  std::vector<std::string> arguments = {"ip"};
  std::istringstream text(words);
  for (std::string word; text >> word;) arguments.push_back(word);
  ASSIGN_OR_RETURN(const ProgramOutput done, RunProgram(arguments, {}, 20'000));
  if (done.exit_code == 0) return Status::Ok();
  return Status(Reason::kStorageUnavailable, "ip " + words + ": " + done.err);
}

}  // namespace

Result<std::unique_ptr<ChaosNetwork>> ChaosNetwork::Make(uint32_t count) {
  if (::geteuid() != 0) return Status(Reason::kStorageUnavailable, "network namespaces need root");
  std::unique_ptr<ChaosNetwork> made(new ChaosNetwork());
  const auto pid = static_cast<unsigned>(::getpid());
  made->tag_ = "srf" + std::to_string(pid % 100'000);
  made->database_net_ = "10." + std::to_string(180 + pid % 30) + "." + std::to_string(pid / 30 % 250);
  made->caller_net_ = "10." + std::to_string(220 + pid % 30) + "." + std::to_string(pid / 30 % 250);
  made->count_ = count;
  for (const auto& [end, net] : {std::pair{"d", made->database_net_}, {"c", made->caller_net_}}) {
    const std::string bridge = made->tag_ + end;
    RETURN_IF_ERROR(Ip("link add " + bridge + " type bridge"));
    RETURN_IF_ERROR(Ip("addr add " + net + ".1/24 dev " + bridge));
    RETURN_IF_ERROR(Ip("link set " + bridge + " up"));
  }
  for (uint32_t number = 1; number <= count; ++number) RETURN_IF_ERROR(made->AddServer(number));
  return made;
}

Status ChaosNetwork::AddServer(uint32_t number) {
  const std::string name = Name(number);
  RETURN_IF_ERROR(Ip("netns add " + name));
  RETURN_IF_ERROR(Ip("-n " + name + " link set lo up"));
  for (const auto& [end, net] : {std::pair{"d", database_net_}, {"c", caller_net_}}) {
    const std::string outer = tag_ + end + std::to_string(number);
    RETURN_IF_ERROR(Ip("link add " + outer + " type veth peer name " + end + "0 netns " + name));
    RETURN_IF_ERROR(Ip("link set " + outer + " master " + tag_ + end));
    RETURN_IF_ERROR(Ip("link set " + outer + " up"));
    RETURN_IF_ERROR(Ip("-n " + name + " addr add " + net + "." + std::to_string(10 + number) + "/24 dev " + end + "0"));
    RETURN_IF_ERROR(Ip("-n " + name + " link set " + end + "0 up"));
  }
  return Status::Ok();
}

ChaosNetwork::~ChaosNetwork() {
  for (uint32_t number = 1; number <= count_; ++number) {
    if (cut_.contains(number)) Heal(number).IgnoreError();
    Ip("netns del " + Name(number)).IgnoreError();  // and the pairs that end in it
    for (const char* end : {"d", "c"}) Ip("link del " + tag_ + end + std::to_string(number)).IgnoreError();
  }
  for (const char* end : {"d", "c"}) Ip("link del " + tag_ + end).IgnoreError();
}

Status ChaosNetwork::Cut(uint32_t number, CutKind kind) {
  cut_[number] = kind;
  if (kind == CutKind::kUnplugged) return Ip("link set " + tag_ + "d" + std::to_string(number) + " nomaster");
  RETURN_IF_ERROR(Ip("-n " + Name(number) + " route add blackhole " + DatabaseAddress() + "/32"));
  return Ip("route add blackhole " + database_net_ + "." + std::to_string(10 + number) + "/32");
}

Status ChaosNetwork::Heal(uint32_t number) {
  const CutKind kind = cut_.at(number);
  cut_.erase(number);
  if (kind == CutKind::kUnplugged)
    return Ip("link set " + tag_ + "d" + std::to_string(number) + " master " + tag_ + "d");
  RETURN_IF_ERROR(Ip("-n " + Name(number) + " route del blackhole " + DatabaseAddress() + "/32"));
  return Ip("route del blackhole " + database_net_ + "." + std::to_string(10 + number) + "/32");
}

}  // namespace strongroom
