// An export whose files are the input, under an honestly signed checkpoint of a root nobody can hit: the verifier must
// read anything without crashing and must never be content.
#include <cstdint>
#include <cstdlib>
#include <map>

#include "audit/log_source.h"
#include "audit/verifier.h"
#include "crypto/random.h"

using namespace strongroom;

namespace {

struct FuzzFiles : LogFiles {
  std::map<std::string, Bytes> files;
  Result<std::optional<Bytes>> Read(const std::string& path) const override {
    const auto found = files.find(path);
    return found == files.end() ? std::optional<Bytes>() : std::optional<Bytes>(found->second);
  }
  Result<std::vector<std::string>> List() const override {
    std::vector<std::string> paths;
    for (const auto& [path, bytes] : files) paths.push_back(path);
    return paths;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static SeededRandom random(1);
  static const Signer signer = Signer::Generate(random);
  static const VerifierKey key = *VerifierKey::Create("log.example/audit", signer.public_key());
  if (size < 2) return 0;
  const uint64_t log_size = 1 + data[0] % 8;
  const Bytes rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  const size_t split = rest.size() * data[1] / 256;
  FuzzFiles files;
  files.files[kCheckpointPath] = *SignCheckpoint({key.name, log_size, Digest{1}}, signer);
  files.files[BundlePath(0, log_size)] = rest.substr(0, split);
  files.files[TilePath(0, 0, log_size)] = rest.substr(split);
  const VerifyReport report = ExportVerifier(files, key).Verify();
  if (report.ok() || report.problem->file.empty()) std::abort();
  return 0;
}
