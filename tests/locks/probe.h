// What a thief with the token and its PIN would do: read the key.  In a process of its own, as the token in software
// crashes at the exit.
#pragma once

namespace strongroom {

inline constexpr char kProbeArgument[] = "probe";

// Arguments: module, PIN, key label, "read" or "plant".  The token is the only initialised one.
// "read" prints "extractable N, value R": the attribute, and what asking for the value returns.
// "plant" makes a key of that label that may be taken out.
int RunProbe(char** arguments);

}  // namespace strongroom
