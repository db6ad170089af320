// The files of the web console, made into code when it is built (console/embed.mjs), so that the server carries them:
// nothing to install beside the binary, and nothing that somebody with write access to a folder could change.
#pragma once

#include <span>
#include <string_view>

namespace strongroom {

struct ConsoleAsset {
  std::string_view path;  // below /console/: "index.html", "assets/index-4f1c2a.js"
  std::string_view media_type;
  std::string_view etag;  // quoted, as in the header: of the plain bytes
  std::string_view plain;
  std::string_view gzip;  // empty: no smaller than `plain`
};

// Sorted by path; empty in a build without the console (STRONGROOM_CONSOLE=OFF).
std::span<const ConsoleAsset> ConsoleAssets();

// Null when there is no such file.
const ConsoleAsset* FindConsoleAsset(std::string_view path);

}  // namespace strongroom
