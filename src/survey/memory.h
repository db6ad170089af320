// What an earlier survey saw: fingerprints of files and tables with what was found in them, so that what did not change
// is not read again.  One file, docs/formats/scan-report.md.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "survey/findings.h"

namespace strongroom::survey {

// One thread.
class Memory {
 public:
  // `options`: what was looked for, and how; what was remembered under others is forgotten.
  explicit Memory(std::string options) : options_(std::move(options)) {}

  // The file's contents.  Of other options, or another version: nothing is remembered.  kDataCorrupt: this is no such
  // file.
  Status Load(ByteView contents);
  std::string Contents() const;

  // What was found under `key` when it had this fingerprint; null when it is not known so.
  const std::vector<Item>* Find(const std::string& key, const std::string& fingerprint);
  void Put(const std::string& key, std::string fingerprint, std::vector<Item> items);

 private:
  struct Entry {
    std::string fingerprint;
    std::vector<Item> items;
  };
  const std::string options_;
  std::map<std::string, Entry> entries_;
};

}  // namespace strongroom::survey
