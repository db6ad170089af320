// Decides what is taken out of a text, so that what is left holds nothing more to take out.
//
// Taking something out changes what stands beside the rest, and a recogniser looks at that.  So the text is searched
// again as it will look afterwards, until nothing is found: each mark, old or to be, is shown to the Finder as one
// block (stand-ins as themselves).  A second run over the result therefore shows the Finder the very text in which it
// has just found nothing, whatever the Finder: that is what makes redaction idempotent.  A text in which find after
// find uncovers another, for longer than time allows, is taken out whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detect/finder.h"
#include "detect/finding.h"
#include "redact/marks.h"
#include "redact/stand_ins.h"

namespace strongroom::redact {

// What is doubtful alone but not beside its like in a table's column: finders of filters answer from here on.
inline constexpr float kDoubtfulScore = 0.3F;

// What is taken out.
struct Selection {
  detect::KindSet kinds = detect::KindSet::All();
  float min_score = 0.5F;
};

// What a column of a table holds, seen from a sample of its cells.
struct ColumnHint {
  detect::Kind kind = detect::Kind::kPerson;
  std::string_view subtype;
  float share = 0;  // of the cells that are not empty
};

// Keeps its buffers between texts; one thread.
class Decider {
 public:
  // `finder` and `shown` outlive the Decider.  `shown` is null unless stand-ins are what replaces.
  // `settle` false: search once, for a report on the text as it stands.
  Decider(const detect::Finder& finder, const Selection& selection, const StandIns* shown, bool settle)
      : finder_(finder), selection_(selection), shown_(shown), settle_(settle) {}

  // Puts what is to be taken out of `text` in place of what `decided` held: sorted, no two overlap, none touches a
  // mark.  `hint` may be null.
  void Decide(std::string_view text, std::string_view heading, const ColumnHint* hint,
              std::vector<detect::Finding>& decided);

 private:
  struct Hole {
    Span span;
    std::string shown;  // empty: one block
  };
  struct Run {
    size_t sight = 0;  // where a piece of the text stands in sight_
    size_t text = 0;   // and where in the text
    size_t size = 0;
  };
  void MakeSight(std::string_view text);
  void Take(std::string_view text, const detect::Finding& finding, size_t first_run, const ColumnHint* hint);
  void TakePiece(std::string_view text, const detect::Finding& finding, Span span);
  void TakeRest(std::string_view text, const detect::Finding& like);
  void LiftWholeCell(std::string_view text, const ColumnHint& hint);
  void AddHoles(std::string_view text);
  bool Wanted(const detect::Finding& finding, const ColumnHint* hint) const;

  const detect::Finder& finder_;
  const Selection selection_;
  const StandIns* shown_;
  const bool settle_;
  std::vector<Span> marks_;
  std::vector<Hole> holes_;
  std::vector<Run> runs_;
  std::string sight_;
  std::vector<detect::Finding> found_;
  std::vector<detect::Finding> taken_;  // in this round
  std::vector<detect::Finding> all_;
};

}  // namespace strongroom::redact
