// A heap that forgets: memory is overwritten as it is given back, so that personal data does not linger in the free
// memory of a long-running server (where a core dump, a swap file or a reused buffer would show it).
//
// Linking strongroom_wiping_heap into a program replaces its operators new and delete; nothing needs to be called.
// What it does not reach: memory that C libraries take with malloc (OpenSSL excepted, see below), stack frames (see
// ScrubStack), registers, and copies the kernel made.  Under AddressSanitizer and ThreadSanitizer, which bring heaps of
// their own, nothing is replaced.
#pragma once

namespace strongroom {

// Makes OpenSSL's heap wipe as well.  Must run before anything else touches OpenSSL; false when it is too late, or
// under a sanitizer.
bool InstallWipingOpenSslHeap();

// True when the operators of this program wipe: false under a sanitizer, or when a test build was told to keep.
bool HeapWipes();

// Overwrites up to 256 KiB of stack below the caller's frame, where frames that returned have left their values.
// Leaves 64 KiB of a small stack alone.  Any thread; about 2 microseconds.
void ScrubStack();

}  // namespace strongroom
