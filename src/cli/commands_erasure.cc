// Certificates of erasure: fetched from the server, verified without it.
#include "audit/erasure_note.h"
#include "cli/commands.h"
#include "cli/table.h"

namespace strongroom {
namespace {

constexpr size_t kMaxNoteBytes = 64 * 1024;

struct CertificateOptions {
  std::string code;
  std::string output;
  std::string file;
  std::string key;
};

Result<ExitCode> GetCertificate(Session& session, const CertificateOptions& options) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", UrlPath({"v1", "customers", options.code, "erasure"})));
  ASSIGN_OR_RETURN(const std::string_view note, answer.root().GetString("certificate"));
  if (options.output.empty()) {
    session.Print(std::string(note));
    return ExitCode::kOk;
  }
  RETURN_IF_ERROR(WriteWholeFile(options.output, note));
  session.Note("The certificate is in " + options.output + ".");
  return ExitCode::kOk;
}

// Needs no server: the file and the public key of the compartment's log are all.
Result<ExitCode> VerifyCertificate(Session& session, const CertificateOptions& options) {
  ASSIGN_OR_RETURN(const VerifierKey key, VerifierKey::Parse(options.key));
  ASSIGN_OR_RETURN(const std::string note, ReadWholeFile(options.file, kMaxNoteBytes));
  ASSIGN_OR_RETURN(const OpenedErasure opened, OpenErasureNote(note, key));
  session.Print(opened.facts);
  session.PrintLine(opened.place.has_value()
                        ? "The certificate is genuine, and entry " + std::to_string(opened.place->index) +
                              " of the log " + key.name + " records it."
                        : "The certificate is genuine; it was made before its entry was merged into the log " +
                              key.name + ".");
  return ExitCode::kOk;
}

}  // namespace

void AddErasureCommands(CommandLine& line) {
  line.Group("erasure", "Certificates of erasure");
  auto get = std::make_shared<CertificateOptions>();
  line.Add("erasure certificate", "Fetch the signed certificate of an erasure")
      .Positional("CODE", get->code, "the code of the customer who was erased")
      .Text("--output,-o", get->output, "FILE", "default: printed")
      .Example("strongroom erasure certificate 7K3F-9QWM-2 -o certificate.txt")
      .Run([get](Session& session) { return GetCertificate(session, *get); });

  auto verify = std::make_shared<CertificateOptions>();
  line.Add("erasure verify", "Verify a certificate of erasure offline: signature, and its place in the log")
      .Positional("FILE", verify->file, "the certificate")
      .RequiredText("--key", verify->key, "VKEY", "the verifier key of the compartment's log")
      .Example("strongroom erasure verify certificate.txt --key 'strongroom/main-1a2b3c4d+1f2e3d4c+AT...'")
      .Run([verify](Session& session) { return VerifyCertificate(session, *verify); });
}

}  // namespace strongroom
