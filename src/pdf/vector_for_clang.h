// For fuzzing with clang, included before everything else: std::vector as it was before its members were constexpr.
// libqpdf's JSON.hh holds a vector of a class that is not complete yet, and clang looks into a constexpr destructor at
// once (C++20).  Not part of any other build.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#pragma push_macro("_GLIBCXX20_CONSTEXPR")
#undef _GLIBCXX20_CONSTEXPR
#define _GLIBCXX20_CONSTEXPR
// Declared constexpr by what stands above, for vectors of bits alone; so filling those is left without a definition.
#define __fill_a1 __fill_a1_of_bits
#include <vector>
#undef __fill_a1
#pragma pop_macro("_GLIBCXX20_CONSTEXPR")
