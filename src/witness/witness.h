// Witness: cosigns checkpoints of other people's logs (https://c2sp.org/tlog-witness), and of each only such as
// continue the last one.
//
// What it cosigned last of each log is on the disk before the cosignature leaves: a witness that forgets can be made to
// vouch for two histories.  It lies as docs/formats/witness.md says, in files that prove themselves: each is the
// checkpoint with the log's signature and our own cosignature.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "audit/checkpoint.h"
#include "audit/signed_note.h"
#include "base/clock.h"
#include "base/status.h"
#include "witness/cosignature.h"
#include "witness/state_files.h"

namespace strongroom {

struct WitnessAnswer {
  int status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";  // static storage
  std::string body;
};

// For the tests that show what flushing and the order are for; no configuration reaches them.
struct WitnessOptions {
  bool sync_for_tests = true;
  bool write_first_for_tests = true;
};

// Any thread; one request at a time takes part in a decision.
class Witness {
 public:
  // `files` and `clock` must outlive this.  `logs`: whom to cosign for; the key's name is the log's origin, several
  // keys of one name are one log's.  kDataCorrupt when what is stored of one of them was not cosigned by this key.
  static Result<std::unique_ptr<Witness>> Open(StateFiles& files, WitnessSigner signer,
                                               const std::vector<VerifierKey>& logs, const Clock& clock,
                                               WitnessOptions options = {});

  // The body of POST add-checkpoint.
  WitnessAnswer AddCheckpoint(std::string_view body);
  // GET <origin hash>/checkpoint: the newest that was cosigned.
  WitnessAnswer NewestCheckpoint(std::string_view origin_hash) const;

  const WitnessKey& key() const { return signer_.key; }

 private:
  struct Log {
    std::vector<VerifierKey> keys;
    std::string file;
    Checkpoint newest;  // size 0 and the empty tree's root until there is one
    int64_t cosigned_seconds = 0;
    std::string note;  // as stored; empty: none yet
  };

  Witness(StateFiles& files, WitnessSigner signer, const Clock& clock, WitnessOptions options)
      : files_(files), signer_(std::move(signer)), clock_(clock), options_(options) {}
  Status Load(Log& log, const std::string& origin) const;
  WitnessAnswer Cosigned(Log& log, std::string_view text, const std::string& log_line, const Checkpoint& checkpoint);
  Status Persist(const std::string& file, ByteView note);

  StateFiles& files_;
  const WitnessSigner signer_;
  const Clock& clock_;
  const WitnessOptions options_;
  mutable std::mutex mutex_;         // guards what follows
  std::map<std::string, Log> logs_;  // by origin
  bool broken_ = false;              // a write failed: what the disk holds is not known, nothing is cosigned any more
};

// SHA-256 of the origin in hexadecimal: a log's name in addresses and file names.
std::string OriginHash(std::string_view origin);

}  // namespace strongroom
