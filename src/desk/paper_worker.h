// The life of a worker that opens paper.
//
// It reads the ask and the file, loads what finding needs (the model of names, the models that read pictures), then
// forks a child that is confined (confined/sandbox.h) and alone parses the file.  When that child needs a page drawn it
// asks; the worker has it drawn by a program that is confined as well (drawer.h).  The worker itself looks at nothing
// of the file.
#pragma once

namespace strongroom::desk {

// The process' exit code; the caller must end with _exit().
int RunPaperWorker();

}  // namespace strongroom::desk
