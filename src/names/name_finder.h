// Finds people, places, organisations and street addresses in English, Swedish and Chinese text, mixed as it comes.
//
// A model of our own (docs/decisions/0013-names-model.md): gazetteers and the words around tell candidates, an averaged
// perceptron over hashed features weighs them, Viterbi chooses the labels of a run.  It is carried in the binary.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "detect/finder.h"

namespace strongroom::names {

class Model;

// Immutable; any thread.
class NameFinder : public detect::Finder {
 public:
  // `file` is a model file (docs/formats/names-model.md); it is not needed afterwards.  data-corrupt when it is none.
  static Result<std::unique_ptr<NameFinder>> Open(ByteView file);
  // With the model of this binary; made once, never destroyed.
  static const NameFinder& BuiltIn();

  explicit NameFinder(std::unique_ptr<const Model> model);
  ~NameFinder() override;
  NameFinder(const NameFinder&) = delete;
  NameFinder& operator=(const NameFinder&) = delete;

  // As detect::Finder says.  A text over 64 KiB is read in parts that end with a line: what is found depends on the
  // part alone, so that time and memory stay bounded.
  void Find(std::string_view text, std::string_view heading, std::vector<detect::Finding>& findings) const override;
  detect::KindSet kinds() const override;

  const Model& model() const { return *model_; }

 private:
  std::unique_ptr<const Model> model_;
};

// The bytes of the model in this binary.
ByteView BuiltInModelFile();

}  // namespace strongroom::names
