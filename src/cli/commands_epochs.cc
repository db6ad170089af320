// The epochs of the rooms' keys: rotating them, and what became of the old ones.
#include <chrono>
#include <thread>

#include "cli/commands.h"
#include "cli/table.h"

namespace strongroom {
namespace {

constexpr auto kLook = std::chrono::milliseconds(500);

struct EpochOptions {
  bool wait = false;
};

struct Counts {
  int closed = 0;       // epochs that are being emptied
  std::string failure;  // what keeps one from going on
};

Result<Counts> CountClosed(const Answer& answer) {
  Counts counts;
  ASSIGN_OR_RETURN(const JsonValue rooms, answer.root().GetArray("rooms"));
  for (const JsonValue& room : rooms) {
    if (const std::string failure = CellOf(room, "failure"); !failure.empty()) {
      counts.failure = CellOf(room, "room") + ": " + failure;
    }
    ASSIGN_OR_RETURN(const JsonValue epochs, room.GetArray("epochs"));
    for (const JsonValue& epoch : epochs) counts.closed += CellOf(epoch, "state") == "closed" ? 1 : 0;
  }
  return counts;
}

Status Print(Session& session, const Answer& answer) {
  if (session.json()) {
    session.PrintJson(answer);
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(const JsonValue rooms, answer.root().GetArray("rooms"));
  for (const JsonValue& room : rooms) {
    session.PrintLine(CellOf(room, "room"));
    if (const std::string failure = CellOf(room, "failure"); !failure.empty()) {
      session.Note("It does not go on: " + failure + ". 'strongroom doctor' says more.");
    }
    ASSIGN_OR_RETURN(const JsonValue epochs, room.GetArray("epochs"));
    session.Print(TableOf(epochs, {{"EPOCH", "epoch"},
                                   {"STATE", "state"},
                                   {"OPENED", "opened_at"},
                                   {"CLOSED", "closed_at"},
                                   {"MOVING", "moving"},
                                   {"KEYS", "moved_keys"},
                                   {"ROWS", "moved_rows"},
                                   {"EMPTY", "empty_at"},
                                   {"TO DESTROY", "destroy_at"},
                                   {"DESTROYED", "destroyed_at"}}));
    if (const std::string next = CellOf(room, "rotate_at"); !next.empty())
      session.Note("Rotated again from " + next + " on.");
  }
  return Status::Ok();
}

Result<ExitCode> ShowEpochs(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/epochs"));
  RETURN_IF_ERROR(Print(session, answer));
  return ExitCode::kOk;
}

Result<ExitCode> RotateEpochs(Session& session, const EpochOptions& options) {
  ASSIGN_OR_RETURN(Answer answer, session.Call("POST", "/v1/epochs:rotate"));
  while (options.wait) {
    ASSIGN_OR_RETURN(answer, session.Call("GET", "/v1/epochs"));
    ASSIGN_OR_RETURN(const Counts counts, CountClosed(answer));
    if (counts.closed == 0) break;
    if (!counts.failure.empty()) {
      RETURN_IF_ERROR(Print(session, answer));
      return ExitCode::kFailed;
    }
    std::this_thread::sleep_for(kLook);
  }
  RETURN_IF_ERROR(Print(session, answer));
  return ExitCode::kOk;
}

Result<ExitCode> DestroyDue(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", "/v1/epochs:destroy-due"));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  ASSIGN_OR_RETURN(const JsonValue destroyed, answer.root().GetArray("destroyed"));
  size_t count = 0;
  for (const JsonValue& one : destroyed) {
    session.PrintLine("epoch " + CellOf(one, "epoch") + " of " + CellOf(one, "room") + ": destroyed");
    ++count;
  }
  if (count == 0) session.PrintLine("nothing is due");
  return ExitCode::kOk;
}

}  // namespace

void AddEpochCommands(CommandLine& line) {
  line.Group("epoch", "The rooms' keys: rotate them, see what became of the old ones");
  line.Add("epoch status", "Show the epochs of every room's keys and how far a rotation is")
      .Note(
          "The last epoch of a room is the one in use. An epoch is 'empty' when a scan of everything found nothing "
          "under it.")
      .Example("strongroom epoch status")
      .Run([](Session& session) { return ShowEpochs(session); });

  auto rotate = std::make_shared<EpochOptions>();
  line.Add("epoch rotate", "Begin a new epoch in every room and move everything to its keys")
      .Flag("--wait", rotate->wait, "until the old epochs are proved empty")
      .Note("The server goes on serving. It also does this by itself, as epoch_rotate_days in its configuration says.")
      .Example("strongroom epoch rotate --wait")
      .Run([rotate](Session& session) { return RotateEpochs(session, *rotate); });

  line.Add("epoch destroy-due", "Destroy the keys of epochs that have been empty as long as epoch_keep_days says")
      .Note("The server does so by itself, within the hour.")
      .Example("strongroom epoch destroy-due")
      .Run([](Session& session) { return DestroyDue(session); });
}

}  // namespace strongroom
