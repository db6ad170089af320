// Finds what has a shape: numbers, addresses of the network, dates, secrets; and joins to it what a model of names
// finds.
//
// The recognisers are rows of a table (recognisers.h).  One pass over the bytes stops only where a row could begin; all
// else is skipped many bytes at a time.  A candidate is read through a small folded window, in which full-width digits
// are digits, every kind of hyphen and space is one, and what nobody sees is not there, so that the rules see plain
// text and the finding still points at the bytes as they stand.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "detect/civil_date.h"
#include "detect/finder.h"
#include "detect/finding.h"

namespace strongroom::detect {

struct DetectorOptions {
  KindSet kinds = KindSet::All();
  // Findings below are left out.  0.5 is what stands on its own or has a word beside it that says what it is.
  float min_score = 0.5F;
  CivilDate today{2026, 1, 1};  // decides centuries of two-digit years; births after it are refused
  const Finder* names =
      nullptr;  // persons, places, organisations, postal addresses; may be null, outlives the detector
};

class Detector : public Finder {
 public:
  explicit Detector(const DetectorOptions& options);
  ~Detector() override;
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  // See Finder.  Where two candidates overlap, the higher score stays, then the longer, then the kind whose loss would
  // hurt more.
  void Find(std::string_view text, std::string_view heading, std::vector<Finding>& findings) const override;

 private:
  struct Tables;
  DetectorOptions options_;
  std::unique_ptr<const Tables> tables_;
};

}  // namespace strongroom::detect
